"""E-mail and SMS."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlencode

from deploy.rehearsal.callers.call import MAILBOX, NAME, PHONE, Call, Mail, WireRequest


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
