"""The mailbox: an SMTP or LMTP listener for the city's own mail server.

A mail is answered with 250 only after it is committed. When the database cannot be reached, or when
our code fails, the answer is 4xx: then the mail server keeps the mail and tries again.
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.intake.channels.email.adapter import MailAdapter
from services.intake.channels.email.answering import is_same_mailbox
from services.intake.channels.submission import Inbound
from services.intake.filing.accept import Full
from services.intake.filing.large_mails import LARGE_BYTES, LargeMails
from services.intake.filing.reception import Reception
from shared.errors import Transient
from shared.telemetry import describe, get_logger

IDLE_SECONDS = 120.0

ACCEPTED = "250 2.6.0 Message accepted"
CHUNK_BYTES = 65536
MAX_RECIPIENTS = 100
"""RFC 5321 asks for as many. All of them are tags of the one mailbox."""

NO_SUCH_MAILBOX = "550 5.1.1 No such mailbox here"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients"
TOO_LARGE = "552 5.3.4 Too large: send fewer or smaller pictures, or report in the JAKI app"
TRY_AGAIN = "451 4.3.0 Try again later"

_END = b".\r\n"


class _ByChunks(SMTP):
    """Reads the data of a mail in large pieces.

    The library reads line by line and refuses lines above a limit. A mail of ten megabytes may hold
    five million lines, which would cost gigabytes and hold the event loop; and a line has no length
    at which its writer could be asked to break it.
    """

    line_length_limit = CHUNK_BYTES

    def __init__(self, handler: "MailHandler", mails: LargeMails, **options: Any) -> None:
        self._mails = mails
        super().__init__(handler, **options)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 (the library's name)
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        envelope = self.envelope
        if envelope is None or not envelope.rcpt_tos:
            await self.push("503 5.5.1 Name a recipient first")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        async with AsyncExitStack() as place:
            try:
                content = await self._content(place, _announced(envelope))
            except asyncio.CancelledError:
                # The sender hung up.
                self._writer.close()
                raise
            if isinstance(content, str):
                answer = content
            else:
                envelope.content = envelope.original_content = content
                del content
                answer = await self._call_handler_hook("DATA")
            # Nobody holds the mail any more when there is room for another.
            envelope.content = envelope.original_content = None
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(answer)

    async def _content(self, place: AsyncExitStack, announced: int) -> bytes | str:
        """The mail without the dot that ends it (RFC 5321, 4.5.2); of one that is not taken, the
        answer: it is read to its end all the same. ``place``: gets the room that it takes."""
        content, refused = bytearray(b"\r\n"), ""
        limit = self.data_size_limit or sys.maxsize
        room = 0
        while not content.endswith(b"\r\n" + _END):
            if len(content) > max(room, LARGE_BYTES) and not refused:
                # Nothing is read meanwhile, and the sender waits.
                whole = announced if len(content) <= announced < limit else limit
                refused = await self._refused(place, whole - room)
                room = whole
            try:
                content += await self._reader.readuntil(_END)
            except asyncio.LimitOverrunError as overrun:
                content += await self._reader.read(overrun.consumed)
            if len(content) > limit + len(b"\r\n" + _END):
                refused = refused or TOO_LARGE
            if refused:
                del content[: -len(b"\r\n" + _END)]
            # What is buffered is read without a pause, and it may hold thousands of sentences.
            await asyncio.sleep(0)
        if refused:
            return refused
        del content[-len(_END) :]
        if b"\r\n." in content:
            content = content.replace(b"\r\n.", b"\r\n")
        del content[:2]
        return bytes(content)

    async def _refused(self, place: AsyncExitStack, size: int) -> str:
        """Waits for room; the answer where there was none for long."""
        try:
            await place.enter_async_context(self._mails.place(size))
        except Full as error:
            get_logger("intake").warning("mail_deferred", error=describe(error))
            return TRY_AGAIN
        return ""


def _announced(envelope: Envelope) -> int:
    """Bytes that a mail may have after what MAIL FROM said (RFC 1870), 0 where it said nothing.
    Line ends and doubled dots come on top of it: who asked for more room while he holds some would
    wait for another who does the same."""
    for option in envelope.mail_options:
        name, _, value = option.partition("=")
        if name.upper() == "SIZE" and value.isdecimal():
            return int(value) + LARGE_BYTES
    return 0


class _Smtp(_ByChunks):
    pass


class _Lmtp(_ByChunks, LMTP):
    pass


class Parsers:
    """Threads that parse mails: one for large ones, as such a one can take half a second, and one
    for all others, which do not wait for that."""

    def __init__(self) -> None:
        self._small = ThreadPoolExecutor(1, thread_name_prefix="mail")
        self._large = ThreadPoolExecutor(1, thread_name_prefix="large-mail")
        self._stopped = False

    def lane(self, content: bytes) -> ThreadPoolExecutor:
        """Raises Transient for a mail that was still being sent when this process was told to end:
        its server tries again, and another process takes it."""
        if self._stopped:
            raise Transient("this process ends")
        return self._large if len(content) > LARGE_BYTES else self._small

    def stop(self) -> None:
        self._stopped = True
        for lane in (self._small, self._large):
            lane.shutdown(wait=False, cancel_futures=True)


class MailHandler:
    """What aiosmtpd calls; names and signatures are its own."""

    def __init__(self, reception: Reception, adapter: MailAdapter, parsers: Parsers):
        self._reception = reception
        self._adapter = adapter
        self._parsers = parsers
        self._log = get_logger("intake")

    async def handle_RCPT(  # noqa: N802 (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not is_same_mailbox(address, self._adapter.secrets.recipient):
            return NO_SUCH_MAILBOX
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return TOO_MANY_RECIPIENTS
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

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
            messages = await self._read(content, envelope)
            await self._reception.file_mail(messages, content, self._adapter.channel)
        except Transient as error:
            self._log.warning("mail_deferred", error=describe(error))
            return TRY_AGAIN
        return ACCEPTED

    async def _read(self, content: bytes, envelope: Envelope) -> tuple[Inbound, ...]:
        """What the mail becomes. When our code cannot read it, it is filed unread: its writer can
        correct nothing, and a mail server that tries again meets the same fault."""
        reading = asyncio.get_running_loop().run_in_executor(
            self._parsers.lane(content),
            self._adapter.parse_message,
            content,
            envelope.mail_from,
            tuple(envelope.rcpt_tos),
        )
        (read,) = await asyncio.gather(reading, return_exceptions=True)
        if isinstance(read, Exception):
            self._log.error("mail_unread", error=describe(read))
            return self._adapter.unread(content)
        if isinstance(read, BaseException):
            raise read
        return read

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
        self.adapter = adapter
        self._host = host
        self._port = port
        self._max_bytes = max_bytes
        self._protocol: Any = _Lmtp if lmtp else _Smtp
        self._server: asyncio.Server | None = None
        self._parsers: Parsers | None = None

    @property
    def port(self) -> int:
        """The port it listens on, known once it has started."""
        if self._server is None:
            raise RuntimeError("the mail server is not started")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        # A thread that parses gives way to the event loop after half a millisecond and not after
        # five: the loop asks dozens of times for one mail, and each time it waits that long.
        sys.setswitchinterval(0.0005)
        self._parsers = Parsers()
        handler = MailHandler(self._reception, self.adapter, self._parsers)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self._session(handler), self._host, self._port
        )

    def _session(self, handler: MailHandler) -> Any:
        return self._protocol(
            handler,
            self._reception.mails,
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
            self._parsers.stop()
            self._parsers = None
