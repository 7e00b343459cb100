"""The mail server: accepts every recipient, keeps every message once by its Message-ID."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.rehearsal.outside.world import Arrival, Failed, World

_MAX_BYTES = 10 * 1024 * 1024
_KEPT_HEADERS = (
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "Reply-To",
)  # fmt: skip


class MailDoor:
    """aiosmtpd's handler."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_DATA(  # noqa: N802  (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """RFC 5321 reply for a received message."""
        mail = message_from_bytes(_bytes(envelope.content), policy=policy.default)
        message_id = str(mail.get("Message-ID", "")).strip()
        if not message_id:
            return "554 5.6.0 Message-ID is missing"
        try:
            await self._world.receive(_arrival(mail, envelope, message_id), _answer)
        except Failed as error:
            return f"{error.status} {error.answer or 'ordered failure'}"
        return "250 2.0.0 accepted"


def _answer(number: int) -> dict[str, object]:
    return {"reply": 250, "id": number}


def _bytes(content: str | bytes | None) -> bytes:
    return content.encode() if isinstance(content, str) else content or b""


def _arrival(mail: EmailMessage, envelope: Envelope, message_id: str) -> Arrival:
    part = mail.get_body(("plain", "html"))
    headers = {name: str(mail[name]) for name in _KEPT_HEADERS if mail[name] is not None}
    recipients = [str(each) for each in envelope.rcpt_tos]
    return Arrival(
        kind="email",
        via="smtp",
        to=", ".join(recipients),
        key=message_id,
        body=str(part.get_content()) if part is not None else "",
        payload={"mail_from": envelope.mail_from, "headers": headers},
    )


async def listen(world: World, host: str, port: int) -> asyncio.Server:
    """Opens the SMTP listener on the running loop."""
    door = MailDoor(world)

    def session() -> SMTP:
        return SMTP(
            door, data_size_limit=_MAX_BYTES, enable_SMTPUTF8=True, hostname="outside.local"
        )

    return await asyncio.get_running_loop().create_server(session, host, port)
