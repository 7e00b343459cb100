"""What an officer may do to a case, as forms: fields, who reads them, what must be sure. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum, auto
from typing import Any, Final
from uuid import UUID

from services.routing.console.naming import find_unit
from services.routing.domain import Category
from shared.clock import JAKARTA
from shared.events.vocabulary import RejectionReason, ReopenReason
from shared.units import UnitTree

WORDS_AT_MOST: Final = 4000
INSTEAD_OF: Final = "instead_of"
"""Who had the case in hand when the form was shown: out of another's hand it is not taken."""


class Kind(StrEnum):
    """What a field asks for."""

    WORDS = auto()
    UNIT = auto()
    MOMENT = auto()
    CHOICE = auto()
    CATEGORY = auto()
    OFFICER = auto()
    HEAD = auto()
    READ = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """``name``: of the command's body and of the form. ``label``: its key in the texts.
    ``for_reporter``: the reporter reads what is written. ``choices``: values of a choice."""

    name: str
    kind: Kind
    label: str
    required: bool = True
    for_reporter: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """``slug``: last part of the page's address. ``verb``: of the command's. ``effect``: what must
    be sure before, as a key in the texts. ``at_once``: a button beside the case, without a page.
    ``always``: no command of the state machine; the service says who may. ``address``: the
    command's, where it does not stand among the case's own."""

    slug: str
    verb: str
    fields: tuple[Field, ...] = ()
    effect: str = ""
    at_once: bool = False
    always: bool = False
    method: str = "POST"
    photos: bool = False
    address: str = ""

    def command(self, case_id: UUID) -> str:
        """The command's address at routing."""
        return (self.address or "/cases/{case}/" + self.verb).format(case=case_id)


_NOTE: Final = Field("note", Kind.WORDS, "note", required=False)
_REASON: Final = Field("reason", Kind.WORDS, "reason")
_BY: Final = Field("complete_by", Kind.MOMENT, "complete_by")
_TO: Final = Field("to_unit", Kind.UNIT, "to_unit")

ACTS: Final[Sequence[Act]] = (
    Act("setujui-rencana", "plan/approve"),
    Act("kembalikan-rencana", "plan/return", (_REASON,)),
    Act("setujui-tenggat", "extension/approve"),
    Act("pertahankan-tenggat", "extension/refuse", (_REASON,)),
    Act("selesai", "validation"),
    Act("kerjakan-ulang", "follow-up/refuse", (_REASON,)),
    Act("periksa", "verification"),
    Act("tetapkan", "assign", (
        Field("unit", Kind.UNIT, "to_unit"),
        Field("category", Kind.CATEGORY, "category"),
        Field("kelurahan", Kind.UNIT, "kelurahan", required=False),
    )),
    Act("ambil", "accept", at_once=True),
    Act("mulai", "start", at_once=True),
    Act("hasil", "follow-up", (
        Field("text", Kind.WORDS, "follow_up", for_reporter=True),
    ), photos=True),
    Act("rencana", "plan", (Field("plan", Kind.WORDS, "plan"), _BY)),
    Act("disposisikan", "delegate", (_TO, _NOTE)),
    Act("koordinasikan", "coordinate", (_TO, _NOTE)),
    Act("tugaskan", "assignee", (
        Field("officer_id", Kind.OFFICER, "officer_field", required=False),
    ), always=True, method="PUT"),
    Act("kembalikan", "return", (_REASON,)),
    Act("tanya", "question", (
        Field("question", Kind.WORDS, "question_field", for_reporter=True),
    )),
    Act("sudah-dibaca", "look", (
        Field("refs", Kind.READ, "text"),
        Field("note", Kind.WORDS, "look_note", required=False),
    ), always=True, address="/unread/{case}/look"),
    Act("ews", "extension", (_REASON, _BY)),
    Act("catatan", "notes", (Field("text", Kind.WORDS, "note"),), always=True),
    Act("tolak", "reject", (
        Field("reason", Kind.CHOICE, "reject_reason", choices=tuple(RejectionReason)),
        Field("note", Kind.WORDS, "reject_note", required=False, for_reporter=True),
    ), effect="effect_reject"),
    Act("gabungkan", "merge", (Field("head", Kind.HEAD, "head_field"),), effect="effect_merge"),
    Act("pisahkan", "split"),
    Act("buka-kembali", "reopen", (
        Field("reason", Kind.CHOICE, "reopen_reason", choices=tuple(ReopenReason)),
        _NOTE,
        Field("to_unit", Kind.UNIT, "to_unit", required=False),
    ), effect="effect_reopen"),
    Act("berhenti-memantau", "unwatch", always=True),
)  # fmt: skip
"""In the order in which the likeliest stands first."""

BY_SLUG: Final[Mapping[str, Act]] = {act.slug: act for act in ACTS}
BY_VERB: Final[Mapping[str, Act]] = {act.verb: act for act in ACTS}


def opened(allowed: Sequence[str], *, is_worker: bool, holds: bool, must_look: bool) -> list[Act]:
    """Acts that are open, the likeliest first. ``holds``: the officer's unit holds the case.
    ``must_look``: it is to look at what the reporter wrote since."""
    extra = {"notes"} if is_worker else set()
    if is_worker and holds:
        extra.add("assignee")
    if is_worker and must_look:
        extra.add("look")
    return [act for act in ACTS if act.verb in allowed or act.verb in extra]


