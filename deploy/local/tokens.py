"""Officers' tokens of the local stack, signed by its own issuer."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, Credentials
from shared.clock import system_clock

Role = Literal["unit_officer", "triage_officer", "biro", "desk_officer", "admin", "auditor"]


def mint_operator_token(
    credentials: Credentials,
    role: Role,
    unit: str,
    *,
    subject: str | None = None,
    name: str | None = None,
    seconds: int = 8 * 3600,
) -> str:
    """A JWT (EdDSA) for one officer of `unit`; `subject` is an opaque officer id, `name` what
    colleagues of the unit read."""
    claims = {
        "iss": OPERATOR_ISSUER,
        "aud": OPERATOR_AUDIENCE,
        "sub": subject or subject_of(role, unit),
        "role": role,
        "unit": unit,
        **({"name": name} if name else {}),
    }
    return signed(claims, credentials.operator.private, credentials.operator_key_id(), seconds)


def subject_of(role: str, unit: str, number: int = 1) -> str:
    """The local issuer's id of an officer; each unit has as many of a role as one likes."""
    return f"local-{role}-{unit}" + (f"-{number}" if number > 1 else "")


def signed(
    claims: Mapping[str, Any],
    private_key: str,
    key_id: str,
    seconds: int,
    now: datetime | None = None,
) -> str:
    """The claims as a JWT that is in force from now on. private_key: base64 of the raw key."""
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private_key))
    since = int((now or system_clock()).timestamp())
    return jwt.encode(
        {**claims, "iat": since, "exp": since + seconds},
        key,
        algorithm="EdDSA",
        headers={"kid": key_id},
    )
