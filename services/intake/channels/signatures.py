"""How callers prove themselves. Each comparison takes the same time, right or wrong."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable

from pydantic import SecretStr

from shared.auth import same_secret
from shared.errors import Unauthenticated


def base64_hmac(secret: str, message: bytes, digest: str = "sha256") -> str:
    """HMAC in base64, as X (sha256) and Twilio (sha1) write it."""
    return b64encode(hmac.digest(secret.encode(), message, digest)).decode()


def hex_hmac(secret: str, message: bytes) -> str:
    """HMAC-SHA256 in lower-case hex, as Meta writes it."""
    return hmac.digest(secret.encode(), message, hashlib.sha256).hex()


def live(secret: SecretStr, previous: SecretStr | None) -> tuple[str, ...]:
    """The secrets that are good now: two while a platform changes over."""
    return tuple(each.get_secret_value() for each in (secret, previous) if each is not None)


def require_one_of(given: str, expected: Iterable[str], field: str) -> None:
    """Raises Unauthenticated unless ``given`` is one of ``expected``.

    The proof is compared as text and not decoded, because base64 and hex can write the same bytes
    in several ways. All candidates are compared, also after a match, so that the time tells
    nothing.
    """
    matches = [same_secret(given, candidate) for candidate in expected]
    if not given or not any(matches):
        raise Unauthenticated(f"The proof of the caller in {field} is not right.", field=field)
