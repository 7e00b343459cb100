"""What the checks of the ledger are given, and what they find."""

from collections.abc import Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from shared.events.event import Envelope
from shared.events.intake import ReporterErased
from tests.crash.books import Books
from tests.crash.messages import OutsideMessage


class Finding(NamedTuple):
    kind: Literal["lost", "doubled", "stuck", "wrong"]
    line: str


class CaseFacts(NamedTuple):
    books: Books
    stream: Sequence[Envelope]
    messages: Sequence[OutsideMessage]


def erased_in(stream: Sequence[Envelope]) -> set[UUID]:
    return {e.complaint_id for e in stream if isinstance(e.event, ReporterErased)}
