"""Planning: which message is new, which is a repetition, which belongs to which complaint. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias
from uuid import UUID

from services.intake.channels.attachments import Attachment, Upload
from services.intake.channels.submission import Inbound, Submission, Supplement, Withdrawal
from services.intake.codes import Codes, NewCode
from services.intake.domain import Complaint
from services.intake.filing.knowledge import Knowledge, said_by
from services.intake.filing.proof import Proof
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
    ``senders_of``. mentions: numbers of other reports that it refers to without proof. answerable:
    whether a machine may answer; false for what looks automatic, and for what its sender said
    lately. So an automatic answer to our receipt gets no receipt, or one at most. files: in their
    order.
    """

    submission: Submission
    arrival: Arrival
    digest: bytes = field(repr=False)
    content_digest: bytes | None = field(repr=False)
    complaint_id: UUID
    content_ref: UUID
    reporter_ref: UUID
    code: NewCode
    senders: tuple[bytes, ...] = field(repr=False)
    mentions: tuple[str, ...] = ()
    answerable: bool = True
    files: tuple["RefOfFile", ...] = ()

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
    files: tuple["RefOfFile", ...] = ()


@dataclass(frozen=True, slots=True)
class TakenBack:
    withdrawal: Withdrawal
    arrival: Arrival
    complaint_id: UUID


RefOfFile: TypeAlias = tuple[UUID, Attachment]

Step: TypeAlias = NewComplaint | AddedWords | TakenBack


@dataclass(frozen=True, slots=True)
class Remembered:
    """What came before its message, which is known by ``digest``; see ``EarlyMessage``."""

    digest: bytes = field(repr=False)
    complaint_id: UUID | None = None
    withdrawn_by: Literal["citizen", "platform"] | None = None


