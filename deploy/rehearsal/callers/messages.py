"""E-mail and SMS."""

from __future__ import annotations

import hashlib
import hmac
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlencode

from deploy.rehearsal.callers.call import (
    MAILBOX,
    NAME,
    PHONE,
    Call,
    Mail,
    WireRequest,
    json_bytes,
)


def email(call: Call) -> Mail:
    recipient = call.secret("email", "recipient")
    message = EmailMessage()
    message["From"] = f"{NAME} <{MAILBOX}>"
    message["To"] = recipient
    message["Subject"] = "Laporan pelanggaran pembatasan kegiatan"
    message["Date"] = format_datetime(call.now)
    message["Message-ID"] = f"<{call.external_id}@example.org>"
    message.set_content(f"{call.text}\n")
    return Mail(MAILBOX, recipient, message.as_bytes())


def raw_mail_request(mail: Mail) -> WireRequest:
    """The same mail by HTTP, as a mail server on the same machine hands it over."""
    headers = {"content-type": "message/rfc822", "x-envelope-from": mail.sender}
    return WireRequest("POST", "/v1/channels/email/raw", headers, mail.raw)


def sms(call: Call) -> WireRequest:
    """Through Kannel; with a photograph it comes to the same number by WhatsApp."""
    return _whatsapp(call) if call.photographs else _kannel(call)


def _whatsapp(call: Call) -> WireRequest:
    message = {
        "from": PHONE.removeprefix("+"),
        "id": f"wamid.{call.external_id}",
        "timestamp": str(call.seconds()),
        "type": "image",
        "image": {"id": call.external_id, "mime_type": "image/jpeg", "caption": call.text},
    }
    change = {"field": "messages", "value": {"messages": [message]}}
    delivery = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "100000000000001", "changes": [change]}],
    }
    body = json_bytes(delivery)
    key = call.secret("sms", "whatsapp_app_secret").encode()
    headers = {
        "content-type": "application/json",
        "x-hub-signature-256": f"sha256={hmac.digest(key, body, hashlib.sha256).hex()}",
    }
    return WireRequest("POST", "/v1/channels/sms/whatsapp", headers, body)


def _kannel(call: Call) -> WireRequest:
    query = urlencode(
        {
            "secret": call.secret("sms", "kannel_secret"),
            "from": PHONE,
            "to": "+628111272206",
            "text": call.text,
            "t": call.now.strftime("%Y-%m-%d %H:%M"),
            "id": call.external_id,
            "smsc": "local",
            "charset": "UTF-8",
        }
    )
    return WireRequest("GET", f"/v1/channels/sms/kannel?{query}", {}, b"")
