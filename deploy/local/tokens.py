"""Officers' tokens of the local stack, signed by its own issuer."""

from __future__ import annotations

import base64
import time
from typing import Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, Credentials

Role = Literal["unit_officer", "triage_officer", "biro", "desk_officer", "admin", "auditor"]


def mint_operator_token(
    credentials: Credentials,
    role: Role,
    unit: str,
    *,
    subject: str | None = None,
    seconds: int = 8 * 3600,
) -> str:
    """A JWT (EdDSA) for one officer of `unit`; `subject` is an opaque officer id."""
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(credentials.operator.private))
    now = int(time.time())
    claims = {
        "iss": OPERATOR_ISSUER,
        "aud": OPERATOR_AUDIENCE,
        "sub": subject or f"local-{role}-{unit}",
        "role": role,
        "unit": unit,
        "iat": now,
        "exp": now + seconds,
    }
    return jwt.encode(
        claims, key, algorithm="EdDSA", headers={"kid": credentials.operator_key_id()}
    )
