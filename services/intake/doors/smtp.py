"""The mailbox: an SMTP or LMTP listener for the city's own mail server.

A mail is answered with 250 only after it is committed. When the database cannot be reached, or when
our code fails, the answer is 4xx: then the mail server keeps the mail and tries again.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.intake.channels.email.adapter import MailAdapter
from services.intake.filing.reception import Reception
from shared.errors import Malformed, Transient
from shared.telemetry import describe, get_logger

PARSERS = 2
"""Most mails that are parsed at the same time. A large mail takes long."""

IDLE_SECONDS = 120.0

ACCEPTED = "250 2.6.0 Message accepted"
LINE_BYTES = 65536
"""RFC 5322 allows 998 octets, but real mail programs write longer lines. If we refused such a mail,
its complaint would be lost."""

NO_SUCH_MAILBOX = "550 5.1.1 No such mailbox here"
UNREADABLE = "554 5.6.0 The message cannot be read"
TRY_AGAIN = "451 4.3.0 Try again later"


class _Smtp(SMTP):
    line_length_limit = LINE_BYTES


class _Lmtp(LMTP):
    line_length_limit = LINE_BYTES


class MailHandler:
    """What aiosmtpd calls; names and signatures are its own."""

    def __init__(self, reception: Reception, adapter: MailAdapter, parsers: ThreadPoolExecutor):
        self._reception = reception
        self._adapter = adapter
        self._parsers = parsers
        self._log = get_logger("intake")

    async def handle_RCPT(  # noqa: N802 (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self._is_ours(address):
            return NO_SUCH_MAILBOX
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    def _is_ours(self, address: str) -> bool:
        """Our mailbox, also with a tag (``dki+7K3M@...``), whatever the case."""
        local, _, domain = address.lower().rpartition("@")
        return f"{local.partition('+')[0]}@{domain}" == self._adapter.secrets.recipient.lower()

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = await self._file(envelope)
        # RFC 2033: after DATA, LMTP answers once for each recipient that was accepted.
        answers = len(envelope.rcpt_tos) if isinstance(server, LMTP) else 1
        return "\r\n".join([answer] * answers)

    async def _file(self, envelope: Envelope) -> str:
        raw = envelope.content
        content = raw if isinstance(raw, bytes) else (raw or "").encode("utf-8", "surrogateescape")
        try:
            messages = await asyncio.get_running_loop().run_in_executor(
                self._parsers, self._adapter.parse_message, content, envelope.mail_from
            )
            await self._reception.file_mail(messages, content)
        except Malformed as error:
            self._log.warning("mail_refused", field=error.field, cause=error.slug)
            return UNREADABLE
        except Transient as error:
            self._log.warning("mail_deferred", error=describe(error))
            return TRY_AGAIN
        return ACCEPTED

    async def handle_exception(self, error: Exception) -> str:
        """Our code failed. The mail server is told to try again, so that the mail is not lost."""
        self._log.error("mail_bug", error=describe(error))
        return TRY_AGAIN


class MailServer:
    """The listener as the runtime starts and stops it."""

    def __init__(
        self,
        reception: Reception,
        adapter: MailAdapter,
        host: str,
        port: int,
        max_bytes: int,
        lmtp: bool = False,
    ) -> None:
        self._reception = reception
        self._adapter = adapter
        self._host = host
        self._port = port
        self._max_bytes = max_bytes
        self._protocol: Any = _Lmtp if lmtp else _Smtp
        self._server: asyncio.Server | None = None
        self._parsers: ThreadPoolExecutor | None = None

    @property
    def port(self) -> int:
        """The port it listens on, known once it has started."""
        if self._server is None:
            raise RuntimeError("the mail server is not started")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        self._parsers = ThreadPoolExecutor(PARSERS, thread_name_prefix="mail")
        handler = MailHandler(self._reception, self._adapter, self._parsers)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self._session(handler), self._host, self._port
        )

    def _session(self, handler: MailHandler) -> Any:
        return self._protocol(
            handler,
            data_size_limit=self._max_bytes,
            enable_SMTPUTF8=True,
            hostname="crm",
            ident="CRM",
            timeout=IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )

    async def stop(self) -> None:
        """Takes no more mails. Those under way are answered when they are filed."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._parsers is not None:
            self._parsers.shutdown(wait=False, cancel_futures=True)
            self._parsers = None
