"""The ledger of files: what was acknowledged, what media and routing hold of it, what lies in the
store.

Pure. Every file comes to one end that the stream tells once; of an erased reporter's nothing is
left; and no object is without its row, no row without its object. An object that was just written
may still get its row, so that only one that the sweep should have found is held against it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from uuid import UUID

from shared.events.event import Event
from shared.events.intake import MediaReceived
from shared.events.media import MediaCleared, MediaEvent, MediaRefused, MediaRemoved
from tests.crash.books import FileRow
from tests.crash.findings import CaseFacts, Finding, erased_in

SIZES = 3
"""Objects of a picture."""

AS_TOLD: Mapping[str, str] = MappingProxyType(
    {
        "fetching": "received",
        "waiting": "received",
        "cleared": "cleared",
        "kept": "locked",
        "refused": "refused",
    }
)
"""What routing calls the states that media has."""


def file_findings(facts: CaseFacts) -> Iterator[Finding]:
    for check in (_acknowledged, _ends, _handed_over, _erased, _told, _objects, _chunks):
        yield from check(facts)


def _acknowledged(facts: CaseFacts) -> Iterator[Finding]:
    """Media has what was acknowledged, once, and nothing that nobody was told of."""
    files = facts.books.files
    received = Counter(_received(facts))
    known = {*files.rows, *files.removed}
    for ref, count in received.items():
        if count > 1:
            yield Finding("doubled", f"file {ref}: received {count} times")
        if ref not in known:
            yield Finding("lost", f"file {ref}: received, and media has none")
    for ref in files.handed_over - known:
        yield Finding("lost", f"file {ref}: handed over, and media has none")
    for ref, row in files.rows.items():
        if row.origin == "reporter" and ref not in received:
            yield Finding("lost", f"file {ref} of {row.complaint_id}: no MediaReceived")


def _ends(facts: CaseFacts) -> Iterator[Finding]:
    """A file is cleared or refused, and the stream says it once. All files of these trials are good
    pictures: none is refused but one that its platform did not hand over."""
    said = Counter(each.ref for each in _said(facts, MediaCleared, MediaRefused))
    for ref, row in facts.books.files.rows.items():
        if row.state in ("waiting", "fetching"):
            yield Finding("stuck", f"{_file(ref, row)}: {row.state}")
        elif not said[ref]:
            yield Finding("lost", f"{_file(ref, row)}: {row.state}, and the stream does not say it")
        if row.state == "refused" and row.reason != "not_fetched":
            yield Finding("lost", f"{_file(ref, row)}: refused ({row.reason or 'no reason'})")
    for ref, count in said.items():
        if count > 1:
            yield Finding("doubled", f"file {ref}: {count} ends")


def _handed_over(facts: CaseFacts) -> Iterator[Finding]:
    """An officer of these trials hands one picture over for a result, however often it is sent."""
    for (complaint, officer), count in Counter(facts.books.files.officers).items():
        if count > 1:
            yield Finding("doubled", f"evidence of {complaint} by {officer}: {count} files")


def _erased(facts: CaseFacts) -> Iterator[Finding]:
    """Of an erased reporter no file and no key is left, and each file is told of once."""
    files, erased = facts.books.files, erased_in(facts.stream)
    for ref, row in files.rows.items():
        if row.origin == "reporter" and row.complaint_id in erased:
            yield Finding("stuck", f"{_file(ref, row)}: erased, and media has it")
    for complaint in sorted(files.keys & erased):
        yield Finding("stuck", f"{complaint}: erased, and media has its key")
    removed = Counter(each.ref for each in _said(facts, MediaRemoved))
    for ref in files.removed | removed.keys():
        if removed[ref] != 1 or ref not in files.removed:
            yield _too_many_or_few(
                removed[ref] > 1, f"file {ref}: removed, and told {removed[ref]} times"
            )


def _told(facts: CaseFacts) -> Iterator[Finding]:
    """Routing has the same files as media, in the same states."""
    files = facts.books.files
    held = {ref: AS_TOLD[row.state] for ref, row in files.rows.items()}
    held |= dict.fromkeys(files.removed, "removed")
    for ref in held.keys() | files.told.keys():
        by_media, by_routing = held.get(ref, "nothing"), files.told.get(ref, "nothing")
        # Of a file that waits routing need not have heard yet.
        if by_media != by_routing and (by_media, by_routing) != ("received", "nothing"):
            yield Finding("wrong", f"file {ref}: {by_media} in media, {by_routing} in routing")


def _objects(facts: CaseFacts) -> Iterator[Finding]:
    """A cleared picture lies in the store in its sizes, and nothing else does."""
    files = facts.books.files
    sizes = Counter(files.named.values())
    for ref, row in files.rows.items():
        wanted = SIZES if row.state == "cleared" else 0
        if sizes[ref] != wanted:
            yield _too_many_or_few(
                sizes[ref] > wanted, f"{_file(ref, row)}: {sizes[ref]} objects, not {wanted}"
            )
    for ref in {files.named[name] for name in files.named.keys() - files.objects.keys()}:
        yield Finding("lost", f"file {ref}: an object of it is not in the store")
    for name in sorted(files.objects.keys() - files.named.keys()):
        if name in files.doomed:
            yield Finding("stuck", f"object {name}: waits to be deleted")
        elif files.objects[name]:
            yield Finding("stuck", f"object {name}: nobody names it, and no sweep has found it")


def _chunks(facts: CaseFacts) -> Iterator[Finding]:
    """Bytes wait for a file that waits, and for no other."""
    files = facts.books.files
    for ref in sorted(files.old_chunks - files.rows.keys()):
        yield Finding("stuck", f"chunks of {ref}: no file, and no sweep has found them")
    for ref in sorted(files.chunks & files.rows.keys()):
        if files.rows[ref].state in ("cleared", "refused"):
            yield Finding(
                "lost", f"{_file(ref, files.rows[ref])}: settled, and its bytes lie there"
            )


def _too_many_or_few(too_many: bool, line: str) -> Finding:
    return Finding("doubled" if too_many else "lost", line)


def _received(facts: CaseFacts) -> Iterator[UUID]:
    for envelope in facts.stream:
        if isinstance(envelope.event, MediaReceived):
            yield from envelope.event.refs


def _said(facts: CaseFacts, *kinds: type[Event]) -> Iterator[MediaEvent]:
    for envelope in facts.stream:
        if isinstance(envelope.event, MediaEvent) and isinstance(envelope.event, kinds):
            yield envelope.event


def _file(ref: UUID, row: FileRow) -> str:
    return f"file {ref} of {row.complaint_id}"
