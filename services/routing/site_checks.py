"""Which cases are checked on site before their work may be accepted: a random share of them.

A unit that could foretell which of its cases are checked would take care with those alone. So a
case is drawn by a keyed digest of its id: the same draw at every look, and nobody's to compute who
has not the key.
"""

import hmac
import json
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from uuid import UUID

_OF_ALL = 2**64


@dataclass(frozen=True, slots=True)
class SiteChecks:
    """``share``: of all cases, from 0 to 1."""

    share: float
    key: bytes = field(default=b"", repr=False)

    def drawn(self, complaint_id: UUID) -> bool:
        """Whether the case is among the share."""
        digest = hmac.new(self.key, b"site check" + complaint_id.bytes, sha256).digest()
        return int.from_bytes(digest[:8]) < self.share * _OF_ALL


NO_SITE_CHECKS = SiteChecks(0.0)


def load_share() -> float:
    """The share that the built-in policy sets."""
    raw = (files("services.routing") / "data" / "policy.json").read_text(encoding="utf-8")
    return float(json.loads(raw)["site_check_share"])
