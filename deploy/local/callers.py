"""The fourteen channels as their platforms speak: real-shaped, correctly signed requests.

Plays the outside for the demo, the bench and the tests. It shares no code with intake on
purpose: what signs here and what checks there must agree about the wire, not about a function.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

Secrets: TypeAlias = Mapping[str, Mapping[str, str]]

WIB = timezone(timedelta(hours=7), "WIB")
PHONE = "+628110000001"
MAILBOX = "pelapor.contoh@example.org"
NAME = "Pelapor Contoh"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One HTTP request. path: with its query."""

    method: Literal["GET", "POST"]
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message for SMTP: envelope and RFC 5322 text."""

    sender: str
    recipient: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """A point inside a kelurahan of Jakarta."""

    latitude: float
    longitude: float
    address: str
    kelurahan_code: str


TEBET_TIMUR = Place(-6.2338, 106.8555, "Dekat Taman Tebet", "31.74.01.1001")
KEBON_KACANG = Place(-6.1903, 106.8172, "Depan pasar Kebon Kacang", "31.71.07.1006")
SUNTER_AGUNG = Place(-6.1381, 106.8621, "Tepi Danau Sunter", "31.72.02.1006")
CENGKARENG_BARAT = Place(-6.1386, 106.7238, "Seberang rumah susun", "31.73.01.1001")
CIRACAS = Place(-6.3261, 106.8753, "Samping kantor kelurahan", "31.75.09.1001")

SAMPLE_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "jaki": "Jalan berlubang cukup dalam di dekat taman, sudah dua motor jatuh minggu ini.",
        "qlue": "Tumpukan sampah di tepi danau belum diangkut sejak tiga hari lalu.",
        "twitter": "@DKIJakarta mohon ditertibkan, parkir liar menutup trotoar depan pasar.",
        "facebook": "Min, lampu PJU di gang kami padam sudah seminggu, gelap sekali kalau malam.",
        "email": "Kantor di gedung sebelah tetap buka penuh padahal ada pembatasan kegiatan.",
        "balai_warga": "Saluran air depan rumah mampet dan meluap setiap kali hujan.",
        "lapor_1708": "Pohon tua miring ke arah jalan dan dikhawatirkan tumbang saat hujan.",
        "sms": "Banjir setinggi lutut di Kelurahan Ciracas RT 05, air belum surut sejak pagi.",
        "kelurahan": "Warga melaporkan coretan di dinding taman bermain anak.",
        "kecamatan": "Warga melaporkan pedagang kaki lima menutup trotoar di depan stasiun.",
        "walikota": "Warga melaporkan jalan lingkungan rusak setelah galian pipa.",
        "pendopo": "Warga menanyakan bantuan sosial yang belum diterima sejak bulan lalu.",
        "inspektorat": "Warga melaporkan permintaan uang saat mengurus surat pengantar.",
        "gubernur": "Pak, tolong taman di lingkungan kami dirawat, banyak lampu yang rusak.",
    }
)
"""One realistic complaint per channel; no person and no real event stands behind any."""


@dataclass(frozen=True, slots=True)
class _Call:
    secrets: Secrets
    external_id: str
    text: str
    operator_token: str | None
    now: datetime

    def secret(self, channel: str, name: str) -> str:
        return self.secrets[channel][name]

    def seconds(self) -> int:
        return int(self.now.timestamp())

    def iso(self) -> str:
        return self.now.astimezone(WIB).isoformat(timespec="seconds")


def wire_request(
    channel: str,
    secrets: Secrets,
    *,
    external_id: str,
    text: str,
    operator_token: str | None,
    now: datetime,
) -> WireRequest | Mail:
    """A complaint on ``channel`` as its platform would send it.

    secrets: the setting CHANNEL_SECRETS. external_id: the platform's id of the message; the same
    id again is the same message. operator_token: for the five desks, of an officer whose unit
    staffs the desk. now: aware. Raises KeyError for an unknown channel, ValueError for a desk
    without a token.
    """
    return _CALLERS[channel](_Call(secrets, external_id, text, operator_token, now))


def form_request(secrets: Secrets, *, draft_id: str, text: str, csrf_token: str) -> WireRequest:
    """The HTML form of Balai Warga as a browser posts it."""
    fields = {
        "csrf_token": csrf_token,
        "draft_id": draft_id,
        "isi": text,
        "kategori": "saluran-air",
        "lokasi": CENGKARENG_BARAT.address,
        "lintang": str(CENGKARENG_BARAT.latitude),
        "bujur": str(CENGKARENG_BARAT.longitude),
        "nama": NAME,
        "email": MAILBOX,
        "telepon": "0811-000-0001",
        "rahasia": "1",
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    path = "/v1/channels/balai_warga/form"
    return WireRequest("POST", path, headers, urlencode(fields).encode())


def csrf_token(secrets: Secrets, *, draft_id: str, now: datetime) -> str:
    """What the portal puts into the form it renders: expiry and proof, bound to the draft."""
    expires = int((now + timedelta(hours=1)).timestamp())
    key = secrets["balai_warga"]["csrf_key"].encode()
    proof = hmac.digest(key, f"{expires}.{draft_id}".encode(), hashlib.sha256)
    return f"{expires}.{urlsafe_b64encode(proof).rstrip(b'=').decode()}"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _post_json(path: str, value: Any, headers: Mapping[str, str]) -> WireRequest:
    return WireRequest("POST", path, {"content-type": "application/json", **headers}, _json(value))


def _keyed(call: _Call, channel: str, value: Any) -> WireRequest:
    headers = {"x-api-key": call.secret(channel, "api_key")}
    return _post_json(f"/v1/channels/{channel}", value, headers)


def _location(place: Place) -> dict[str, Any]:
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "address": place.address,
    }


def _jaki(call: _Call) -> WireRequest:
    report = {
        "report_id": call.external_id,
        "description": call.text,
        "category": "Jalan",
        "location": _location(TEBET_TIMUR),
        "privacy": "private",
        "reported_at": call.iso(),
        "reporter": {"id": f"jaki-{call.external_id}", "name": NAME, "phone": PHONE},
        "photos": [],
    }
    request = _keyed(call, "jaki", report)
    headers = {**request.headers, "idempotency-key": call.external_id}
    return WireRequest(request.method, request.path, headers, request.body)


def _qlue(call: _Call) -> WireRequest:
    post = {
        "post_id": call.external_id,
        "post_date": call.now.astimezone(WIB).strftime("%Y-%m-%d %H:%M:%S"),
        "post_title": "Sampah menumpuk",
        "post_desc": call.text,
        "post_images": "",
        "category": "Sampah",
        "loc_lat": SUNTER_AGUNG.latitude,
        "loc_lng": SUNTER_AGUNG.longitude,
        "profile_name": "pelapor_contoh",
    }
    return _keyed(call, "qlue", [post])


def _lapor(call: _Call) -> WireRequest:
    ticket = {
        "ticket_number": call.external_id,
        "title": "Pohon miring",
        "content": call.text,
        "category": "Pohon",
        "location": _location(CIRACAS),
        "created_at": call.iso(),
        "is_anonymous": False,
        "is_secret": False,
        "reporter": {"name": NAME, "phone": PHONE},
        "status": "disposed",
    }
    return _keyed(call, "lapor_1708", ticket)


def _balai_warga(call: _Call) -> WireRequest:
    entry = {
        "draft_id": call.external_id,
        "text": call.text,
        "category": "saluran-air",
        "location": _location(CENGKARENG_BARAT),
        "reported_at": call.iso(),
        "reporter": {"name": NAME, "email": MAILBOX},
    }
    return _keyed(call, "balai_warga", entry)


def _x_post(call: _Call, account_id: str) -> dict[str, Any]:
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
    return {"for_user_id": account_id, "user_has_blocked": False, "tweet_create_events": [post]}


def _x(call: _Call, channel: str, path: str, *, placed: bool) -> WireRequest:
    delivery = _x_post(call, call.secret(channel, "account_id"))
    if not placed:
        delivery["tweet_create_events"][0]["coordinates"] = None
    body = _json(delivery)
    key = call.secret(channel, "consumer_secret").encode()
    proof = b64encode(hmac.digest(key, body, hashlib.sha256)).decode()
    headers = {
        "content-type": "application/json",
        "x-twitter-webhooks-signature": f"sha256={proof}",
    }
    return WireRequest("POST", path, headers, body)


def _twitter(call: _Call) -> WireRequest:
    return _x(call, "twitter", "/v1/channels/twitter/webhook", placed=True)


def _governor(call: _Call) -> WireRequest:
    return _x(call, "gubernur", "/v1/channels/gubernur/x/webhook", placed=False)


def _meta(call: _Call, channel: str, path: str) -> WireRequest:
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
    entry = {"id": page, "time": call.seconds(), "changes": [{"field": "feed", "value": value}]}
    body = _json({"object": "page", "entry": [entry]})
    proof = hmac.digest(call.secret(channel, "app_secret").encode(), body, hashlib.sha256).hex()
    headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={proof}"}
    return WireRequest("POST", path, headers, body)


def _facebook(call: _Call) -> WireRequest:
    return _meta(call, "facebook", "/v1/channels/facebook/webhook")


def governor_meta_request(
    secrets: Secrets, *, external_id: str, text: str, now: datetime
) -> WireRequest:
    """A comment on the Governor's page; ``wire_request`` plays the Governor's X account."""
    call = _Call(secrets, external_id, text, None, now)
    return _meta(call, "gubernur", "/v1/channels/gubernur/meta/webhook")


def _email(call: _Call) -> Mail:
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


def _sms(call: _Call) -> WireRequest:
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


@dataclass(frozen=True, slots=True)
class _Desk:
    name: str
    category: str
    place: Place
    about_unit: str | None = None

    def __call__(self, call: _Call) -> WireRequest:
        if call.operator_token is None:
            raise ValueError(f"the desk {self.name} needs an officer's token")
        entry = {
            "entry_id": call.external_id,
            "text": call.text,
            "category": self.category,
            "location": _location(self.place),
            "about_unit": self.about_unit,
            "reported_at": call.iso(),
            "reporter": {"name": NAME, "phone": PHONE},
        }
        headers = {"authorization": f"Bearer {call.operator_token}"}
        return _post_json(f"/v1/desks/{self.name}/complaints", entry, headers)


DESK_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "kelurahan": TEBET_TIMUR.kelurahan_code,
        "kecamatan": "31.71.07",
        "walikota": "31.73",
        "pendopo": "biro-pemerintahan",
        "inspektorat": "inspektorat",
    }
)
"""A unit whose officers staff the desk, for the operator's token."""

_CALLERS: Mapping[str, Callable[[_Call], WireRequest | Mail]] = MappingProxyType(
    {
        "jaki": _jaki,
        "qlue": _qlue,
        "twitter": _twitter,
        "facebook": _facebook,
        "email": _email,
        "balai_warga": _balai_warga,
        "lapor_1708": _lapor,
        "sms": _sms,
        "kelurahan": _Desk("kelurahan", "coretan", TEBET_TIMUR),
        "kecamatan": _Desk("kecamatan", "pkl-liar", KEBON_KACANG),
        "walikota": _Desk("walikota", "jalan", CENGKARENG_BARAT),
        "pendopo": _Desk("pendopo", "bantuan-sosial", CIRACAS),
        "inspektorat": _Desk(
            "inspektorat", "keluhan-pelayanan", SUNTER_AGUNG, SUNTER_AGUNG.kelurahan_code
        ),
        "gubernur": _governor,
    }
)
