"""What planning must know of the database, and how to ask for it in few questions. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias
from uuid import UUID

from services.intake.channels.submission import Inbound, Submission, Supplement, Withdrawal
from services.intake.codes import Codes
from services.intake.domain import Complaint, EarlyMessage, KnownMessage
from services.intake.filing.senders import senders_of
from services.intake.words.likeness import has_words, likeness

Sent: TypeAlias = tuple[UUID, bytes]
"""A complaint and the digest of somebody who may have sent it."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was found, for all messages of one transaction.

    messages: accepted before, by digest. early: messages that have not come, by digest, while
    their edit or deletion has. heard: digests of words that their senders said lately. numbered:
    complaints by report number. named: those that a genuine reply token names. sent: the pairs of
    ``pairs_in_question`` that belong together.
    """

    messages: Mapping[bytes, KnownMessage] = field(default_factory=dict)
    early: Mapping[bytes, EarlyMessage] = field(default_factory=dict)
    heard: frozenset[bytes] = frozenset()
    numbered: Mapping[str, Complaint] = field(default_factory=dict)
    named: Mapping[UUID, Complaint] = field(default_factory=dict)
    sent: frozenset[Sent] = frozenset()

    def complaints(self) -> dict[UUID, Complaint]:
        """All complaints in it."""
        found = chain(
            (message.complaint for message in self.messages.values()),
            (message.complaint for message in self.early.values() if message.complaint),
            self.numbered.values(),
            self.named.values(),
        )
        return {complaint.complaint_id: complaint for complaint in found}


def digests_in_question(messages: Iterable[Inbound], codes: Codes) -> set[bytes]:
    """Digests of the messages and of those that they refer to."""
    return {digest for message in messages for digest in _digests(message, codes)}


def _digests(message: Inbound, codes: Codes) -> Iterator[bytes]:
    digest = codes.message_digest
    if isinstance(message, Submission | Supplement):
        yield digest(message.channel, message.external_id)
    if isinstance(message, Supplement) and message.otherwise:
        yield digest(message.channel, message.otherwise.external_id)
    if isinstance(message, Supplement | Withdrawal) and message.refers_to_external_id:
        yield digest(message.channel, message.refers_to_external_id)


def changeable(messages: Iterable[Inbound], codes: Codes) -> set[bytes]:
    """Digests of the messages that their authors may edit or delete, and of those that they have.

    What an app, a form or a desk hands in cannot be taken back so.
    """
    return {digest for message in messages for digest in _changeable(message, codes)}


def _changeable(message: Inbound, codes: Codes) -> Iterator[bytes]:
    if isinstance(message, Supplement | Withdrawal) and message.refers_to_external_id:
        yield codes.message_digest(message.channel, message.refers_to_external_id)
    new = message.otherwise if isinstance(message, Supplement) else message
    if isinstance(new, Submission) and not new.told_at_once:
        yield codes.message_digest(new.channel, new.external_id)


def words_in_question(messages: Iterable[Inbound], codes: Codes) -> set[bytes]:
    """Who says what, for each message that may open a complaint."""
    opening = (each.otherwise if isinstance(each, Supplement) else each for each in messages)
    return {
        digest
        for each in opening
        if isinstance(each, Submission) and not each.told_at_once
        for digest in said_by(each, senders_of(each, codes), codes)
    }


def said_by(submission: Submission, senders: Iterable[bytes], codes: Codes) -> list[bytes]:
    """Digests of its words with each of its senders, by which a repetition is noticed.

    A machine that answers our receipts says the same each time (RFC 5230 has such a memory in 4.2).
    Doors that give the receipt themselves send no message that a machine could answer.
    """
    if submission.told_at_once or not has_words(submission.text):
        return []
    words = likeness(submission.text)
    who = tuple(senders) or _threads_of(submission, codes)
    return [codes.words_digest(each, words) for each in who]


def _threads_of(submission: Submission, codes: Codes) -> tuple[bytes, ...]:
    """Where it was said: a page's comment may come without its author."""
    return tuple(
        codes.sender_digest("thread", f"{path.kind}:{path.thread}")
        for path in submission.reply
        if path.thread is not None
    )


def numbers_in_question(supplements: Iterable[Supplement]) -> set[str]:
    return {each.refers_to_report_number for each in supplements if each.refers_to_report_number}


def named_by_tokens(supplements: Iterable[Supplement], codes: Codes) -> set[UUID]:
    """The complaints that genuine tokens name."""
    tokens = {token for each in supplements for token in each.reply_tokens}
    return {found for token in tokens if (found := codes.complaint_of_token(token)) is not None}


def pairs_in_question(
    supplements: Iterable[Supplement], codes: Codes, known: Knowledge
) -> set[Sent]:
    """Whose complaint is it? asked of what each supplement refers to without a proof."""
    return {
        (complaint, sender)
        for each in supplements
        if each.otherwise
        for complaint in _referred_to(each, codes, known)
        for sender in senders_of(each.otherwise, codes)
    }


def _referred_to(supplement: Supplement, codes: Codes, known: Knowledge) -> Iterator[UUID]:
    if supplement.refers_to_external_id:
        digest = codes.message_digest(supplement.channel, supplement.refers_to_external_id)
        if digest in known.messages:
            yield known.messages[digest].complaint.complaint_id
        early = known.early.get(digest)
        if early and early.complaint:
            yield early.complaint.complaint_id
    number = supplement.refers_to_report_number or ""
    if number in known.numbered:
        yield known.numbered[number].complaint_id
