"""dki@jakarta.go.id: mail as RFC 5322 text, from our own mail server.

The sender of a mail can be forged and is never trusted. Mail is confidential. RFC 3834 and RFC 5230
say which mails a machine must not answer. No sender can correct a mail, so none is refused for what
is in it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address

from services.intake.channels.adapter import RawRequest, require_media
from services.intake.channels.email.letter import TOO_COMPLEX, Envelope, IncomingMail
from services.intake.channels.email.our_letters import OUR_SENTENCES
from services.intake.channels.email.secrets import EmailSecrets
from services.intake.channels.partner import API_KEY_HEADER
from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.signatures import require_one_of
from services.intake.channels.submission import Ignored, Inbound, Submission, Supplement
from services.intake.words.mail_text import is_blank
from services.intake.words.quotes import OurLetters
from shared.codes import find_report_numbers
from shared.errors import Unauthenticated
from shared.events.vocabulary import Channel

ENVELOPE_SENDER_HEADER = "x-envelope-from"
ENVELOPE_RECIPIENT_HEADER = "x-envelope-to"
PROXY_HEADERS = ("forwarded", "x-forwarded-for", "via")


@dataclass(frozen=True)
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
        """One message; the envelope may come in X-Envelope-From and X-Envelope-To."""
        require_media(request, "message/rfc822", "application/octet-stream")
        sender = request.headers.get(ENVELOPE_SENDER_HEADER)
        recipients = tuple(request.header(ENVELOPE_RECIPIENT_HEADER).split(","))
        return self.parse_message(request.body, sender, recipients)

    def parse_message(
        self, raw: bytes, envelope_sender: str | None, recipients: Sequence[str] = ()
    ) -> tuple[Inbound, ...]:
        """One message, whatever its bytes.

        envelope_sender: MAIL FROM, empty for the null sender, None where it is not known (then
        Return-Path counts). recipients: RCPT TO.
        """
        envelope = Envelope(envelope_sender, tuple(recipients))
        mail = IncomingMail.read(raw, envelope, self._our_letters)
        ignored = self._ignored(mail)
        return (ignored or self._filed(mail),)

    def unread(self, raw: bytes) -> tuple[Inbound, ...]:
        """What to file when ``parse_message`` failed, by a fault of ours: the original is sealed
        with it, and a person can read it there."""
        return (
            Submission(
                channel=self.channel,
                external_id=f"sha256:{hashlib.sha256(raw).hexdigest()}",
                text=TOO_COMPLEX,
                confidential=True,
                auto_reply_allowed=False,
            ),
        )

    @cached_property
    def _our_letters(self) -> OurLetters:
        return OurLetters(self.secrets.recipient, OUR_SENTENCES)

    def _ignored(self, mail: IncomingMail) -> Ignored | None:
        if mail.is_ours:
            return Ignored(reason="own_message")
        if mail.is_bounce:
            return Ignored(reason="bounce")
        if mail.is_auto_reply:
            return Ignored(reason="automatic_mail")
        return Ignored(reason="no_text") if is_blank(mail.text) else None

    def _filed(self, mail: IncomingMail) -> Submission | Supplement:
        """A reply may belong to an earlier complaint; whether it does is for planning to say."""
        submission = self._submission(mail)
        tokens = mail.reply_tokens
        numbers = find_report_numbers(f"{mail.subject}\n{mail.text}") if mail.is_reply else ()
        if not (tokens or numbers):
            return submission
        return Supplement(
            channel=self.channel,
            external_id=submission.external_id,
            text=submission.text,
            kind="note",
            reply_tokens=tokens,
            refers_to_report_number=numbers[0] if numbers else None,
            otherwise=submission,
            automatic=submission.automatic,
            only_quotes=mail.only_quotes,
        )

    def _submission(self, mail: IncomingMail) -> Submission:
        # Where a machine must not answer there is no path at all, so that no mistake elsewhere can
        # start a loop of mails.
        paths = tuple(
            ReplyPath(kind="email", address=address, thread=mail.message_id)
            for address in mail.answer_to
        )
        return Submission(
            channel=self.channel,
            external_id=mail.external_id,
            text=mail.text,
            reported_at=mail.written_at,
            language=mail.language,
            confidential=True,
            reporter=Reporter(name=mail.sender_name[:200] or None, email=mail.sender or None),
            reply=paths,
            auto_reply_allowed=bool(paths),
            automatic=mail.is_automatic,
            needs_words=not mail.has_words,
        )


def _came_by_a_proxy(request: RawRequest) -> bool:
    """Whether a proxy passed the request on. One on this machine that is not set as trusted makes
    the whole world look like this machine."""
    return any(request.header(name) for name in PROXY_HEADERS)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
