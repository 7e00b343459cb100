"""Mail through our own relay: in the reporter's thread, marked as automatic (RFC 3834).

``Auto-Submitted`` and the null envelope sender keep two machines from answering each other for
ever. The Message-ID is derived from the delivery: a receiver that compares ids shows a mail that
was sent twice once. It holds the reply token, as does the address for answers: by either intake
knows which complaint an answer is about, whoever sends it and whatever became of its subject.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from time import monotonic

import aiosmtplib

from services.notify.providers.adapter import Reply
from services.notify.sending.outcomes import Outcome, Refused, Sent, TryLater
from services.notify.settings import SmtpGateway
from services.notify.wording.message import Message

NULL_SENDER = ""
IDLE_SECONDS = 5.0
"""Relays close connections that are idle; one that was idle for longer is not used again."""

MAX_LOCAL_PART = 64
"""Characters before the ``@`` (RFC 5321, 4.5.3.1.1); receivers refuse longer ones."""

_MAILBOX = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{3,250}>")


def compose(message: Message, reply: Reply, sender: str) -> EmailMessage:
    """The RFC 5322 message; the same delivery always gives the same one."""
    mail = EmailMessage()
    local, _, domain = sender.rpartition("@")
    mail["From"] = sender
    mail["To"] = reply.address
    mail["Subject"] = message.subject
    mail["Date"] = message.at
    mail["Message-ID"] = f"<{_name(message, reply)}@{domain}>"
    tagged = f"{local}+{reply.token}"
    if reply.token and len(tagged) <= MAX_LOCAL_PART:
        mail["Reply-To"] = f"{tagged}@{domain}"
    mail["Content-Language"] = message.language
    if reply.thread and _MESSAGE_ID.fullmatch(reply.thread):
        mail["In-Reply-To"] = reply.thread
        mail["References"] = reply.thread
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(message.text)
    return mail


def _name(message: Message, reply: Reply) -> str:
    """The left half of the Message-ID."""
    return f"{reply.token}.{message.key}" if reply.token else str(message.key)


class Mail:
    """Keeps its connections to the relay; one mail at a time on each."""

    name = "email"

    def __init__(self, gateway: SmtpGateway, timeout: float) -> None:
        self._gateway = gateway
        self._timeout = timeout
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []

    async def send(self, message: Message, reply: Reply) -> Outcome:
        if not _MAILBOX.fullmatch(reply.address):
            return Refused("bad_address")
        mail = compose(message, reply, self._gateway.sender)
        try:
            async with self._connection() as relay:
                await relay.send_message(mail, sender=NULL_SENDER, recipients=[reply.address])
        except (aiosmtplib.SMTPException, OSError) as error:
            return outcome_of(error)
        return Sent()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosmtplib.SMTP]:
        relay = self._fresh() or await self._connect()
        kept = False
        try:
            yield relay
            kept = True
        finally:
            if kept:
                self._idle.append((relay, monotonic()))
            else:
                relay.close()

    def _fresh(self) -> aiosmtplib.SMTP | None:
        while self._idle:
            relay, since = self._idle.pop()
            if relay.is_connected and monotonic() - since < IDLE_SECONDS:
                return relay
            relay.close()
        return None

    async def _connect(self) -> aiosmtplib.SMTP:
        gateway = self._gateway
        relay = aiosmtplib.SMTP(
            hostname=gateway.host,
            port=gateway.port,
            username=gateway.username,
            password=gateway.password.get_secret_value() if gateway.password else None,
            use_tls=gateway.implicit_tls,
            timeout=self._timeout,
            # Without a name the client would ask DNS for this machine's, and wait for the answer.
            local_hostname=gateway.sender.rpartition("@")[2],
        )
        await relay.connect()
        return relay

    async def close(self) -> None:
        """Closes the idle connections; every mail on them was accepted or refused before."""
        while self._idle:
            self._idle.pop()[0].close()


def outcome_of(error: Exception) -> Outcome:
    """A 5yz about the recipient or the mail is a refusal; anything else is tried later."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=refused):
            code = max(refusal.code for refusal in refused)
        case aiosmtplib.SMTPDataError(code=code):
            pass
        case aiosmtplib.SMTPNotSupported():
            return Refused("smtp_not_supported")
        case aiosmtplib.SMTPResponseException():
            return TryLater()
        case aiosmtplib.SMTPServerDisconnected():
            return TryLater()
        case _:
            return TryLater(away=True)
    return Refused(f"smtp_{code}") if code >= 500 else TryLater()
