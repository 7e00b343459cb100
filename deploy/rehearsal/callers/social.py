"""X and Meta: webhooks with a signature over the raw body."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from datetime import datetime
from typing import Any

from deploy.rehearsal.callers.call import NAME, Call, Secrets, WireRequest, json_bytes
from deploy.rehearsal.callers.places import KEBON_KACANG


def _x_post(call: Call, account_id: str) -> dict[str, Any]:
    place = KEBON_KACANG
    written = call.now.strftime("%a %b %d %H:%M:%S +0000 %Y")
    user = {"id_str": "2000000001", "name": NAME, "screen_name": "pelapor_contoh"}
    post = {
        "id_str": call.external_id,
        "created_at": written,
        "text": call.text,
        "user": user,
        "in_reply_to_status_id_str": None,
        "coordinates": {"type": "Point", "coordinates": [place.longitude, place.latitude]},
        "entities": {"user_mentions": [{"id_str": account_id}]},
        "lang": "in",
    }
    photograph = call.photograph("x/media")
    if photograph:
        post["extended_entities"] = {"media": [{"type": "photo", "media_url_https": photograph}]}
    return {"for_user_id": account_id, "user_has_blocked": False, "tweet_create_events": [post]}


def _x(call: Call, channel: str, path: str, *, placed: bool) -> WireRequest:
    delivery = _x_post(call, call.secret(channel, "account_id"))
    if not placed:
        delivery["tweet_create_events"][0]["coordinates"] = None
    body = json_bytes(delivery)
    key = call.secret(channel, "consumer_secret").encode()
    proof = b64encode(hmac.digest(key, body, hashlib.sha256)).decode()
    headers = {
        "content-type": "application/json",
        "x-twitter-webhooks-signature": f"sha256={proof}",
    }
    return WireRequest("POST", path, headers, body)


def twitter(call: Call) -> WireRequest:
    return _x(call, "twitter", "/v1/channels/twitter/webhook", placed=True)


def governor(call: Call) -> WireRequest:
    return _x(call, "gubernur", "/v1/channels/gubernur/x/webhook", placed=False)


def _meta(call: Call, channel: str, path: str) -> WireRequest:
    page = call.secret(channel, "page_id")
    value = {
        "item": "comment",
        "verb": "add",
        "post_id": f"{page}_1",
        "comment_id": call.external_id,
        "parent_id": f"{page}_1",
        "from": {"id": "3000000001", "name": NAME},
        "message": call.text,
        "created_time": call.seconds(),
    }
    photograph = call.photograph("meta/v")
    if photograph:
        value["photo"] = f"{photograph}?oh=00_AT&oe=6A4B2C10"
    entry = {"id": page, "time": call.seconds(), "changes": [{"field": "feed", "value": value}]}
    body = json_bytes({"object": "page", "entry": [entry]})
    proof = hmac.digest(call.secret(channel, "app_secret").encode(), body, hashlib.sha256).hex()
    headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={proof}"}
    return WireRequest("POST", path, headers, body)


def facebook(call: Call) -> WireRequest:
    return _meta(call, "facebook", "/v1/channels/facebook/webhook")


def governor_meta_request(
    secrets: Secrets, *, external_id: str, text: str, now: datetime
) -> WireRequest:
    """A comment on the Governor's page; ``wire_request`` plays the Governor's X account."""
    call = Call(secrets, external_id, text, None, now)
    return _meta(call, "gubernur", "/v1/channels/gubernur/meta/webhook")
