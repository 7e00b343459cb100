"""The ledger of files: it must see each way in which a file can go wrong."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from shared.events.event import Event
from shared.events.intake import MediaReceived, ReporterErased
from shared.events.media import MediaCleared, MediaRefused, MediaRemoved
from shared.events.vocabulary import MediaKind, MediaOrigin, MediaRefusal
from tests.builders import T0, a_complaint_id, in_envelope
from tests.crash.books import Books, FileRow, Files
from tests.crash.file_ledger import file_findings
from tests.crash.findings import CaseFacts

ID = a_complaint_id()
PHOTO, WORK = UUID(int=71), UUID(int=72)
OBJECTS = {f"{ref.int:031d}{size}": ref for ref in (PHOTO, WORK) for size in "abc"}


def received(*refs: UUID) -> MediaReceived:
    return MediaReceived(complaint_id=ID, at=T0, content_ref=UUID(int=8), refs=refs)


def cleared(ref: UUID, origin: MediaOrigin = MediaOrigin.REPORTER) -> MediaCleared:
    return MediaCleared(complaint_id=ID, at=T0, ref=ref, origin=origin, kind=MediaKind.PICTURE)


def removed(ref: UUID) -> MediaRemoved:
    return MediaRemoved(complaint_id=ID, at=T0, ref=ref, origin=MediaOrigin.REPORTER)


EVENTS: tuple[Event, ...] = (received(PHOTO), cleared(PHOTO), cleared(WORK, MediaOrigin.EVIDENCE))
FILES = Files(
    rows={PHOTO: FileRow(ID, "reporter", "cleared"), WORK: FileRow(ID, "evidence", "cleared")},
    told={PHOTO: "cleared", WORK: "cleared"},
    handed_over=frozenset({WORK}),
    officers=[(ID, "officer-1")],
    keys=frozenset({ID}),
    named=OBJECTS,
    objects=dict.fromkeys(OBJECTS, True),
)
"""A reporter's picture and one of the work, seen alike by all."""


def kinds(*events: Event, **changes: Any) -> set[str]:
    """What is found where the stream, or what is held of files, is otherwise."""
    stream = [in_envelope(each, number) for number, each in enumerate(events or EVENTS, 1)]
    books = Books(files=replace(FILES, **changes))
    return {found.kind for found in file_findings(CaseFacts(books, stream, ()))}


def row(state: str, reason: str | None = None) -> dict[UUID, FileRow]:
    """The reporter's picture in another state."""
    return {**FILES.rows, PHOTO: FileRow(ID, "reporter", state, reason)}


def without(ref: UUID) -> dict[str, Any]:
    """What is held where media has never had the file."""
    named = {name: of for name, of in OBJECTS.items() if of != ref}
    return {
        "rows": {each: of for each, of in FILES.rows.items() if each != ref},
        "told": {each: of for each, of in FILES.told.items() if each != ref},
        "named": named,
        "objects": dict.fromkeys(named, True),
    }


FEWER = {name: old for name, old in FILES.objects.items() if name != min(OBJECTS)}
FEWER_NAMED = {name: ref for name, ref in OBJECTS.items() if name in FEWER}
REFUSED = MediaRefused(
    complaint_id=ID, at=T0, ref=PHOTO, origin=MediaOrigin.REPORTER, reason=MediaRefusal.NOT_FETCHED
)


def test_files_that_all_see_alike_are_in_order() -> None:
    assert kinds() == set()


def test_a_picture_that_its_platform_did_not_hand_over_is_in_order() -> None:
    held = {**without(PHOTO), "rows": row("refused", "not_fetched")}
    told = {**FILES.told, PHOTO: "refused"}
    assert kinds(EVENTS[0], REFUSED, EVENTS[2], **(held | {"told": told})) == set()


WRONG: dict[str, tuple[Callable[[], set[str]], str]] = {
    "media has none": (lambda: kinds(**without(PHOTO)), "lost"),
    "evidence is gone": (lambda: kinds(**without(WORK)), "lost"),
    "nobody was told": (lambda: kinds(*EVENTS[1:]), "lost"),
    "received twice": (lambda: kinds(EVENTS[0], *EVENTS), "doubled"),
    "waits": (lambda: kinds(rows=row("waiting")), "stuck"),
    "is still fetched": (lambda: kinds(rows=row("fetching")), "stuck"),
    "no end is told": (lambda: kinds(EVENTS[0], EVENTS[2]), "lost"),
    "two ends": (lambda: kinds(*EVENTS, REFUSED), "doubled"),
    "a good picture refused": (lambda: kinds(rows=row("refused", "hostile")), "lost"),
    "refused without a reason": (lambda: kinds(rows=row("refused")), "lost"),
    "evidence twice": (lambda: kinds(officers=[(ID, "officer-1")] * 2), "doubled"),
    "routing has not heard": (lambda: kinds(told={**FILES.told, PHOTO: "received"}), "wrong"),
    "routing has none": (lambda: kinds(told={WORK: "cleared"}), "wrong"),
    "routing has one more": (lambda: kinds(told={**FILES.told, ID: "received"}), "wrong"),
    "an object is gone": (lambda: kinds(objects=FEWER), "lost"),
    "a size is gone": (lambda: kinds(named=FEWER_NAMED), "lost"),
    "a size too many": (lambda: kinds(named={**OBJECTS, "x": PHOTO}), "doubled"),
    "an orphan": (lambda: kinds(objects={**FILES.objects, "x": True}), "stuck"),
    "not buried": (
        lambda: kinds(objects={**FILES.objects, "x": False}, doomed=frozenset({"x"})), "stuck",
    ),
    "bytes of a settled file": (lambda: kinds(chunks=frozenset({PHOTO})), "lost"),
    "bytes of no file": (lambda: kinds(old_chunks=frozenset({ID})), "stuck"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_file_is_found(name: str) -> None:
    found, kind = WRONG[name]
    assert kind in found()


def test_an_object_and_bytes_that_are_young_may_still_get_their_rows() -> None:
    assert kinds(objects={**FILES.objects, "x": False}, chunks=frozenset({ID})) == set()


ERASED = ReporterErased(complaint_id=ID, at=T0, reporter_ref=UUID(int=1))
GONE: dict[str, Any] = {
    **without(PHOTO),
    "told": {**FILES.told, PHOTO: "removed"},
    "removed": frozenset({PHOTO}),
    "keys": frozenset(),
}


def test_of_an_erased_reporter_nothing_is_left_and_it_is_told_once() -> None:
    assert kinds(*EVENTS, ERASED, removed(PHOTO), **GONE) == set()
    assert kinds(*EVENTS, ERASED, **GONE) == {"lost"}
    assert kinds(*EVENTS, ERASED, removed(PHOTO), removed(PHOTO), **GONE) == {"doubled"}
    assert kinds(*EVENTS, ERASED, removed(PHOTO), **(GONE | {"keys": FILES.keys})) == {"stuck"}
    assert "stuck" in kinds(*EVENTS, ERASED, removed(PHOTO), removed=frozenset({PHOTO}))
