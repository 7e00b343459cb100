"""Platforms that hand their reports over as JSON with a key: JAKI, Qlue, LAPOR!, Balai Warga."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from urllib.parse import urlencode

from deploy.rehearsal.callers.call import (
    MAILBOX,
    NAME,
    PHONE,
    WIB,
    Call,
    Secrets,
    WireRequest,
    keyed,
)
from deploy.rehearsal.callers.places import (
    CENGKARENG_BARAT,
    CIRACAS,
    SUNTER_AGUNG,
    TEBET_TIMUR,
    location_of,
)


def form_request(
    secrets: Secrets, *, draft_id: str, text: str, csrf_token: str, **other: str
) -> WireRequest:
    """The HTML form of Balai Warga as a browser posts it; ``other``: more of its fields."""
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
        **other,
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    path = "/v1/channels/balai_warga/form"
    return WireRequest("POST", path, headers, urlencode(fields).encode())


def csrf_token(secrets: Secrets, *, draft_id: str, now: datetime) -> str:
    """The token in the portal's form: when it expires, and a proof that is of this draft alone."""
    expires = int((now + timedelta(hours=1)).timestamp())
    key = secrets["balai_warga"]["csrf_key"].encode()
    proof = hmac.digest(key, f"{expires}.{draft_id}".encode(), hashlib.sha256)
    return f"{expires}.{urlsafe_b64encode(proof).rstrip(b'=').decode()}"


def jaki(call: Call) -> WireRequest:
    report = {
        "report_id": call.external_id,
        "description": call.text,
        "category": "Jalan",
        "location": location_of(TEBET_TIMUR),
        "privacy": "private",
        "reported_at": call.iso(),
        "reporter": {"id": f"jaki-{call.external_id}", "name": NAME, "phone": PHONE},
    }
    request = keyed(call, "jaki", report)
    headers = {**request.headers, "idempotency-key": call.external_id}
    request = WireRequest(request.method, request.path, headers, request.body)
    return call.with_picture(request, "report", "photo")


def qlue(call: Call) -> WireRequest:
    post = {
        "post_id": call.external_id,
        "post_date": call.now.astimezone(WIB).strftime("%Y-%m-%d %H:%M:%S"),
        "post_title": "Sampah menumpuk",
        "post_desc": call.text,
        "post_images": (call.photograph("qlue/uploads") or "").replace("/", "\\/"),
        "category": "Sampah",
        "loc_lat": SUNTER_AGUNG.latitude,
        "loc_lng": SUNTER_AGUNG.longitude,
        "profile_name": "pelapor_contoh",
    }
    return keyed(call, "qlue", [post])


def lapor(call: Call) -> WireRequest:
    ticket = {
        "ticket_number": call.external_id,
        "title": "Pohon miring",
        "content": call.text,
        "category": "Pohon",
        "location": location_of(CIRACAS),
        "created_at": call.iso(),
        "is_anonymous": False,
        "is_secret": False,
        "reporter": {"name": NAME, "phone": PHONE},
        "status": "disposed",
    }
    return keyed(call, "lapor_1708", ticket)


def balai_warga(call: Call) -> WireRequest:
    entry = {
        "draft_id": call.external_id,
        "text": call.text,
        "category": "saluran-air",
        "location": location_of(CENGKARENG_BARAT),
        "reported_at": call.iso(),
        "reporter": {"name": NAME, "email": MAILBOX},
    }
    return keyed(call, "balai_warga", entry)
