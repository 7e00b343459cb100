"""Files of a case as its pages show them: pictures, and words for what is not shown. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.routing.console.session import Officer
from services.routing.console.words.words import Words
from shared.auth import Role
from shared.events.vocabulary import MediaFlag, MediaOrigin
from shared.units import UnitTree
from shared.visibility import judges_for

Json = Mapping[str, Any]
_SETTLED: Final = frozenset({"cleared", "locked"})


@dataclass(frozen=True, slots=True)
class FlagLine:
    """``flag``: its name, as a judgement names it. ``text``: in words, with the other report."""

    flag: str
    text: str


@dataclass(frozen=True, slots=True)
class MediaLine:
    """One file. ``number``: among those of its origin. ``links``: addresses by size, none while it
    is not shown. ``remark``: why it is not. ``opens``: the officer may ask to see it, with a
    reason. ``near``: where it was taken. ``opened``: who has seen it although it is locked."""

    ref: str
    number: int
    title: str
    links: Mapping[str, str]
    remark: str
    opens: bool
    near: str
    flags: Sequence[FlagLine]
    opened: Sequence[str]

    @property
    def is_picture(self) -> bool:
        return "small" in self.links


@dataclass(frozen=True, slots=True)
class CaseFiles:
    """``before``: from the reporter. ``after``: of the work that was done."""

    before: Sequence[MediaLine] = ()
    after: Sequence[MediaLine] = ()

    def find(self, ref: str) -> MediaLine | None:
        return next((each for each in (*self.before, *self.after) if each.ref == ref), None)


def files_of(body: Json, words: Words, locks: frozenset[str]) -> CaseFiles:
    """Of a ``CaseDetail``. ``locks``: those that the officer may ask to have opened."""
    told: Sequence[Json] = body.get("media", ())
    before, after = (
        [each for each in told if each["origin"] == origin]
        for origin in (MediaOrigin.REPORTER, MediaOrigin.EVIDENCE)
    )
    return CaseFiles(
        [media_line(each, number, words, locks) for number, each in enumerate(before, 1)],
        [media_line(each, number, words, locks) for number, each in enumerate(after, 1)],
    )


def media_line(body: Json, number: int, words: Words, locks: frozenset[str]) -> MediaLine:
    """Of a ``MediaView``. ``number``: among the files of its origin."""
    links = {size: url for size, url in (body["links"] or {}).items() if url}
    links.pop("expires_at", None)
    return MediaLine(
        ref=body["ref"],
        number=number,
        title=_title(body, number, words),
        links=links,
        remark="" if links else _remark(body, words),
        opens=not links and body["state"] in _SETTLED and body["lock"] in locks,
        near=_near(body, words),
        flags=[_flag(each, words) for each in body["flags"]],
        opened=[opened_line(each, words) for each in body["opened"]],
    )


def accepted_flags(ticked: Sequence[str]) -> list[dict[str, str]]:
    """What a judge has ticked on a form, as a validation names it. ``ticked``: ref and flag, with a
    blank between."""
    pairs = (each.partition(" ") for each in ticked)
    return [{"media_ref": ref, "flag": flag} for ref, _, flag in pairs]


def locks_opened_by(officer: Officer, units: UnitTree) -> frozenset[str]:
    """The locks that are worth asking for; routing has the last word on each file."""
    judges = judges_for(officer, units) is not None
    if judges or officer.role is Role.TRIAGE_OFFICER:
        return frozenset({"private_report", "document"})
    return frozenset({"document"}) if officer.role is Role.UNIT_OFFICER else frozenset()


def _title(body: Json, number: int, words: Words) -> str:
    kind = words.media[f"kind_{body['kind'] or 'unknown'}"]
    return words.media[f"of_{body['origin']}"].format(kind=kind, n=number)


def _remark(body: Json, words: Words) -> str:
    """The lock of what can still be seen, else its state."""
    state = body["state"]
    if body["lock"] and state in _SETTLED:
        return words.media[f"lock_{body['lock']}"]
    if state == "refused":
        said = words.refusals.get(body["reason"], "")
        return f"{words.media['refused']} {said}".strip()
    return words.media[state if state in ("received", "removed") else "unavailable"]


def _near(body: Json, words: Words) -> str:
    """That it was taken far away is said once: the flag says it too."""
    if any(each["flag"] == MediaFlag.FAR for each in body["flags"]):
        return ""
    if body["taken_near"] == "unknown" and body["origin"] == MediaOrigin.REPORTER:
        return ""
    return words.media[f"near_{body['taken_near']}"] if body["links"] else ""


def _flag(body: Json, words: Words) -> FlagLine:
    said = words.flags.get(body["flag"], body["flag"])
    other = body["other_report_number"]
    return FlagLine(body["flag"], f"{said}: {other}" if other else said)


def opened_line(body: Json, words: Words) -> str:
    """Of an ``OpenedView``: who has opened what is locked or masked, when and why."""
    return words.media["opened"].format(
        unit=body["unit_name"] or body["unit_id"],
        at=words.instant(datetime.fromisoformat(body["at"])),
        reason=body["reason"],
    )
