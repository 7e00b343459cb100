"""Cases beside each other, to be compared before they are merged or separated: pure.

Each is told in the same order: words, place, kind, time, unit, what was done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.routing.console.cases import Json, StepLine, category_name, reason_of, step_of
from services.routing.console.words.words import Tag, Words
from services.routing.domain import Category

WORDS_SHOWN: Final = 600
"""Characters of a text, and of an officer's words: twenty cases make one page of them."""
FILED: Final = "FollowUpSubmitted"
CANDIDATES: Final = 6
"""So many are a choice; each is a screen high on a phone. Any other can be named by its number."""


@dataclass(frozen=True, slots=True)
class Beside:
    """One of them; who reported it is told to nobody.

    ``why``: on what grounds it is suggested. ``barred``: why the case cannot be merged into it.
    ``closed_to_read``: restricted, so that its words are read where an opening is recorded.
    ``done``: whether it is known what was done.
    """

    id: str
    number: str
    tag: Tag
    category: str
    place: str
    distance: str
    received: str
    unit: str
    text: str
    last: StepLine | None
    result: StepLine | None
    why: str = ""
    barred: str = ""
    closed_to_read: bool = False
    done: bool = True


@dataclass(frozen=True, slots=True)
class Kin:
    """``near``: may be about the same. ``joined``: merged with the case already, its head first."""

    near: Sequence[Beside] = ()
    joined: Sequence[Beside] = ()

    def find(self, case_id: str) -> Beside | None:
        return next((each for each in (*self.near, *self.joined) if each.id == case_id), None)


def candidates_of(body: Json, chosen: str, words: Words, categories: Mapping[str, Category]) -> Kin:
    """Of ``Neighbours``, the nearest ones, and the ``chosen`` one wherever it stands."""
    near = [
        each
        for place, each in enumerate(body["cases"])
        if place < CANDIDATES or each["complaint_id"] == chosen
    ]
    return kin_of({**body, "cases": near}, words, categories)


def kin_of(body: Json, words: Words, categories: Mapping[str, Category]) -> Kin:
    """Of ``Neighbours``, as routing answers them."""
    near, joined = (
        [beside_of(each, words, categories) for each in body.get(part, ())]
        for part in ("cases", "joined")
    )
    return Kin(near, joined)


def beside_of(body: Json, words: Words, categories: Mapping[str, Category]) -> Beside:
    """Of a ``Neighbour``, or of a ``CaseView``, which has less."""
    distance = body.get("distance_m")
    return Beside(
        **_facts(body, words, categories),
        distance=words.texts["distance"].format(n=round(distance)) if distance is not None else "",
        text=body.get("text") or body.get("excerpt") or "",
        last=_line(body.get("last_step"), words),
        result=_line(body.get("follow_up"), words),
        why=", ".join(words.neighbours.get(each, each) for each in body.get("reasons", ())),
        barred=reason_of(body.get("merge_refused") or {}, words),
        closed_to_read=bool(body.get("restricted")) and not body.get("text"),
        done="last_step" in body and not body.get("restricted"),
    )


def own_of(body: Json, words: Words, categories: Mapping[str, Category]) -> Beside:
    """The case itself, of its ``CaseDetail``."""
    told = [each["text"] for each in body.get("contents", ()) if each.get("text")]
    steps = body.get("history", ())
    filed = [each for each in steps if each["event"] == FILED]
    return Beside(
        **_facts(body, words, categories),
        distance="",
        text="\n\n".join(told),
        last=_line(steps[-1] if steps else None, words),
        result=_line(filed[-1] if filed else None, words),
    )


def _facts(body: Json, words: Words, categories: Mapping[str, Category]) -> dict[str, Any]:
    where = (body.get("address"), body.get("area_name"))
    return {
        "id": body["complaint_id"],
        "number": body["report_number"],
        "tag": words.tag(body["state"]),
        "category": category_name(body, words, categories),
        "place": " · ".join(dict.fromkeys(filter(None, where))) or words.texts["no_place"],
        "received": words.instant(datetime.fromisoformat(body["received_at"])),
        "unit": body["unit_name"],
    }


def _line(step: Json | None, words: Words) -> StepLine | None:
    if step is None:
        return None
    written = step.get("words") or ""
    cut = written if len(written) <= WORDS_SHOWN else f"{written[:WORDS_SHOWN]}…"
    return step_of({**step, "words": cut}, words)
