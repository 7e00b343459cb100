"""What citizens send besides a plain complaint, as their platform or mail program sends it."""

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime
from typing import Any

from deploy.rehearsal.callers import MAILBOX, Mail, Secrets, WireRequest
from tests.e2e.wire import encoded, meta_delivery, meta_signed, x_signed


def edited(secrets: Secrets, external_id: str, text: str) -> WireRequest:
    """The author of a comment on Facebook changes its words."""
    page = secrets["facebook"]["page_id"]
    body = meta_delivery(
        page, item="comment", verb="edited", comment_id=external_id, post_id=f"{page}_1",
        message=text, **{"from": {"id": "3000000001", "name": "Pelapor Contoh"}},
    )  # fmt: skip
    return meta_signed("/v1/channels/facebook/webhook", secrets["facebook"]["app_secret"], body)


def deleted(secrets: Secrets, channel: str, external_id: str) -> WireRequest:
    """The author deletes a comment on Facebook or a post on X."""
    if channel == "facebook":
        page = secrets["facebook"]["page_id"]
        body = meta_delivery(page, item="comment", verb="remove", comment_id=external_id)
        return meta_signed("/v1/channels/facebook/webhook", secrets["facebook"]["app_secret"], body)
    account = secrets["twitter"]["account_id"]
    event = {"status": {"id": external_id, "user_id": "2000000001"}}
    delivery = {"for_user_id": account, "tweet_delete_events": [event]}
    secret = secrets["twitter"]["consumer_secret"]
    return x_signed("/v1/channels/twitter/webhook", secret, encoded(delivery))


def mailed(secrets: Secrets, number: str, token: str, mail_id: str, now: datetime) -> Mail:
    """A reply by mail to one of our own, which had the reply token in its address."""
    recipient = f"+{token}@".join(secrets["email"]["recipient"].split("@"))
    message = EmailMessage()
    message["From"] = MAILBOX
    message["To"] = recipient
    message["Subject"] = f"Re: Laporan {number}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail_id}@example.org>"
    message["In-Reply-To"] = f"<{number.lower()}@example.org>"
    message.set_content("Keterangan tambahan dari pelapor.\n")
    return Mail(MAILBOX, recipient, message.as_bytes())


def with_picture(mail: Mail, picture: bytes) -> Mail:
    """The mail with a picture attached."""
    message = message_from_bytes(mail.raw, policy=default)
    assert isinstance(message, EmailMessage)
    message.add_attachment(picture, maintype="image", subtype="jpeg", filename="IMG_0001.jpg")
    return replace(mail, raw=message.as_bytes())


def posted_by(request: WireRequest, user: str, secret: str) -> WireRequest:
    """The delivery of X as if another account had posted it, signed anew."""
    delivery: dict[str, Any] = json.loads(request.body)
    delivery["tweet_create_events"][0]["user"]["id_str"] = user
    body = json.dumps(delivery).encode()
    proof = b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    headers = {**request.headers, "x-twitter-webhooks-signature": f"sha256={proof}"}
    return replace(request, headers=headers, body=body)
