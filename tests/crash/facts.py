"""What the ledger is given, and its verdict: values alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.events.event import Envelope
from tests.crash.books import Books
from tests.crash.messages import OutsideMessage


@dataclass(frozen=True, slots=True)
class Filed:
    """One complaint as its platform knows it.

    thread: what a message to its reporter is addressed to, where the channel's answer names no
    report number. numbers: every report number that an answer named. refusal: the last status of
    one that was never accepted. supplements, withdrawn, erased: what was accepted besides.
    """

    channel: str
    external_id: str
    thread: str | None = None
    accepted: bool = False
    numbers: frozenset[str] = frozenset()
    code: str | None = field(default=None, repr=False)
    refusal: str | None = None
    supplements: int = 0
    withdrawn: bool = False
    erased: bool = False
    complaint_id: UUID | None = None
    pictured: bool = False
    """Its message brought a picture."""
    waiting: tuple[str, ...] = ()
    """What was asked for besides and has no answer."""

    def __str__(self) -> str:
        return f"{self.channel}/{self.external_id}"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an outbox, or of a table of parked events."""

    service: str
    complaint_id: UUID | None
    event_id: UUID | None
    published: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was seen. since: complaints received before it belong to somebody else.

    stream: each event once; redelivered: how many records brought one of them again.
    trackable: tracking codes that tracking answers with stages.
    """

    filed: Sequence[Filed]
    stream: Sequence[Envelope]
    messages: Sequence[OutsideMessage]
    trackable: frozenset[str]
    outbox: Sequence[Row]
    parked: Sequence[Row]
    since: datetime
    redelivered: int = 0
    unreadable: int = 0
    books: Books | None = None
    """What the services have written down; None where only the outside is judged."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line per complaint (or row) that is lost, doubled, stuck or wrong; ids only."""

    accepted: int
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    """The parts hold different things of one case, or a citizen was told in another order."""
    repeats: int = 0

    @property
    def settled(self) -> bool:
        return not self.lost and not self.stuck and not self.wrong

    @property
    def flawless(self) -> bool:
        return self.settled and not self.doubled

    def summary(self) -> str:
        return (
            f"accepted={self.accepted} lost={len(self.lost)}"
            f" doubled={len(self.doubled)} stuck={len(self.stuck)} wrong={len(self.wrong)}"
        )

    def details(self) -> str:
        lines = [f"lost: {line}" for line in self.lost]
        lines += [f"doubled: {line}" for line in self.doubled]
        lines += [f"stuck: {line}" for line in self.stuck]
        lines += [f"wrong: {line}" for line in self.wrong]
        return "\n".join(lines)
