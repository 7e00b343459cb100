"""A complaint on its way to intake, and what was answered so far."""

from dataclasses import dataclass, field
from uuid import UUID

from deploy.rehearsal.callers import Mail, WireRequest
from deploy.running import Answered
from tests.crash.facts import Filed

PASSING_STATUSES = frozenset({401, 408, 409, 425, 429})
"""401 too: to a replica whose clock has jumped a good token is one of another time."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a citizen tells at a counter; a clerk types it into the console."""

    unit: str
    words: str
    phone: str
    category: str = ""


@dataclass(slots=True)
class Sending:
    """A message of a platform on its way, and what was answered so far."""

    channel: str
    external_id: str
    request: WireRequest | Mail | Told = field(repr=False)
    thread: str | None = None
    accepted: bool = False
    numbers: set[str] = field(default_factory=set)
    code: str | None = field(default=None, repr=False)
    last: str = "no answer"
    complaint_id: UUID | None = None
    story: str | None = None
    supplements: int = 0
    withdrawn: bool = False
    erased: bool = False
    pictured: bool = False
    waiting: list[str] = field(default_factory=list)

    def note(self, answer: Answered) -> None:
        """An accepted answer enters the ledger; a later one adds only what differs."""
        self.accepted = True
        for receipt in answer.body.get("complaints", [answer.body]):
            if "report_number" in receipt:
                self.numbers.add(receipt["report_number"])
                self.code = receipt["tracking_code"]
                self.complaint_id = UUID(receipt["complaint_id"])

    def filed(self) -> Filed:
        return Filed(
            self.channel, self.external_id, self.thread, self.accepted,
            frozenset(self.numbers), self.code, None if self.accepted else self.last,
            self.supplements, self.withdrawn, self.erased, self.complaint_id, self.pictured,
            tuple(self.waiting),
        )  # fmt: skip


def passes(status: int, mail: bool) -> bool:
    """Whether a platform tries again after this answer; SMTP means the reverse by 4 and 5."""
    if mail:
        return status < 500
    return status >= 500 or status in PASSING_STATUSES
