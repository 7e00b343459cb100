"""Planning: which message is new, which is a repetition, which belongs to which complaint. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from services.intake.channels.submission import Inbound, Submission, Supplement, Withdrawal
from services.intake.codes import Codes
from services.intake.domain import Complaint
from services.intake.filing.knowledge import Knowledge, Sent
from services.intake.filing.senders import senders_of
from shared.clock import JAKARTA
from shared.errors import Conflict
from shared.ids import NewId


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """``scope``: channel and caller; digests are SHA-256, in memory. They are stored keyed
    (``Codes.request_digest``)."""

    scope: str
    key_digest: bytes
    body_digest: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one request or one mail brought.

    id: the cause of the events that follow from it. original: the bytes as they came.
    received_at: aware.
    """

    id: UUID
    received_at: datetime
    messages: tuple[Inbound, ...] = field(repr=False)
    original: bytes = field(repr=False)
    key: IdempotencyKey | None = None
    traceparent: str | None = None


class IdTaken(Conflict):
    """The id belongs to other content already. The caller must not be told its tracking code."""

    def __init__(self, field: str) -> None:
        super().__init__(
            "This id stands for another complaint already. Give the new one an id of its own.",
            field=field,
        )


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """A complaint that has its ids and not yet its number.

    content_digest: what a repetition must equal; None where nobody is told the code. senders: see
    ``senders_of``. mentions: numbers of other reports that it refers to without proof.
    """

    submission: Submission
    arrival: Arrival
    digest: bytes = field(repr=False)
    content_digest: bytes | None = field(repr=False)
    complaint_id: UUID
    content_ref: UUID
    reporter_ref: UUID
    tracking_code: str = field(repr=False)
    senders: tuple[bytes, ...] = field(repr=False)
    mentions: tuple[str, ...] = ()

    @property
    def day(self) -> date:
        return self.arrival.received_at.astimezone(JAKARTA).date()


@dataclass(frozen=True, slots=True)
class AddedWords:
    """A supplement to a complaint."""

    supplement: Supplement
    arrival: Arrival
    digest: bytes = field(repr=False)
    complaint_id: UUID
    content_ref: UUID


@dataclass(frozen=True, slots=True)
class TakenBack:
    withdrawal: Withdrawal
    arrival: Arrival
    complaint_id: UUID


Step: TypeAlias = NewComplaint | AddedWords | TakenBack


