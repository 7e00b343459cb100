"""What a language of the console consists of: labels, sentences, dates in WIB. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from shared.clock import JAKARTA
from shared.events.vocabulary import CaseState, MediaFlag, MediaRefusal, NotificationTemplate
from shared.web.dates import day, short, time_of_day
from shared.web.languages import Language

_S = CaseState
_HOURS_UNTIL_DAYS = 48

TONES: Final[Mapping[str, tuple[str, str]]] = {
    _S.RECEIVED: ("waiting", "●"),
    _S.COORDINATED: ("passed", "→"),
    _S.DELEGATED: ("passed", "→"),
    _S.PLANNED: ("asked", "?"),
    _S.AWAITING_VALIDATION: ("asked", "?"),
    _S.VERIFYING: ("asked", "?"),
    _S.IN_PROGRESS: ("working", "◐"),
    _S.FOLLOW_UP_REFUSED: ("waiting", "↺"),
    _S.COMPLETED: ("done", "✓"),
    _S.REJECTED: ("over", "–"),
    _S.MERGED: ("over", "–"),
    _S.WITHDRAWN: ("over", "–"),
}
"""Colour and glyph of a state: the colour never says it alone."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A state as a label: ``tone`` is a class of the style sheet."""

    tone: str
    glyph: str
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """One language of the pages.

    ``acts``: by the command's verb. ``fields``: label of a form's field. ``parts``: what a reader
    calls a part of the system. ``steps``: an event of the case's history. ``roles``: of officers.
    ``media``: of a file of a case. ``refusals``: why it is not kept. ``flags``: what makes one
    worth a second look.
    """

    language: Language
    texts: Mapping[str, str]
    states: Mapping[CaseState, str]
    acts: Mapping[str, str]
    tabs: Mapping[str, str]
    parts: Mapping[str, str]
    steps: Mapping[str, str]
    roles: Mapping[str, str]
    reasons: Mapping[str, str]
    messages: Mapping[NotificationTemplate, str]
    outcomes: Mapping[str, str]
    neighbours: Mapping[str, str]
    media: Mapping[str, str]
    refusals: Mapping[MediaRefusal, str]
    flags: Mapping[MediaFlag, str]

    def tag(self, state: str) -> Tag:
        """A state that is younger than this release is shown by its own name."""
        tone, glyph = TONES.get(state, ("over", "–"))
        known = state in self.states
        return Tag(tone, glyph, self.states[CaseState(state)] if known else state)

    def act(self, verb: str) -> str:
        return self.acts.get(verb, verb)

    def instant(self, at: datetime) -> str:
        """``Kam 26 Nov 2026 09.30 WIB``"""
        return short(at, self.language)

    def long_instant(self, at: datetime) -> str:
        """``26 November 2026 09.30 WIB``"""
        return f"{day(at, self.language)} {time_of_day(at, self.language)}"

    def day(self, written: str) -> str:
        """``1 Januari 2021``, of a day as services write it (``2021-01-01``)."""
        return day(datetime.combine(date.fromisoformat(written), time(), JAKARTA), self.language)

    def clock(self, at: datetime) -> str:
        return time_of_day(at, self.language)

    def left(self, due: datetime, now: datetime) -> str:
        """``Sisa 5 jam``; rounded down, so that nobody counts on an hour that is not there."""
        if due < now:
            return self.texts["late"].format(time=self._amount(now - due))
        return self.texts["left"].format(time=self._amount(due - now))

    def _amount(self, time: timedelta) -> str:
        minutes = int(time.total_seconds() // 60)
        hours = minutes // 60
        if hours >= _HOURS_UNTIL_DAYS:
            return self._count("days", hours // 24)
        return self._count("hours", hours) if hours else self._count("minutes", minutes)

    def _count(self, unit: str, number: int) -> str:
        one = f"{unit}_one"
        text = self.texts[one] if number == 1 and one in self.texts else self.texts[unit]
        return text.format(n=number)
