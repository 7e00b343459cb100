"""The codes by which a complaint is named.

The *report number* (``JK2411030001``) is for talking, is no secret and proves nothing. The
*tracking code* (``7K3M-Q9TX-2BZD-0W4R``) is a bearer secret: derived by a keyed function, stored
only as a keyed hash, never on the bus, in a log or in a URL. The *reply token* stands in the
addresses and ids of our own messages, so that an answer shows which complaint it is about.
"""

import hashlib
import hmac
import re
from datetime import date
from uuid import UUID

from stdnum.iso7064 import mod_37_36

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""

PAYLOAD_LENGTH = 15
"""Characters before the check character: 75 bits, beyond guessing at any rate a server allows."""

TOKEN_LENGTH = 43
"""Characters of a reply token: 26 bytes in base 32, and a check character."""

_TAG_BYTES = 10
"""80 bits: nobody guesses a token by sending mails."""
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})
_TOKEN = re.compile(
    rf"(?<![0-9A-Za-z])[{CROCKFORD}]{{{TOKEN_LENGTH}}}(?![0-9A-Za-z])", re.IGNORECASE
)
_REPORT_NUMBER = re.compile(r"(?<![A-Z0-9])JK(\d{6})(\d{4,6})(?!\d)", re.IGNORECASE)


def tracking_code(key: bytes, complaint_id: UUID) -> str:
    """The code of a complaint, 16 characters in groups of four; the last is a check character.

    ``key``: 32 bytes. The check is ISO 7064's hybrid system over the 32 characters: it finds
    every single wrong character and nearly every swap of neighbours.
    """
    digest = hmac.digest(key, complaint_id.bytes, hashlib.sha256)
    number = int.from_bytes(digest[:10]) >> 5
    payload = _in_base_32(number, PAYLOAD_LENGTH)
    code = payload + mod_37_36.calc_check_digit(payload, alphabet=CROCKFORD)
    return "-".join(code[start : start + 4] for start in range(0, 16, 4))


def normalise_code(text: str) -> str | None:
    """What a person typed as 16 plain characters, None when it cannot be a tracking code.

    Case, spaces, dashes and the look-alikes O, I, L do not matter.
    """
    code = text.upper().translate(_READ_AS)
    if len(code) != PAYLOAD_LENGTH + 1 or not set(code) <= set(CROCKFORD):
        return None
    return code if mod_37_36.is_valid(code, alphabet=CROCKFORD) else None


def tracking_digest(key: bytes, code: str) -> str:
    """Keyed hash (hex, 64) under which a code is stored; dashes and case do not matter."""
    plain = code.upper().translate(_READ_AS)
    return hmac.digest(key, plain.encode(), hashlib.sha256).hex()


def reply_token(key: bytes, complaint_id: UUID) -> str:
    """The token of a complaint: 43 lower-case characters, fit for the local part of an address.

    ``key``: 32 bytes, the one of tracking codes. The token holds the complaint's id, encrypted, and
    a keyed tag over it, so that ``complaint_of_token`` needs no look-up. The tag is the nonce of
    the encryption (a synthetic nonce, as in RFC 5297), so a complaint has one token.
    """
    tag = _token_tag(key, complaint_id.bytes)
    number = int.from_bytes(tag + _token_pad(key, tag, complaint_id.bytes)) << 2
    payload = _in_base_32(number, TOKEN_LENGTH - 1)
    return (payload + mod_37_36.calc_check_digit(payload, alphabet=CROCKFORD)).lower()


def complaint_of_token(key: bytes, token: str) -> UUID | None:
    """The complaint whose token it is, None when it is no token of ours. Case does not matter."""
    if not is_token_shaped(token):
        return None
    number = 0
    for character in token.upper()[:-1]:
        number = number << 5 | CROCKFORD.index(character)
    sealed = (number >> 2).to_bytes(_TAG_BYTES + 16)
    tag, hidden = sealed[:_TAG_BYTES], sealed[_TAG_BYTES:]
    name = _token_pad(key, tag, hidden)
    genuine = hmac.compare_digest(tag, _token_tag(key, name)) and not number & 3
    return UUID(bytes=name) if genuine else None


def is_token_shaped(text: str) -> bool:
    """Whether it has a reply token's length, characters and check character."""
    plain = text.upper()
    return _TOKEN.fullmatch(plain) is not None and mod_37_36.is_valid(plain, alphabet=CROCKFORD)


def find_reply_tokens(text: str) -> tuple[str, ...]:
    """What looks like a reply token in addresses or message ids, lower case, each once, in order.

    Whether one is ours is for its key to say (``complaint_of_token``).
    """
    found = (token.lower() for token in _TOKEN.findall(text) if is_token_shaped(token))
    return tuple(dict.fromkeys(found))


def _token_tag(key: bytes, name: bytes) -> bytes:
    return hmac.digest(key, b"reply token\x00" + name, hashlib.sha256)[:_TAG_BYTES]


def _token_pad(key: bytes, tag: bytes, name: bytes) -> bytes:
    """``name`` encrypted, or decrypted: both are the same exclusive or."""
    pad = hmac.digest(key, b"reply token pad\x00" + tag, hashlib.sha256)[:16]
    return bytes(one ^ other for one, other in zip(name, pad, strict=True))


def _in_base_32(number: int, length: int) -> str:
    shifts = range(5 * (length - 1), -1, -5)
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in shifts)


def report_number(day: date, sequence: int) -> str:
    """``(2024-11-03, 1) -> JK2411030001``; ``day`` is the date in Jakarta, sequence from 1."""
    return f"JK{day:%y%m%d}{sequence:04d}"


def find_report_numbers(text: str) -> tuple[str, ...]:
    """Report numbers quoted in a text, upper case, each once, in order of appearance."""
    found = (f"JK{day}{number}" for day, number in _REPORT_NUMBER.findall(text))
    return tuple(dict.fromkeys(found))
