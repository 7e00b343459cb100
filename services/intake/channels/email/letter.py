"""A mail and the questions it is asked. Pure."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from services.intake.channels.email.answering import (
    addresses_for_answers,
    is_same_mailbox,
    mailbox_of,
)
from services.intake.channels.reporter import MAX_EXTERNAL_ID
from services.intake.channels.submission import Language
from services.intake.words.cleaning import CUT_MARK, MAX_TEXT, clean
from services.intake.words.mail_parts import Headers, Mail, split
from services.intake.words.mail_text import is_blank, text_of_mail
from services.intake.words.quotes import Letter, OurLetters
from shared.codes import find_reply_tokens

TOO_COMPLEX = "(surat ini terlalu rumit untuk dibaca mesin; aslinya disimpan)"
"""Stands below the words of a mail that was not read to its end, or not at all."""
MAX_TOKENS = 10
MAX_ACCENTS = 30

_GAPS = re.compile(r"\n{3,}")
_ADDRESSED = ("to", "cc", "delivered-to", "x-original-to")
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_ANSWERED_BY_MACHINE = ("x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply")
_REPORTS = frozenset({"", "delivery-status", "disposition-notification", "feedback-report"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the mail server was told, as ``MailAdapter.parse_message`` takes it."""

    sender: str | None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail, its envelope, and its words as an officer may read them.

    sender: the mailbox of From, empty for none. only_quotes: nobody wrote a word above, below or
    between the quotations. has_words: somebody wrote some, be it in the subject; else there are
    attachments at most.
    """

    headers: Headers
    media: str
    report_type: str
    envelope: Envelope
    ours: str
    sender: str
    sender_name: str
    text: str
    only_quotes: bool
    has_words: bool

    @classmethod
    def read(cls, raw: bytes, envelope: Envelope, ours: OurLetters) -> "IncomingMail":
        mail = split(raw)
        text, only_quotes, has_words = _text(mail, ours)
        name, sender = mailbox_of(mail.headers, "from")
        return cls(
            headers=mail.headers,
            media=mail.top.media,
            report_type=mail.top.parameter("report-type"),
            envelope=envelope,
            ours=ours.address,
            sender=sender,
            sender_name=name,
            text=text,
            only_quotes=only_quotes,
            has_words=has_words,
        )

    @property
    def subject(self) -> str:
        return self.headers.text("subject")

    @property
    def message_id(self) -> str | None:
        value = clean(self.headers.text("message-id"), "Message-ID")
        return value if 0 < len(value) <= MAX_EXTERNAL_ID else None

    @property
    def external_id(self) -> str:
        """The same for the same mail. Message-ID alone is not enough: it may be missing, and some
        programs give several mails the same one."""
        # The date counts only where there is no id: some programs keep the id when they send a
        # mail again, and write a new date.
        which = self.message_id or self.headers.text("date")
        parts = (which, self.headers.text("from"), self.text)
        joined = "\x1f".join(parts).encode("utf-8", "replace")
        return f"sha256:{hashlib.sha256(joined).hexdigest()}"

    @property
    def is_ours(self) -> bool:
        return is_same_mailbox(self.sender, self.ours)

    @property
    def is_bounce(self) -> bool:
        """Whether a mail server or program reports what became of a mail. A person who forwards
        such a report is a person."""
        local = self.sender.partition("@")[0].lower()
        report = self.media == "multipart/report" and self.report_type in _REPORTS
        return report or local in ("mailer-daemon", "postmaster")

    @property
    def is_auto_reply(self) -> bool:
        """Whether it is an automatic answer beyond doubt, such as a vacation notice. A report that
        a machine sends of its own accord is no answer: people read it."""
        keyword = self._keyword("auto-submitted")
        # Exchange marks an absence notice as auto-generated; others send it from the null sender.
        by_machine = self.has_null_sender or keyword not in ("", "no")
        return keyword.startswith("auto-replied") or (by_machine and self.is_reply)

    @property
    def is_automatic(self) -> bool:
        """Whether the headers say that a machine sent it, or that it went to many."""
        return (
            self._keyword("auto-submitted") not in ("", "no")
            or self._keyword("precedence") in _BULK
            or self._keyword("x-auto-response-suppress") not in ("", "none")
            or any(self._keyword(name) not in ("", "no") for name in _ANSWERED_BY_MACHINE)
        )

    @property
    def is_reply(self) -> bool:
        return bool(self._answered_ids.strip())

    @property
    def reply_tokens(self) -> tuple[str, ...]:
        """Tokens of ours in the ids that it answers and in the addresses that it was sent to."""
        addressed = [self.headers.raw(name) for name in _ADDRESSED]
        places = (self._answered_ids, *self.envelope.recipients, *addressed)
        return find_reply_tokens("\n".join(places))[:MAX_TOKENS]

    @property
    def _answered_ids(self) -> str:
        return f"{self.headers.raw('in-reply-to')} {self.headers.raw('references')}"

    @property
    def answer_to(self) -> tuple[str, ...]:
        """Where a machine may answer this mail (RFC 3834), the preferred address first."""
        if self.has_null_sender or self.is_automatic or self.headers.any_begins("list-"):
            return ()
        return addresses_for_answers(self.headers, self._envelope_sender, self.sender, self.ours)

    @property
    def has_null_sender(self) -> bool:
        if self.envelope.sender is not None:
            return self.envelope.sender.strip() in ("", "<>")
        return self.headers.raw("return-path") == "<>"

    @property
    def _envelope_sender(self) -> str:
        given = self.envelope.sender
        named = given if given is not None else self.headers.text("return-path")
        return named.strip().strip("<>").strip()

    @property
    def written_at(self) -> datetime | None:
        try:
            written = parsedate_to_datetime(self.headers.text("date"))
            return written if written.utcoffset() is not None else written.replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None

    @property
    def language(self) -> Language:
        return "en" if self._keyword("content-language").startswith("en") else "id"

    def _keyword(self, name: str) -> str:
        return self.headers.text(name).partition(";")[0].strip().lower()


def _text(mail: Mail, ours: OurLetters) -> tuple[str, bool, bool]:
    """Subject, words, and what came along; whether the words are all quoted; whether there are."""
    subject = mail.headers.text("subject")
    read = text_of_mail(mail)
    letter = Letter.of(read.words, subject)
    if _answers_us(mail.headers, letter, ours):
        letter = letter.without(ours)
    below = "\n".join((*([] if read.complete else [TOO_COMPLEX]), *read.named))
    limit = MAX_TEXT - (len(below) + 2 if below else 0)
    words = _GAPS.sub("\n\n", letter.fitted(max(limit - len(subject) - 2, 0))).strip()
    above = _cut("\n\n".join(part for part in (subject, words) if not is_blank(part)), limit)
    whole = "\n\n".join(part for part in (above, below) if part)
    return whole, not letter.has_own_words, bool(above)


def _answers_us(headers: Headers, letter: Letter, ours: OurLetters) -> bool:
    """Whether it quotes a letter of ours: it names our id, or our address above the quotation."""
    answered = f"{headers.raw('in-reply-to')} {headers.raw('references')}".lower()
    domain = ours.address.rpartition("@")[2]
    return f"@{domain}>" in answered or ours.are_named_in(line for line, _ in letter.lines)


def _cut(text: str, limit: int) -> str:
    normal = unicodedata.normalize("NFC", _with_few_accents(text[: 2 * limit]))
    return normal if len(normal) <= limit else normal[: limit - len(CUT_MARK)] + CUT_MARK


def _with_few_accents(text: str) -> str:
    """At most 30 accents on one letter, as Unicode's stream-safe format has it (UAX 15).

    Normalising takes time that grows with the square of their number.
    """
    if text.isascii():
        return text
    kept: list[str] = []
    row = 0
    for character in text:
        row = row + 1 if unicodedata.combining(character) else 0
        if row <= MAX_ACCENTS:
            kept.append(character)
    return "".join(kept)
