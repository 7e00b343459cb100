"""Mail through our own relay: in the reporter's thread, marked as automatic (RFC 3834).

``Auto-Submitted`` and the null envelope sender keep two machines from answering each other for
ever. The Message-ID is derived from the delivery: a receiver that compares ids shows a mail that
was sent twice once. It holds the reply token, as does the address for answers: by either intake
knows which complaint an answer is about, whoever sends it and whatever became of its subject.
"""

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from time import monotonic

import aiosmtplib

from services.notify.providers.adapter import Reply
from services.notify.providers.smtp_answers import NotOffered, outcome_of
from services.notify.sending.outcomes import Outcome, Refused, Sent
from services.notify.settings import SmtpGateway
from services.notify.wording.message import Message
from shared.errors import StopTheLine

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
        self._tls = tls_context(gateway)
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []

    async def send(self, message: Message, reply: Reply) -> Outcome:
        if not _MAILBOX.fullmatch(reply.address):
            return Refused("bad_address")
        mail = compose(message, reply, self._gateway.sender)
        try:
            async with self._connection() as relay:
                await relay.send_message(mail, sender=NULL_SENDER, recipients=[reply.address])
        except (aiosmtplib.SMTPException, OSError, NotOffered) as error:
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
            use_tls=gateway.tls == "implicit",
            start_tls=None if gateway.tls == "opportunistic" else False,
            tls_context=self._tls,
            timeout=self._timeout,
            # Without a name the client would ask DNS for this machine's, and wait for the answer.
            local_hostname=gateway.sender.rpartition("@")[2],
        )
        try:
            await relay.connect()
            if gateway.tls == "required":
                await _start_tls(relay)
            if gateway.username and gateway.password:
                await _log_in(relay, gateway.username, gateway.password.get_secret_value())
        except BaseException:
            relay.close()
            raise
        return relay

    async def close(self) -> None:
        """Closes the idle connections; every mail on them was accepted or refused before."""
        while self._idle:
            self._idle.pop()[0].close()


def tls_context(gateway: SmtpGateway) -> ssl.SSLContext:
    """Trusts the CAs of ``ca_file``, else the system's. Raises StopTheLine for a file that cannot
    be read.

    Opportunistic TLS checks nothing (RFC 7435): whoever could forge the certificate could as well
    take STARTTLS out of the relay's answer.
    """
    try:
        context = ssl.create_default_context(cafile=gateway.ca_file)
    except OSError as error:
        raise StopTheLine("The file of gateways.smtp.ca_file holds no certificate.") from error
    if gateway.tls == "opportunistic":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _start_tls(relay: aiosmtplib.SMTP) -> None:
    await relay.ehlo()
    if not relay.supports_extension("starttls"):
        raise NotOffered("tls_not_offered")
    await relay.starttls()


async def _log_in(relay: aiosmtplib.SMTP, username: str, password: str) -> None:
    await relay.ehlo()
    if not relay.supported_auth_methods:
        raise NotOffered("auth_not_offered")
    await relay.login(username, password)