class Plan:
    """The steps of one transaction.

    The messages of one transaction are compared with each other too: the second of two equal
    messages is a repetition of the first. Their order does not matter: an edit that comes before
    its message is filed in its place, a deletion waits for it (``remembered``).

    heard: digests of the words that were said, see ``said_by``.
    """

    def __init__(self, codes: Codes, new_id: NewId, known: Knowledge) -> None:
        self.steps: list[Step] = []
        self.remembered: list[Remembered] = []
        self.heard: set[bytes] = set()
        self.complaints: dict[UUID, Complaint] = known.complaints()
        self._codes = codes
        self._new_id = new_id
        self._proof = Proof(codes, known)
        self._heard_before = known.heard
        self._by_digest: dict[bytes, UUID] = {}
        self._openers: set[bytes] = set()
        self._contents: dict[bytes, bytes | None] = {}
        # Messages that have not come themselves: an edit stands for them, or they are deleted.
        self._stood_for: set[bytes] = set()
        self._deleted: dict[bytes, Literal["citizen", "platform"]] = {}
        for digest, message in known.messages.items():
            self._remember(digest, message.complaint.complaint_id, message.opened_it)
            self._contents[digest] = message.content_digest
        for digest, early in known.early.items():
            if early.complaint is not None:
                self._stand_for(digest, early.complaint.complaint_id)
            if early.withdrawn_by is not None:
                self._deleted[digest] = early.withdrawn_by

    def place(self, message: Inbound, arrival: Arrival) -> UUID | None:
        """The complaint the message is about; None when it is about none.

        Raises IdTaken when the caller would be told the tracking code of other content.
        """
        match message:
            case Submission():
                return self._submit(message, arrival)
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

    def _stand_for(self, digest: bytes, complaint_id: UUID) -> None:
        if digest not in self._by_digest:
            self._stood_for.add(digest)
        self._remember(digest, complaint_id, True)

    # --- a complaint ---------------------------------------------------------------------

    def _submit(
        self, submission: Submission, arrival: Arrival, mentions: tuple[str, ...] = ()
    ) -> UUID:
        digest = self._codes.message_digest(submission.channel, submission.external_id)
        content = self._content_digest(submission)
        if digest in self._stood_for:
            return self._come_late(submission, arrival, digest)
        if digest in self._by_digest:
            if submission.id_field and content != self._contents.get(digest):
                raise IdTaken(submission.id_field)
            return self._by_digest[digest]
        complaint_id = self._open(submission, arrival, digest, mentions)
        self._contents[digest] = content
        if digest in self._deleted:
            self._withdraw(submission, arrival, complaint_id, digest)
        return complaint_id

    def _content_digest(self, submission: Submission) -> bytes | None:
        return self._codes.content_digest(submission.content()) if submission.id_field else None

    def _open(
        self, submission: Submission, arrival: Arrival, digest: bytes, mentions: tuple[str, ...]
    ) -> UUID:
        complaint_id = self._new_id()
        senders = senders_of(submission, self._codes)
        self._proof.note(complaint_id, senders)
        step = NewComplaint(
            submission=submission,
            arrival=arrival,
            digest=digest,
            content_digest=self._content_digest(submission),
            complaint_id=complaint_id,
            content_ref=self._new_id(),
            reporter_ref=self._new_id(),
            code=self._codes.new_code(complaint_id),
            senders=senders,
            mentions=mentions,
            answerable=self._may_be_answered(submission, senders),
            files=self._with_refs(submission.files),
        )
        self.steps.append(step)
        self._remember(digest, complaint_id, True)
        return complaint_id

    def _may_be_answered(self, submission: Submission, senders: Sequence[bytes]) -> bool:
        said = said_by(submission, senders, self._codes)
        again = any(each in self._heard_before or each in self.heard for each in said)
        self.heard.update(said)
        return submission.auto_reply_allowed and not again and not submission.looks_automatic

    def _come_late(self, submission: Submission, arrival: Arrival, digest: bytes) -> UUID:
        """The message itself, after its edit: one more version of the words."""
        words = Supplement(
            channel=submission.channel,
            external_id=submission.external_id,
            text=submission.text,
            kind="edit",
            refers_to_external_id=submission.external_id,
            otherwise=submission,
        )
        complaint_id = self._by_digest[digest]
        self._stood_for.discard(digest)
        if self._takes_words(complaint_id):
            self._add_words(words, arrival, digest, complaint_id)
        return complaint_id

    # --- what comes later ----------------------------------------------------------------

    def _add(self, supplement: Supplement, arrival: Arrival) -> UUID | None:
        digest = self._codes.message_digest(supplement.channel, supplement.external_id)
        if digest in self._stood_for and supplement.otherwise is not None:
            # A message may stand under another and have been edited before it came.
            return self._come_late(supplement.otherwise, arrival, digest)
        if digest in self._by_digest:
            return self._by_digest[digest]
        message = self._message_referred_to(supplement)
        target = self._proof.complaint_of(supplement, message)
        if target is not None and self._takes_words(target):
            return self._add_words(supplement, arrival, digest, target)
        if supplement.otherwise is None:
            return None
        if supplement.kind == "edit" and supplement.refers_to_external_id:
            return message or self._open_by_edit(supplement, supplement.otherwise, arrival, digest)
        # Nothing proves that it belongs to a complaint: it is one of its own.
        return self._submit(
            supplement.otherwise, arrival, self._proof.mentions(supplement, message)
        )

    def _takes_words(self, complaint_id: UUID) -> bool:
        known = self.complaints.get(complaint_id)
        return known is None or known.takes_supplements

    def _add_words(
        self, supplement: Supplement, arrival: Arrival, digest: bytes, target: UUID
    ) -> UUID:
        # An edit brings the files of its message once more; they are there already.
        files = self._with_refs(() if supplement.kind == "edit" else supplement.files)
        self.steps.append(AddedWords(supplement, arrival, digest, target, self._new_id(), files))
        if digest not in self._by_digest:
            self._remember(digest, target, False)
        return target

    def _with_refs(self, files: tuple[Attachment, ...]) -> tuple[RefOfFile, ...]:
        return tuple(
            (file.ref if isinstance(file, Upload) else self._new_id(), file) for file in files
        )

    def _message_referred_to(self, supplement: Supplement) -> UUID | None:
        if not supplement.refers_to_external_id:
            return None
        return self._by_digest.get(
            self._codes.message_digest(supplement.channel, supplement.refers_to_external_id)
        )

    def _open_by_edit(
        self, edit: Supplement, otherwise: Submission, arrival: Arrival, digest: bytes
    ) -> UUID:
        """The edit of a message that has not come is a complaint, and stands for the message."""
        complaint_id = self._open(otherwise, arrival, digest, ())
        edited = self._codes.message_digest(edit.channel, edit.refers_to_external_id or "")
        self._stand_for(edited, complaint_id)
        self.remembered.append(Remembered(edited, complaint_id=complaint_id))
        if edited in self._deleted:
            self._withdraw(otherwise, arrival, complaint_id, edited)
        return complaint_id

    def _take_back(self, withdrawal: Withdrawal, arrival: Arrival) -> UUID | None:
        digest = self._codes.message_digest(withdrawal.channel, withdrawal.refers_to_external_id)
        if digest not in self._by_digest:
            self._deleted[digest] = withdrawal.source
            self.remembered.append(Remembered(digest, withdrawn_by=withdrawal.source))
            return None
        # When a supplement is deleted on the platform, its complaint stays.
        if digest not in self._openers:
            return None
        target = self._by_digest[digest]
        self.steps.append(TakenBack(withdrawal, arrival, target))
        return target

    def _withdraw(
        self, submission: Submission, arrival: Arrival, complaint_id: UUID, digest: bytes
    ) -> None:
        """What was deleted before it came."""
        withdrawal = Withdrawal(
            channel=submission.channel,
            refers_to_external_id=submission.external_id,
            source=self._deleted[digest],
        )
        self.steps.append(TakenBack(withdrawal, arrival, complaint_id))
