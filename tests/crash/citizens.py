"""What citizens send after their complaint, as their platform or mail program sends it."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from deploy.local.callers import MAILBOX, Mail, Secrets, WireRequest
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


def mailed(secrets: Secrets, number: str, mail_id: str, now: datetime) -> Mail:
    """A reply by mail that quotes a report number in its subject."""
    recipient = secrets["email"]["recipient"]
    message = EmailMessage()
    message["From"] = MAILBOX
    message["To"] = recipient
    message["Subject"] = f"Re: Laporan {number}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail_id}@example.org>"
    message["In-Reply-To"] = f"<{number.lower()}@example.org>"
    message.set_content("Keterangan tambahan dari pelapor.\n")
    return Mail(MAILBOX, recipient, message.as_bytes())