@dataclass
class Filled:
    """What a form comes to. ``body``: of the command. ``problems``: text key by field.
    ``offered``: the units that a typed name may mean, by field."""

    body: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lists:
    """What values are resolved with. ``heads``: ids of cases that may be named, by report number;
    only the one that was typed."""

    units: UnitTree
    categories: Mapping[str, Category]
    heads: Mapping[str, str] = field(default_factory=dict)


def fill(act: Act, text: Callable[[str], str], lists: Lists) -> Filled:
    """The command's body out of the form's fields (``text`` gives one by name)."""
    filled = Filled()
    if act.photos:
        filled.body["evidence"] = []
    for each in act.fields:
        _FILLERS[each.kind](each, text, lists, filled)
    return filled


def _words(each: Field, text: Callable[[str], str], _: Lists, filled: Filled) -> None:
    written = text(each.name).strip()
    if len(written) > WORDS_AT_MOST:
        filled.problems[each.name] = "too_long"
    _keep(each, written, filled)


def _keep(each: Field, value: str, filled: Filled) -> None:
    if value:
        filled.body[each.name] = value
    elif each.required:
        filled.problems.setdefault(each.name, "required")


def _choice(each: Field, text: Callable[[str], str], _: Lists, filled: Filled) -> None:
    value = text(each.name)
    if value not in each.choices:
        filled.problems[each.name] = "choose_one"
    else:
        filled.body[each.name] = value


def _category(each: Field, text: Callable[[str], str], lists: Lists, filled: Filled) -> None:
    if text(each.name) not in lists.categories:
        filled.problems[each.name] = "choose_one"
    else:
        filled.body[each.name] = text(each.name)


def _moment(each: Field, text: Callable[[str], str], _: Lists, filled: Filled) -> None:
    """A day and a time of day in Jakarta."""
    written_day, written_time = text(each.name).strip(), text(f"{each.name}_jam").strip()
    if not written_day:
        filled.problems[each.name] = "required"
        return
    try:
        at = datetime.combine(
            date.fromisoformat(written_day), time.fromisoformat(written_time or "16:00"), JAKARTA
        )
    except ValueError:
        filled.problems[each.name] = "date_wrong"
        return
    filled.body[each.name] = at.isoformat()


def _officer(each: Field, text: Callable[[str], str], _: Lists, filled: Filled) -> None:
    """Nobody is an answer too."""
    value, before = text(each.name), text(INSTEAD_OF)
    filled.body[each.name] = value or None
    if value and not _is_id(value):
        filled.problems[each.name] = "choose_one"
    if before:
        filled.body[INSTEAD_OF] = before


def _unit(each: Field, text: Callable[[str], str], lists: Lists, filled: Filled) -> None:
    """What was typed is resolved here, whatever a list has suggested; doubt shows a choice."""
    chosen, typed = text(f"{each.name}_pilihan"), text(each.name).strip()
    if chosen and lists.units.find(chosen):
        filled.body[each.name] = chosen
        return
    if not typed:
        _keep(each, "", filled)
        return
    exact, near = find_units(lists.units, typed)
    if exact:
        filled.body[each.name] = exact
        return
    filled.problems[each.name] = "unit_choose" if near else "unit_unknown"
    filled.offered[each.name] = near


def find_units(units: UnitTree, typed: str) -> tuple[str | None, list[tuple[str, str]]]:
    """The one unit that is meant, else those that may be: id and name."""
    found = find_unit(units, typed)
    return found.unit.id if found.unit else None, [(u.id, u.name) for u in found.choices]


def _head(each: Field, text: Callable[[str], str], lists: Lists, filled: Filled) -> None:
    number = text(f"{each.name}_nomor").strip().upper()
    value = lists.heads.get(number, "") if number else text(each.name)
    if number and not value:
        filled.problems[each.name] = "head_unknown"
    elif value and _is_id(value):
        filled.body[each.name] = value
    else:
        filled.problems[each.name] = "choose_one"


def _read(each: Field, text: Callable[[str], str], _: Lists, filled: Filled) -> None:
    """The ids of the words that the form has shown: what came later stays unread."""
    shown = text(each.name).split()
    if shown and all(_is_id(ref) for ref in shown):
        filled.body[each.name] = shown
    else:
        filled.problems[each.name] = "nothing_unread"


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


_FILLERS: Final[Mapping[Kind, Callable[[Field, Callable[[str], str], Lists, Filled], None]]] = {
    Kind.WORDS: _words,
    Kind.UNIT: _unit,
    Kind.MOMENT: _moment,
    Kind.CHOICE: _choice,
    Kind.CATEGORY: _category,
    Kind.OFFICER: _officer,
    Kind.HEAD: _head,
    Kind.READ: _read,
}


def wants_confirmation(act: Act, body: Mapping[str, Any]) -> bool:
    """Whether the effect must be read before it happens. Of the reopenings only the one that
    accuses a unit."""
    if act.verb == "reopen":
        return bool(body.get("reason") == ReopenReason.SUSPECTED_FRAUD)
    return bool(act.effect)
