"""The two codes a citizen is given.

The *report number* (``JK2411030001``) is for talking and no secret. The *tracking code*
(``7K3M-Q9TX-2BZD-0W4R``) is a bearer secret: derived by a keyed function, stored only as a keyed
hash, never on the bus, in a log or in a URL.
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

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})
_REPORT_NUMBER = re.compile(r"(?<![A-Z0-9])JK(\d{6})(\d{4,6})(?!\d)", re.IGNORECASE)


def tracking_code(key: bytes, complaint_id: UUID) -> str:
    """The code of a complaint, 16 characters in groups of four; the last is a check character.

    ``key``: 32 bytes. The check is ISO 7064's hybrid system over the 32 characters: it finds
    every single wrong character and nearly every swap of neighbours.
    """
    digest = hmac.digest(key, complaint_id.bytes, hashlib.sha256)
    number = int.from_bytes(digest[:10]) >> 5
    payload = "".join(CROCKFORD[(number >> shift) & 31] for shift in range(70, -1, -5))
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


def report_number(day: date, sequence: int) -> str:
    """``(2024-11-03, 1) -> JK2411030001``; ``day`` is the date in Jakarta, sequence from 1."""
    return f"JK{day:%y%m%d}{sequence:04d}"


def find_report_numbers(text: str) -> tuple[str, ...]:
    """Report numbers quoted in a text, upper case, each once, in order of appearance."""
    found = (f"JK{day}{number}" for day, number in _REPORT_NUMBER.findall(text))
    return tuple(dict.fromkeys(found))
