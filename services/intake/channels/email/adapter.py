"""dki@jakarta.go.id: mail as RFC 5322 text, from our own mail server.

The sender of a mail can be forged and is never trusted. Mail is confidential. RFC 3834 and RFC 5230
say which mails a machine must not answer.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from ipaddress import ip_address

from services.intake.channels.adapter import RawRequest, require_media
from services.intake.channels.email.policy import name_and_mailbox, parsed
from services.intake.channels.email.secrets import EmailSecrets
from services.intake.channels.partner import API_KEY_HEADER
from services.intake.channels.reporter import MAX_EXTERNAL_ID, ReplyPath, Reporter, is_mailbox
from services.intake.channels.signatures import require_one_of
from services.intake.channels.submission import Ignored, Inbound, Language, Submission, Supplement
from services.intake.words.cleaning import clean, shortened
from services.intake.words.mail_text import header, own_words
from shared.codes import find_reply_tokens, find_report_numbers
from shared.errors import Unauthenticated
from shared.events.vocabulary import Channel

ENVELOPE_SENDER_HEADER = "x-envelope-from"
PROXY_HEADERS = ("forwarded", "x-forwarded-for", "via")
_ROBOTS = frozenset({"mailer-daemon", "postmaster"})
_UNATTENDED = ("noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "bounce")
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})


@dataclass(frozen=True, slots=True)
class MailAdapter:
    """One mailbox. ``parse_message`` serves SMTP and LMTP, ``parse`` a raw ``.eml`` by HTTP."""

    secrets: EmailSecrets
    channel: Channel = Channel.EMAIL

    def authenticate(self, request: RawRequest) -> None:
        """Our own mail server: on this machine, or with the API key where one is set."""
        key = self.secrets.api_key
        if key is not None:
            given = request.header(API_KEY_HEADER)
            require_one_of(given, [key.get_secret_value()], API_KEY_HEADER)
        elif not _is_loopback(request.client_host) or _came_by_a_proxy(request):
            raise Unauthenticated("Only the city's own mail server hands mail over here.")

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One message; the envelope sender may come in X-Envelope-From."""
        require_media(request, "message/rfc822", "application/octet-stream")
        sender = request.headers.get(ENVELOPE_SENDER_HEADER)
        return self.parse_message(request.body, sender)

    def parse_message(self, raw: bytes, envelope_sender: str | None) -> tuple[Inbound, ...]:
        """One message.

        envelope_sender: MAIL FROM, empty for the null sender, None where it is not known (then
        Return-Path counts). Raises Malformed for text that cannot be kept.
        """
        letter = _Letter.of(parsed(raw), envelope_sender)
        ignored = self._ignored(letter)
        return (ignored or self._filed(letter),)

    def _ignored(self, letter: "_Letter") -> Ignored | None:
        if letter.sender.lower() == self.secrets.recipient.lower():
            return Ignored(reason="own_message")
        if letter.is_bounce:
            return Ignored(reason="bounce")
        if letter.is_auto_reply:
            return Ignored(reason="automatic_mail")
        return None if letter.text else Ignored(reason="no_text")

    def _filed(self, letter: "_Letter") -> Submission | Supplement:
        submission = self._submission(letter)
        numbers = find_report_numbers(header(letter.message, "Subject"))
        tokens = letter.reply_tokens
        if not tokens and not (letter.is_reply and numbers):
            return submission
        return Supplement(
            channel=self.channel,
            external_id=submission.external_id,
            text=submission.text,
            kind="note",
            reply_tokens=tokens,
            refers_to_report_number=next(iter(numbers), None),
            otherwise=submission,
        )

    def _submission(self, letter: "_Letter") -> Submission:
        answerable = letter.may_be_answered
        path = (
            ReplyPath(kind="email", address=letter.answer_to, thread=letter.message_id)
            if answerable
            else None
        )
        return Submission(
            channel=self.channel,
            external_id=letter.external_id,
            text=shortened(letter.text),
            reported_at=letter.written_at,
            language=letter.language,
            confidential=True,
            reporter=letter.reporter,
            # Where a machine must not answer there is no path at all, so that no mistake elsewhere
            # can start a loop of mails.
            reply=(path,) if path else (),
            auto_reply_allowed=answerable,
        )


