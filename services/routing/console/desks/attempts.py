"""One act of an officer, tried; and what a page says when it was not taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.routing.console.calls import Away, Called, refuse_ended
from services.routing.console.cases import reason_of
from services.routing.console.console import Console
from services.routing.console.forms import CSRF, SEAT, Form
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from shared.units import Unit

CHANGED: Final = 412
"""Somebody else has changed the case since it was read."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an act was not taken. ``text``: for the officer. ``act``: of the form that comes back;
    ``typed``: what stood in it, by field. ``wrong``: the field to be put right, empty for none."""

    status: int
    text: str
    act: str = ""
    wrong: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[Unit, ...] = ()
    """Units that may be meant, where it is in doubt."""
    again: tuple[tuple[str, str], ...] = ()
    """The whole form, with key and version, where nobody knows whether it was taken: sent again as
    it is, it is never counted twice."""

    seen: int = 0
    """The version that the officer had read, where the case has changed since."""

    def changes(self, case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """What happened to the case since the officer read it, oldest first."""
        steps = case["history"] if self.seen else ()
        return [step for step in steps if step["version"] > self.seen]

    def said(self, act: str, name: str) -> str:
        """What was typed in a field of a form."""
        return self.typed.get(name, "") if act == self.act else ""

    def is_about(self, act: str, name: str) -> bool:
        return act == self.act and name == self.wrong


NOTHING = Refusal(200, "")
"""Nothing was refused: a page shows its forms empty."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An act as a form asks for it. ``address``: below the part's interface. ``act``: of which form
    it is. ``fields``: the form's field by the name that the interface has for it."""

    address: str
    body: Mapping[str, Any] | None
    act: str
    part: str = "routing"
    fields: Mapping[str, str] = field(default_factory=dict)


async def give(
    console: Console, visit: OfficerVisit, form: Form, attempt: Attempt
) -> Refusal | None:
    """None: it was taken. A form that is sent again gets the first answer by its key."""
    called = await console.api.act(
        attempt.part, attempt.address, visit.officer, attempt.body,
        version=form.version or None, key=form.key or None,
    )  # fmt: skip
    return refusal_of(called, visit, form, attempt)


def refusal_of(called: Called, visit: OfficerVisit, form: Form, attempt: Attempt) -> Refusal | None:
    """What a page says of an answer; None for one that took the act. Raises SignInNeeded."""
    texts, typed = WORDS[visit.language].texts, form.words()
    if isinstance(called, Away):
        return Refusal(503, texts["silence"], attempt.act, typed=typed, again=kept(form))
    if called.ok:
        return None
    refuse_ended(called)
    body = called.body if isinstance(called.body, Mapping) else {}
    detail = reason_of(body, WORDS[visit.language])
    wrong = attempt.fields.get(called.said("field") or "", "")
    seen = int(form.version) if called.status == CHANGED and form.version.isdecimal() else 0
    text = _sentence(called.status, detail, texts)
    return Refusal(called.status, text, attempt.act, wrong, typed, seen=seen)


def kept(form: Form, *without: str) -> tuple[tuple[str, str], ...]:
    """All that a form held but what binds it to a page, for a form that says the same again."""
    left = {CSRF, SEAT, *without}
    return tuple(
        (name, value)
        for name, values in form.fields.items()
        if name not in left
        for value in values
    )


def _sentence(status: int, detail: str, texts: Mapping[str, str]) -> str:
    match status:
        case 412:
            return texts["conflict"]
        case 409 | 403:
            return texts["not_yet"].format(reason=detail)
        case 404 | 410:
            return texts[f"error_{status}"]
    return detail or texts["error_422"]
