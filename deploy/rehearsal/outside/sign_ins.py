"""Who is signed in at the local issuer: refresh tokens with rotation and reuse detection.

As RFC 9700, 4.14.2 has it: each use of a refresh token gives another one, and whoever shows a used
one ends the whole sign-in, because one of the two that have it has stolen it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.clock import Clock, system_clock

LASTS = timedelta(hours=10)
_TOKEN_BYTES = 32


@dataclass
class SignedIn:
    """One officer at one client. ``token``: the refresh token that is good now; those before it
    are ``used``."""

    client_id: str
    claims: Mapping[str, str]
    until: datetime
    token: str
    used: set[str] = field(default_factory=set)


class SignIns:
    """All of them, in memory: after a restart of the issuer everybody signs in again."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self.clock = clock
        self._all: list[SignedIn] = []
        self._moved: dict[str, Mapping[str, str] | None] = {}

    def begin(self, client_id: str, claims: Mapping[str, str]) -> str:
        """The first refresh token."""
        now = self.clock()
        self._all = [each for each in self._all if now < each.until]
        self._all.append(SignedIn(client_id, claims, now + LASTS, _token()))
        return self._all[-1].token

    def renew(self, client_id: str, token: str) -> tuple[str, Mapping[str, str]] | None:
        """The next refresh token and what the officer is now; None is a refusal."""
        found = self._find(token)
        if found is None or found.client_id != client_id or self.clock() >= found.until:
            return None
        claims = self._moved.get(found.claims["sub"], found.claims)
        if token in found.used or claims is None:
            self._all.remove(found)
            return None
        found.used.add(token)
        found.token, found.claims = _token(), claims
        return found.token, claims

    def revoke(self, client_id: str, token: str) -> None:
        """RFC 7009: whatever is shown, it is worth nothing afterwards."""
        found = self._find(token)
        if found is not None and found.client_id == client_id:
            self._all.remove(found)

    def move(self, subject: str, claims: Mapping[str, str] | None) -> None:
        """The officer's role or unit is another from the next renewal on; None: has left."""
        self._moved[subject] = claims

    def _find(self, token: str) -> SignedIn | None:
        return next((each for each in self._all if token in {each.token, *each.used}), None)


def _token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)