@dataclass(frozen=True, slots=True)
class _Letter:
    """A parsed mail and the questions it is asked."""

    message: EmailMessage
    envelope_sender: str
    null_sender: bool
    sender: str
    sender_name: str
    text: str

    @classmethod
    def of(cls, message: EmailMessage, envelope_sender: str | None) -> "_Letter":
        given = envelope_sender if envelope_sender is not None else header(message, "Return-Path")
        bare = given.strip().strip("<>").strip()
        name, sender = name_and_mailbox(header(message, "From"))
        return cls(
            message=message,
            envelope_sender=bare if is_mailbox(bare) else "",
            null_sender=given.strip() == "<>" or envelope_sender == "",
            sender=sender if is_mailbox(sender) else "",
            sender_name=name,
            text=_subject_and_words(message),
        )

    @property
    def message_id(self) -> str | None:
        value = header(self.message, "Message-ID")
        return value if 0 < len(value) <= MAX_EXTERNAL_ID else None

    @property
    def external_id(self) -> str:
        """The same for the same mail. Message-ID alone is not enough: it may be missing, and some
        programs give several mails the same one."""
        # The date counts only where there is no id: some programs keep the id when they send a
        # mail again, and write a new date.
        which = self.message_id or header(self.message, "Date")
        parts = (which, header(self.message, "From"), self.text)
        joined = "\x1f".join(parts).encode("utf-8", "replace")
        return f"sha256:{hashlib.sha256(joined).hexdigest()}"

    @property
    def is_bounce(self) -> bool:
        local = self.sender.partition("@")[0].lower()
        report = self.message.get_content_type() == "multipart/report"
        return report or local in _ROBOTS

    @property
    def is_auto_reply(self) -> bool:
        """Whether it is an automatic answer, such as a vacation notice. A report that a machine
        sends of its own accord is no answer: people read it."""
        keyword = self._keyword("Auto-Submitted")
        # Exchange marks an absence notice as auto-generated; others send it from the null sender.
        by_machine = self.null_sender or keyword not in ("", "no")
        return keyword.startswith("auto-replied") or (by_machine and self.is_reply)

    @property
    def is_reply(self) -> bool:
        return bool(header(self.message, "In-Reply-To") or header(self.message, "References"))

    @property
    def reply_tokens(self) -> tuple[str, ...]:
        """Of our own mails: in the addresses it was sent to, in the ids that it answers."""
        names = ("To", "Cc", "Delivered-To", "X-Original-To", "In-Reply-To", "References")
        return find_reply_tokens(" ".join(header(self.message, name) for name in names))

    @property
    def may_be_answered(self) -> bool:
        """RFC 3834: whether a machine may answer this mail."""
        local = self.answer_to.partition("@")[0].lower()
        return bool(self.answer_to) and not (
            self.null_sender
            or self._keyword("Auto-Submitted") not in ("", "no")
            or self._keyword("Precedence") in _BULK
            or any(name.lower().startswith("list-") for name in self.message)
            or local.startswith(_UNATTENDED)
            or self.sender.lower().startswith(_UNATTENDED)
        )

    @property
    def answer_to(self) -> str:
        """Return-Path where it is known, as RFC 3834 asks; From otherwise."""
        return self.envelope_sender or self.sender

    @property
    def reporter(self) -> Reporter:
        return Reporter(name=self.sender_name[:200] or None, email=self.sender or None)

    @property
    def written_at(self) -> datetime | None:
        try:
            written = parsedate_to_datetime(header(self.message, "Date"))
            return written if written.utcoffset() is not None else written.replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None

    @property
    def language(self) -> Language:
        return "en" if self._keyword("Content-Language").startswith("en") else "id"

    def _keyword(self, name: str) -> str:
        return header(self.message, name).partition(";")[0].strip().lower()


def _subject_and_words(message: EmailMessage) -> str:
    subject, words = header(message, "Subject"), own_words(message)
    return clean("\n\n".join(part for part in (subject, words) if part), "text")


def _came_by_a_proxy(request: RawRequest) -> bool:
    """Whether a proxy passed the request on. One on this machine that is not set as trusted makes
    the whole world look like this machine."""
    return any(request.header(name) for name in PROXY_HEADERS)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
