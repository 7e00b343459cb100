"""What is asked of a source, and what its answer means. Pure.

Sources: docs.x.com (media of posts), developers.facebook.com (webhooks; WhatsApp, media), the
Twilio help center (media with basic authentication).
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

from services.intake.media.fetching.oauth import Account, Stamp, proof
from shared.errors import Reject, Transient

MIB = 2**20
CAPS = (("image/", 20 * MIB), ("application/pdf", 10 * MIB))
"""Bytes of a file by the type that its sender names; what it is, is told by its content later."""
CAP = 25 * MIB
"""Of a video, and of what has no type or another one."""
ANSWER_CAP = 64 * 1024
"""Of an answer that only says where the picture is."""
PRIVATE_AT_X = ("ton.twitter.com", "ton.x.com")

_FOUND = 200
_MOVED = frozenset({301, 302, 303, 307, 308})
_OURS = frozenset({401, 403})
_PASSING = frozenset({408, 425, 429})
_MEDIA_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")


class Unfetchable(Reject):
    """It will not be had, however often it is asked for."""


class Declined(Transient):
    """The source has answered, and not with the picture."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What we show to a source. whatsapp_url: of the Graph API, with its version. twilio: the
    account's id and its token. x: the account whose direct messages are read."""

    whatsapp_url: str
    whatsapp_token: str = field(default="", repr=False)
    twilio: tuple[str, str] = field(default=("", ""), repr=False)
    x: Account | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. proof: the value of Authorization, empty where none is shown. for_address: the
    answer only says where the picture is."""

    url: str = field(repr=False)
    proof: str = field(default="", repr=False)
    for_address: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The picture is in the answer. most: bytes that are taken of it."""

    most: int


@dataclass(frozen=True, slots=True)
class Moved:
    """The answer sends us on."""

    location: str = field(repr=False)


Meaning: TypeAlias = Found | Moved


def first_ask(source: str, address: str, known: Credentials, stamp: Stamp) -> Ask:
    """Raises Unfetchable for an address that is none, Transient while a credential is missing."""
    match source:
        case "whatsapp":
            if not _MEDIA_ID.fullmatch(address):
                raise Unfetchable("no_address")
            url = f"{known.whatsapp_url.rstrip('/')}/{address}"
            return Ask(url, _bearer(known), for_address=True)
        case "twilio":
            return Ask(address, _basic(known))
        case "x" if _is_private(address):
            return Ask(address, _signed(address, known, stamp))
        case _:
            return Ask(address)


def second_ask(answer: bytes, known: Credentials) -> Ask:
    """Where WhatsApp says that the picture is. Raises Declined for what says nothing of it."""
    try:
        said = json.loads(answer)
    except ValueError:
        raise Declined("the answer is not JSON") from None
    url = said.get("url") if isinstance(said, dict) else None
    if not isinstance(url, str):
        raise Declined("the answer names no place")
    return Ask(url, _bearer(known))


def meaning_of(ask: Ask, status: int, headers: Mapping[str, str]) -> Meaning:
    """Raises Unfetchable for what is too large, Declined for a refusal, Transient for trouble.

    A refusal of our own credentials passes when an operator has corrected them.
    """
    if status in _MOVED and "location" in headers:
        return Moved(headers["location"])
    if status == _FOUND:
        return Found(_most(ask, headers))
    if (ask.proof and status in _OURS) or status in _PASSING or status >= 500:
        raise Transient(f"the source answered {status}")
    raise Declined(f"the source answered {status}")


def _most(ask: Ask, headers: Mapping[str, str]) -> int:
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        # It may become a thousand times as long as its count says.
        raise Declined("the answer is packed")
    most = ANSWER_CAP if ask.for_address else cap_of(headers.get("content-type", ""))
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > most:
        raise Unfetchable("too_large")
    return most


def cap_of(media_type: str) -> int:
    """Bytes that are taken of a file of this type."""
    plain = media_type.strip().lower()
    return next((cap for begin, cap in CAPS if plain.startswith(begin)), CAP)


def _is_private(address: str) -> bool:
    """Whether X keeps it for the two who write to each other alone."""
    try:
        return urlsplit(address).hostname in PRIVATE_AT_X
    except ValueError:
        return False


def _signed(address: str, known: Credentials, stamp: Stamp) -> str:
    if known.x is None or not (known.x.consumer_secret and known.x.token_secret):
        raise Transient("set CRM_MEDIA_X_*: X gives no file of a direct message without it")
    return proof(address, known.x, stamp)


def _bearer(known: Credentials) -> str:
    if not known.whatsapp_token:
        raise Transient("set CRM_MEDIA_WHATSAPP_TOKEN: WhatsApp gives no file without it")
    return f"Bearer {known.whatsapp_token}"


def _basic(known: Credentials) -> str:
    if not all(known.twilio):
        raise Transient(
            "set CRM_MEDIA_TWILIO_ACCOUNT and CRM_MEDIA_TWILIO_TOKEN: Twilio gives no file without"
        )
    return f"Basic {base64.b64encode(':'.join(known.twilio).encode()).decode()}"
