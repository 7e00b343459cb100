"""Requests as they reach a door, signed with secrets that only the tests know."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from pydantic import SecretStr

from deploy.rehearsal.callers import WireRequest
from services.intake.channels.adapter import RawRequest
from services.intake.channels.balai_warga.adapter import mint_csrf_token
from services.intake.channels.door import Door
from services.intake.channels.registry import ChannelSecrets, doors
from services.intake.channels.submission import Inbound, Submission, Supplement
from services.intake.doors.http import reader_of

NOW = datetime(2021, 7, 8, 12, 40, tzinfo=UTC)
HOST = "https://crm.example.org"
EXAMPLES = Path(__file__).parents[3] / "examples" / "channels"

SECRETS: dict[str, dict[str, str]] = {
    "jaki": {"api_key": "jaki-api-key", "previous_api_key": "jaki-old-key"},
    "qlue": {"api_key": "qlue-api-key"},
    "twitter": {"consumer_secret": "x-consumer-secret", "account_id": "1000000001"},
    "facebook": {
        "app_secret": "meta-app-secret",
        "verify_token": "meta-verify-token",
        "page_id": "1000000002",
    },
    "email": {"recipient": "dki@jakarta.go.id"},
    "balai_warga": {"api_key": "balai-api-key", "csrf_key": "balai-csrf-key"},
    "lapor_1708": {"api_key": "lapor-api-key"},
    "sms": {
        "kannel_secret": "kannel-secret",
        "twilio_auth_token": "twilio-auth-token",
        "infobip_api_key": "infobip-api-key",
        "whatsapp_app_secret": "whatsapp-app-secret",
        "whatsapp_verify_token": "whatsapp-verify-token",
    },
    "gubernur": {
        "consumer_secret": "governor-consumer-secret",
        "account_id": "1000000003",
        "app_secret": "governor-app-secret",
        "verify_token": "governor-verify-token",
        "page_id": "1000000004",
    },
}
DOORS: Mapping[str, Door] = {
    door.path: door for door in doors(ChannelSecrets.model_validate(SECRETS))
}

X = "/v1/channels/twitter/webhook"
FACEBOOK = "/v1/channels/facebook/webhook"
GOVERNOR_X = "/v1/channels/gubernur/x/webhook"
GOVERNOR_META = "/v1/channels/gubernur/meta/webhook"
JAKI = "/v1/channels/jaki"
QLUE = "/v1/channels/qlue"
LAPOR = "/v1/channels/lapor_1708"
BALAI_WARGA = "/v1/channels/balai_warga"
FORM = "/v1/channels/balai_warga/form"
RAW_MAIL = "/v1/channels/email/raw"
KANNEL = "/v1/channels/sms/kannel"
TWILIO = "/v1/channels/sms/twilio"
INFOBIP = "/v1/channels/sms/infobip"
WHATSAPP = "/v1/channels/sms/whatsapp"


def example(name: str) -> bytes:
    """A file of ``tests/examples/channels``."""
    return (EXAMPLES / name).read_bytes()


def raw(
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    client_host: str = "127.0.0.1",
    received_at: datetime = NOW,
) -> RawRequest:
    """A request as the HTTP layer hands it over; ``path`` may carry a query."""
    given = dict(headers or {})
    parts = urlsplit(path)
    return RawRequest(
        method=method,
        url=HOST + path,
        path=parts.path,
        headers=given,
        query=dict(parse_qsl(parts.query, keep_blank_values=True, errors="replace")),
        body=body,
        client_host=client_host,
        content_type=given.get("content-type", ""),
        received_at=received_at,
    )


def as_raw(request: WireRequest) -> RawRequest:
    """A platform's request as the HTTP layer hands it over."""
    return raw(request.path, request.body, request.headers, method=request.method)


def _sha256(secret: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), body, hashlib.sha256)


def _x_headers(secret: str, body: bytes) -> dict[str, str]:
    proof = b64encode(_sha256(secret, body)).decode()
    return {"x-twitter-webhooks-signature": f"sha256={proof}"}


