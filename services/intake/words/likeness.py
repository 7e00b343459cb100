"""What two messages have in common that differ in nothing but numbers, codes and times. Pure."""

import re

_PLACEHOLDERS = re.compile(r"(?:\s*\([^()]{1,40}\))*\s*")
_WORD = re.compile(r"[^\W_]+")
_OF_TIME = frozenset((
    "senin", "selasa", "rabu", "kamis", "jumat", "jum", "sabtu", "minggu", "monday", "tuesday",
    "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "tues", "wed", "thu",
    "thur", "thurs", "fri", "sat", "sun", "sen", "sel", "rab", "kam", "sab", "min", "januari",
    "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober",
    "november", "desember", "january", "february", "march", "may", "june", "july", "august",
    "october", "december", "jan", "feb", "mar", "apr", "jun", "jul", "agu", "ags", "aug", "sep",
    "sept", "okt", "oct", "nov", "des", "dec", "wib", "wita", "wit", "utc", "gmt", "am", "pm",
    "pagi", "siang", "sore", "malam",
))  # fmt: skip


def likeness(text: str) -> str:
    """The words without case, punctuation, numbers, codes, days and months.

    Automatic answers are often alike but for a number and a time. Text without any other word is
    like itself alone.
    """
    words = _WORD.findall(text.casefold())
    lasting = [w for w in words if w not in _OF_TIME and not any(map(str.isdigit, w))]
    return " ".join(lasting or words)


def has_words(text: str) -> bool:
    """Whether anything stands outside of brackets. A picture without words is filed as "(foto)":
    two pictures are not the same words said again."""
    return _PLACEHOLDERS.fullmatch(text) is None
