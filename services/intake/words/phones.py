"""Phone numbers as people and gateways write them, as E.164."""

import re
import unicodedata
from collections.abc import Collection
from functools import cache

import phonenumbers

HOME_REGION = "ID"
_HOME_CODE = f"+{phonenumbers.country_code_for_region(HOME_REGION)}"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_DIALLED = re.compile(r"\+?[0-9]+")
_SEPARATORS = re.compile(r"[\s().\-/\u00ad\u2010-\u2015\u2212]+")


def e164(written: str) -> str | None:
    """What a person in Jakarta typed: ``0811-000-1234``, ``62811..``, ``811..``, ``+65..``.

    None when it is no number. Without a plus sign or a zero, a number that begins with 8 is read
    as a mobile number at home; any other is read with its country code first.
    """
    dialled = _dialled(written)
    if dialled is None:
        return None
    if dialled[0] in "+0":
        return _told(dialled)
    at_home, abroad = _valid(dialled), _valid(f"+{dialled}")
    return at_home or abroad if dialled.startswith("8") else abroad or at_home


def sender_number(written: str) -> str | None:
    """The sender of a message as a gateway gives it: ``08..``, ``628..``, ``+628..``, ``00628..``.

    None for short codes, names and whatever else is no number: nobody can be answered there.
    Digits without a plus sign begin with the country code, also where the plus sign became a
    blank on the way. They are never read as a number at home: a stranger there would be sent the
    tracking code of a person abroad.
    """
    dialled = _dialled(written)
    if dialled is None:
        return None
    return _told(dialled) if dialled[0] in "+0" else _valid(f"+{dialled}")


def _dialled(written: str) -> str | None:
    """The digits, with a plus sign where one was written; full-width ones as usual ones."""
    plain = unicodedata.normalize("NFKC", written)
    seen = "".join(each for each in plain if unicodedata.category(each) != "Cf")
    dialled = _SEPARATORS.sub("", seen)
    return dialled if _DIALLED.fullmatch(dialled) else None


def _told(dialled: str) -> str | None:
    """A number that says itself whether its country code is in it, by a plus sign or zeros."""
    # A plus sign before a zero was put there by a gateway: no country code begins with zero.
    digits = dialled.removeprefix("+") if dialled.startswith("+0") else dialled
    if digits.startswith("00"):
        return _valid(f"+{digits.lstrip('0')}")
    return _valid(digits)


def _valid(dialled: str) -> str | None:
    return _mobile_at_home(dialled) or _parsed(dialled)


def _mobile_at_home(dialled: str) -> str | None:
    """What nearly every reporter has, told in a tenth of the time by the library's own pattern."""
    written_at_home = dialled.startswith("0")
    national = dialled[1:] if written_at_home else dialled.removeprefix(_HOME_CODE)
    if not written_at_home and national is dialled:
        return None
    pattern, lengths = _mobiles()
    is_mobile = len(national) in lengths and pattern.fullmatch(national)
    return f"{_HOME_CODE}{national}" if is_mobile else None


@cache
def _mobiles() -> tuple[re.Pattern[str], Collection[int]]:
    """Pattern and lengths of mobile numbers at home, without the zero."""
    plan = phonenumbers.PhoneMetadata.metadata_for_region(HOME_REGION, None)
    mobile = plan.mobile if plan else None
    pattern = mobile.national_number_pattern if mobile else None
    # Where the library tells none, each number is parsed.
    return re.compile(pattern or r"(?!)"), mobile.possible_length if mobile else ()


def _parsed(dialled: str) -> str | None:
    try:
        number = phonenumbers.parse(dialled, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_e164(number: str) -> bool:
    """Whether it has the form of E.164. It need not be a number that a country has assigned."""
    return _E164.fullmatch(number) is not None
