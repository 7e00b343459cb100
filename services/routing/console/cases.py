"""A case as routing tells it, as a page shows it: pure.

What a younger or older routing does not tell is left out, and nothing else falls over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from services.routing.console.words.words import Tag, Words
from services.routing.domain import Category
from shared.web.labels import channel_name

Json = Mapping[str, Any]


def instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


@dataclass(frozen=True, slots=True)
class Due:
    """``overdue``: a tag of its own beside the state. ``was``: only where the date differs."""

    text: str
    at: str
    overdue: Tag | None
    was: str | None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What stands of a case in a list and at the head of its page."""

    id: str
    number: str
    version: str
    tag: Tag
    due: Due | None
    category: str
    place: str
    channel: str
    excerpt: str
    holder: str
    unit: str
    received: str
    confidential: bool
    restricted: bool
    emergency: str
    """What the mark is called; empty where there is none."""
    unread: bool
    allowed: Sequence[str]
    open: bool

    @property
    def name(self) -> str:
        """What a link to the case is called: all that a row says, for who does not see it."""
        due = f", {self.due.text}" if self.due else ""
        mark = f", {self.emergency}" if self.emergency else ""
        return f"{self.number}{mark}, {self.category}, {self.place}, {self.tag.text}{due}"


_OVER: Final = frozenset({"completed", "rejected", "merged", "withdrawn"})


def facts_of(
    body: Json, words: Words, categories: Mapping[str, Category], now: datetime
) -> CaseFacts:
    """Of a ``CaseView``."""
    state = body["state"]
    is_open = state not in _OVER
    return CaseFacts(
        id=body["complaint_id"],
        number=body["report_number"],
        version=str(body["version"]),
        tag=words.tag(state),
        due=_due(body, words, now) if is_open else None,
        category=category_name(body, words, categories),
        place=body.get("address") or body.get("area_name") or words.texts["no_place"],
        channel=channel_name(body["channel"]),
        excerpt=body.get("excerpt") or "",
        holder=_holder(body.get("assignee"), words),
        unit=body["unit_name"],
        received=words.instant(datetime.fromisoformat(body["received_at"])),
        confidential=body["confidential"],
        restricted=body["restricted"],
        # A replica of routing that is older does not say it yet.
        emergency=words.texts["emergency"] if body.get("emergency") else "",
        unread=bool(body.get("unread")),
        allowed=body.get("allowed", ()),
        open=is_open,
    )


def category_name(body: Json, words: Words, categories: Mapping[str, Category]) -> str:
    slug = body.get("category") or body.get("citizen_category")
    if not slug:
        return words.texts["unplaced"]
    return categories[slug].name if slug in categories else slug


def _due(body: Json, words: Words, now: datetime) -> Due | None:
    due = instant(body.get("next_due_at")) or instant(body.get("due_at"))
    if due is None:
        return None
    original, promised = instant(body.get("original_due_at")), instant(body.get("due_at"))
    left = words.left(due, now)
    return Due(
        text=left,
        at=words.instant(due),
        overdue=Tag("overdue", "!", left) if due < now else None,
        was=words.instant(original) if original and promised and original != promised else None,
    )


def _holder(assignee: Any, words: Words) -> str:
    if not assignee:
        return words.texts["nobody"]
    return (
        words.texts["me"]
        if assignee.get("is_me")
        else assignee.get("name") or words.texts["somebody"]
    )


@dataclass(frozen=True, slots=True)
class StepLine:
    """A line of the history: what, when, who, and the words that were written."""

    label: str
    state: Tag
    at: str
    who: str
    detail: str
    words: str


def step_of(body: Json, words: Words) -> StepLine:
    """Of a ``StepView``; ``officer`` is told only to the officer's own unit."""
    who = body.get("actor_unit_name") or words.texts["by_rule"]
    name = body.get("officer")
    return StepLine(
        label=words.steps.get(body["event"], body["label"]),
        state=words.tag(body["state"]),
        at=words.instant(datetime.fromisoformat(body["at"])),
        who=f"{name}, {who}" if name else who,
        detail=_detail(body, words),
        words=body.get("words") or "",
    )


def _detail(body: Json, words: Words) -> str:
    said = []
    if body.get("from_unit_name") or body.get("event") in _PASSES_ON:
        said.append(f"→ {body['unit_name']}")
    if until := instant(body.get("complete_by")):
        said.append(words.instant(until))
    if body.get("reason"):
        said.append(words.reasons.get(body["reason"], ""))
    return " · ".join(each for each in said if each)


_PASSES_ON: Final = frozenset({"CaseRouted", "CaseCoordinated", "CaseDelegated", "CaseReturned"})


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message to the reporter and what became of it; never to whom it went."""

    title: str
    outcome: str
    channel: str
    at: str


def message_of(body: Json, words: Words) -> MessageLine:
    """Of a delivery."""
    at = instant(body.get("concluded_at")) or datetime.fromisoformat(body["created_at"])
    return MessageLine(
        title=words.messages.get(body["template"], body["template"]),
        outcome=words.outcomes.get(body["status"], body["status"]),
        channel=channel_name(body["channel"]),
        at=words.instant(at),
    )


@dataclass(frozen=True, slots=True)
class NoteLine:
    text: str
    at: str
    who: str


def note_of(body: Json, words: Words) -> NoteLine:
    """Of an officer's note; the name is told only to the officer's own unit."""
    at = instant(body.get("at"))
    name, unit = body.get("officer"), body.get("unit_name")
    return NoteLine(
        text=body.get("text") or words.texts["text_gone"],
        at=words.instant(at) if at else "",
        who=", ".join(each for each in (name, unit) if each),
    )


def reason_of(refusal: Json, words: Words) -> str:
    """Of a problem (RFC 9457) of ours, or of an act that is not open: in the reader's language
    where it is told in it.
    """
    if refusal.get("code") == "flags_not_named":
        # Its detail names the fields of a command, which a person does not write.
        return words.texts["flags_not_named"]
    if refusal.get("code") == "photo_needed":
        return words.texts["photo_needed"]
    indonesian = refusal.get("detail_id") if words.language == "id" else None
    return str(indonesian or refusal.get("detail") or "")


def from_list(address: str) -> str:
    """The query of a link to a case that leads back to where it was found."""
    return f"?dari={quote(address, safe='')}" if address else ""
