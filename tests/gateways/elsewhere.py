"""The rest of the world's mail: a server that takes everything and keeps it for a look."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True)
class Kept:
    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8", "replace")


class Elsewhere:
    """``mails``: what has come, the oldest first."""

    def __init__(self) -> None:
        self.mails: list[Kept] = []
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def listening(cls) -> AsyncIterator["Elsewhere"]:
        elsewhere = cls()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(elsewhere._session, "127.0.0.1", 0)
        elsewhere.port = server.sockets[0].getsockname()[1]
        yield elsewhere
        server.close()

    def _session(self) -> Any:
        loop = asyncio.get_running_loop()
        return SMTP(self, enable_SMTPUTF8=True, hostname="elsewhere.test", loop=loop)

    async def handle_DATA(  # noqa: N802 (the library's name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.mails.append(Kept(envelope.mail_from or "", list(envelope.rcpt_tos), content))
        return "250 OK"