def _meta_headers(secret: str, body: bytes) -> dict[str, str]:
    return {"x-hub-signature-256": f"sha256={_sha256(secret, body).hex()}"}


def twilio_headers(secret: str, url: str, body: bytes) -> dict[str, str]:
    """Twilio's own signature: over the bytes of names and values, sorted, each pair once."""
    parts = body.replace(b"+", b" ").split(b"&")
    plain = {
        (unquote_to_bytes(name), unquote_to_bytes(value))
        for name, _, value in (part.partition(b"=") for part in parts if part)
    }
    signed_bytes = url.encode() + b"".join(name + value for name, value in sorted(plain))
    proof = hmac.digest(secret.encode(), signed_bytes, hashlib.sha1)
    return {"x-twilio-signature": b64encode(proof).decode()}


@dataclass(frozen=True)
class Signer:
    """How a door's caller proves itself, and in what media type it speaks."""

    media: str
    headers: Callable[[bytes], Mapping[str, str]]


_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
SIGNERS: Mapping[str, Signer] = {
    JAKI: Signer(_JSON, lambda body: {"x-api-key": SECRETS["jaki"]["api_key"]}),
    QLUE: Signer(_JSON, lambda body: {"x-api-key": SECRETS["qlue"]["api_key"]}),
    LAPOR: Signer(_JSON, lambda body: {"x-api-key": SECRETS["lapor_1708"]["api_key"]}),
    BALAI_WARGA: Signer(_JSON, lambda body: {"x-api-key": SECRETS["balai_warga"]["api_key"]}),
    FORM: Signer(_FORM, lambda body: {}),
    RAW_MAIL: Signer("message/rfc822", lambda body: {}),
    X: Signer(_JSON, lambda body: _x_headers(SECRETS["twitter"]["consumer_secret"], body)),
    FACEBOOK: Signer(_JSON, lambda body: _meta_headers(SECRETS["facebook"]["app_secret"], body)),
    GOVERNOR_X: Signer(
        _JSON, lambda body: _x_headers(SECRETS["gubernur"]["consumer_secret"], body)
    ),
    GOVERNOR_META: Signer(
        _JSON, lambda body: _meta_headers(SECRETS["gubernur"]["app_secret"], body)
    ),
    TWILIO: Signer(
        _FORM, lambda body: twilio_headers(SECRETS["sms"]["twilio_auth_token"], HOST + TWILIO, body)
    ),
    INFOBIP: Signer(
        _JSON, lambda body: {"authorization": f"App {SECRETS['sms']['infobip_api_key']}"}
    ),
    WHATSAPP: Signer(
        _JSON, lambda body: _meta_headers(SECRETS["sms"]["whatsapp_app_secret"], body)
    ),
}


def signed(path: str, body: bytes) -> RawRequest:
    """The body at a door, with the proof that its caller would send."""
    if path == KANNEL:
        secret = SECRETS["sms"]["kannel_secret"]
        return raw(f"{KANNEL}?secret={secret}&{body.decode('latin-1')}", method="GET")
    if path == FORM and b"csrf_token=" not in body:
        draft = dict(parse_qsl(body.decode(errors="replace"))).get("draft_id", "")
        key = SecretStr(SECRETS["balai_warga"]["csrf_key"])
        body += f"&csrf_token={mint_csrf_token(key, draft, NOW)}".encode()
    signer = SIGNERS[path]
    return raw(path, body, {"content-type": signer.media, **signer.headers(body)})


def complaint(message: Inbound) -> Submission:
    """What is filed where nothing proves that the message belongs to an earlier complaint."""
    found = message.otherwise if isinstance(message, Supplement) else message
    assert isinstance(found, Submission)
    return found


def come_in(request: RawRequest) -> tuple[Inbound, ...]:
    """Through the door: the caller is checked, then the words are read."""
    adapter = reader_of(DOORS[request.path])
    adapter.authenticate(request)
    return adapter.parse(request)
