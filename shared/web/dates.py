"""Days and times as people in Jakarta write them, in Indonesian and in English: pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from shared.clock import JAKARTA
from shared.web.languages import Language

_WEEKDAYS: Final[Mapping[Language, tuple[str, ...]]] = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: Final[Mapping[Language, tuple[str, ...]]] = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni",
        "Juli", "Agustus", "September", "Oktober", "November", "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_SHORT: Final = 3
"""Letters of a day's or a month's name in a list."""
_BETWEEN: Final[Mapping[Language, str]] = {"id": ".", "en": ":"}
"""Hours and minutes."""


def day(at: datetime, language: Language) -> str:
    """``3 November 2024``, the day in Jakarta. ``at`` has a time zone."""
    local = at.astimezone(JAKARTA)
    return f"{local.day} {_MONTHS[language][local.month - 1]} {local.year}"


def weekday_and_day(at: datetime, language: Language) -> str:
    """``Minggu, 3 November 2024``"""
    weekday = _WEEKDAYS[language][at.astimezone(JAKARTA).weekday()]
    return f"{weekday}, {day(at, language)}"


def short(at: datetime, language: Language) -> str:
    """``Kam 26 Nov 2026 09.30 WIB`` for lists; in English ``Thu 26 Nov 2026 09:30 WIB``."""
    local = at.astimezone(JAKARTA)
    weekday, month = _WEEKDAYS[language][local.weekday()], _MONTHS[language][local.month - 1]
    clock = _clock(local, language)
    return f"{weekday[:_SHORT]} {local.day} {month[:_SHORT]} {local.year} {clock}"


def time_of_day(at: datetime, language: Language) -> str:
    """``09.00 WIB``; in English ``09:00 WIB``."""
    return _clock(at.astimezone(JAKARTA), language)


def _clock(local: datetime, language: Language) -> str:
    return f"{local.hour:02}{_BETWEEN[language]}{local.minute:02} WIB"
