"""How callers prove themselves. All comparisons take the same time whatever they find."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable

from shared.auth import same_secret
from shared.errors import Unauthenticated


def base64_hmac(secret: str, message: bytes, digest: str = "sha256") -> str:
    """HMAC in base64, as X (sha256) and Twilio (sha1) write it."""
    return b64encode(hmac.digest(secret.encode(), message, digest)).decode()


def hex_hmac(secret: str, message: bytes) -> str:
    """HMAC-SHA256 in lower-case hex, as Meta writes it."""
    return hmac.digest(secret.encode(), message, hashlib.sha256).hex()


def require_one_of(given: str, expected: Iterable[str], field: str) -> None:
    """Raises Unauthenticated unless ``given`` is one of ``expected``.

    Compared as text, not decoded: base64 and hex have several spellings of the same bytes, and
    only the caller's own is right. All candidates are compared, also after a match.
    """
    matches = [same_secret(given, candidate) for candidate in expected]
    if not given or not any(matches):
        raise Unauthenticated(f"The proof of the caller in {field} is not right.", field=field)