class Plan:
    """The steps of one transaction.

    The messages of one transaction are compared with each other too: the second of two equal
    messages is a repetition of the first.

    Who is who: words are added to a complaint only with a proof that its reporter wrote them. What
    refers to a complaint without proof is a complaint of its own, and mentions the other.
    """

    def __init__(self, codes: Codes, new_id: NewId, known: Knowledge) -> None:
        self.steps: list[Step] = []
        self.complaints: dict[UUID, Complaint] = known.complaints()
        self._codes = codes
        self._new_id = new_id
        self._by_digest: dict[bytes, UUID] = {}
        self._openers: set[bytes] = set()
        self._contents: dict[bytes, bytes | None] = {}
        self._numbered = {number: each.complaint_id for number, each in known.numbered.items()}
        self._sent: set[Sent] = set(known.sent)
        for digest, message in known.messages.items():
            self._remember(digest, message.complaint.complaint_id, message.opened_it)
            self._contents[digest] = message.content_digest

    def place(self, message: Inbound, arrival: Arrival) -> UUID | None:
        """The complaint the message is about; None when it is about none.

        Raises IdTaken when the caller would be told the tracking code of other content.
        """
        match message:
            case Submission():
                return self._open(message, arrival)
            case Supplement():
                return self._add(message, arrival)
            case Withdrawal():
                return self._take_back(message, arrival)
            case _:
                return None

    def _remember(self, digest: bytes, complaint_id: UUID, opened_it: bool) -> None:
        self._by_digest[digest] = complaint_id
        if opened_it:
            self._openers.add(digest)

    def _open(
        self, submission: Submission, arrival: Arrival, mentions: tuple[str, ...] = ()
    ) -> UUID:
        digest = self._codes.message_digest(submission.channel, submission.external_id)
        content = self._content_digest(submission)
        if digest in self._by_digest:
            if submission.id_field and content != self._contents.get(digest):
                raise IdTaken(submission.id_field)
            return self._by_digest[digest]
        complaint_id = self._new_id()
        senders = senders_of(submission, self._codes)
        self._sent.update((complaint_id, sender) for sender in senders)
        step = NewComplaint(
            submission=submission,
            arrival=arrival,
            digest=digest,
            content_digest=content,
            complaint_id=complaint_id,
            content_ref=self._new_id(),
            reporter_ref=self._new_id(),
            tracking_code=self._codes.tracking_code(complaint_id),
            senders=senders,
            mentions=mentions,
        )
        self.steps.append(step)
        self._remember(digest, complaint_id, True)
        self._contents[digest] = content
        return complaint_id

    def _content_digest(self, submission: Submission) -> bytes | None:
        return self._codes.content_digest(submission.content()) if submission.id_field else None

    def _add(self, supplement: Supplement, arrival: Arrival) -> UUID | None:
        digest = self._codes.message_digest(supplement.channel, supplement.external_id)
        if digest in self._by_digest:
            return self._by_digest[digest]
        target = self._target(supplement)
        if target is None:
            # Nothing proves that it belongs to a complaint: it is one of its own if it can be.
            otherwise, mentions = supplement.otherwise, self._mentions(supplement)
            return self._open(otherwise, arrival, mentions) if otherwise else None
        self.steps.append(AddedWords(supplement, arrival, digest, target, self._new_id()))
        self._remember(digest, target, False)
        return target

    def _target(self, supplement: Supplement) -> UUID | None:
        """The complaint that the supplement is proven to belong to, and that takes more words."""
        target = self._named_by_token(supplement) or self._of_same_sender(supplement)
        if target in self.complaints and not self.complaints[target].takes_supplements:
            return None
        return target

    def _named_by_token(self, supplement: Supplement) -> UUID | None:
        named = map(self._codes.complaint_of_token, supplement.reply_tokens)
        return next((each for each in named if each in self.complaints), None)

    def _of_same_sender(self, supplement: Supplement) -> UUID | None:
        message = self._message_referred_to(supplement)
        if message is not None and supplement.kind == "edit":
            # Platforms let nobody but the author edit a message.
            return message
        number = self._numbered.get(supplement.refers_to_report_number or "")
        otherwise = supplement.otherwise
        senders = senders_of(otherwise, self._codes) if otherwise else ()
        proven = (
            each
            for each in (message, number)
            if each is not None and any((each, sender) in self._sent for sender in senders)
        )
        return next(proven, None)

    def _message_referred_to(self, supplement: Supplement) -> UUID | None:
        if not supplement.refers_to_external_id:
            return None
        return self._by_digest.get(
            self._codes.message_digest(supplement.channel, supplement.refers_to_external_id)
        )

    def _mentions(self, supplement: Supplement) -> tuple[str, ...]:
        """Numbers of the reports that a supplement refers to without proof."""
        quoted = supplement.refers_to_report_number
        above = self.complaints.get(self._message_referred_to(supplement) or UUID(int=0))
        return tuple(each for each in (quoted, above and above.report_number) if each)

    def _take_back(self, withdrawal: Withdrawal, arrival: Arrival) -> UUID | None:
        digest = self._codes.message_digest(withdrawal.channel, withdrawal.refers_to_external_id)
        # When a supplement is deleted on the platform, its complaint stays.
        if digest not in self._openers:
            return None
        target = self._by_digest[digest]
        self.steps.append(TakenBack(withdrawal, arrival, target))
        return target
