"""How a call to X is signed for an account (OAuth 1.0a, RFC 5849, section 3.4). Pure."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlsplit


@dataclass(frozen=True, slots=True)
class Account:
    """The app that calls (consumer) and the account that it calls for (token)."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str
    token_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes a call one of a kind. seconds: since 1970."""

    nonce: str
    seconds: int


def proof(url: str, account: Account, stamp: Stamp) -> str:
    """The value of Authorization for a GET of ``url``."""
    parts = urlsplit(url)
    shown = {
        "oauth_consumer_key": account.consumer_key,
        "oauth_nonce": stamp.nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(stamp.seconds),
        "oauth_token": account.token,
        "oauth_version": "1.0",
    }
    said = [*parse_qsl(parts.query, keep_blank_values=True), *shown.items()]
    place = f"{parts.scheme}://{parts.netloc}{parts.path}"
    signed = signature("GET", place, said, account.consumer_secret, account.token_secret)
    fields = {**shown, "oauth_signature": signed}
    return "OAuth " + ", ".join(f'{name}="{_escaped(value)}"' for name, value in fields.items())


def signature(
    method: str, place: str, said: Iterable[tuple[str, str]], consumer: str, token: str
) -> str:
    """Of a call; ``place``: its URL without the query. ``said``: names and values of query, form
    and proof. ``consumer``, ``token``: the two secrets."""
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in said)
    listed = "&".join(f"{name}={value}" for name, value in pairs)
    text = "&".join(_escaped(part) for part in (method, place, listed))
    key = f"{_escaped(consumer)}&{_escaped(token)}"
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha1)).decode()


def _escaped(value: str) -> str:
    return quote(value, safe="~")
