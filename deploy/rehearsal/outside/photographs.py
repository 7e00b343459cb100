"""Photographs that the platforms keep for us, each behind the door and the proof of its platform.

Each name has a picture of its own, drawn when it is asked for, with all that a phone writes beside
it: camera, time and place. None of that may ever be seen behind the doors of the city.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import io
import random
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse
from PIL import Image, ImageDraw

from deploy.local.credentials import TWILIO_ACCOUNT
from deploy.rehearsal.outside.doors import The, bearer
from deploy.rehearsal.outside.world import World

_SIZE = (1280, 960)
_CAMERA = {0x010F: "Kamera Contoh", 0x0110: "K-1", 0x0131: "K-1 1.0"}
_TAKEN_TAGS, _GPS_TAGS = 0x8769, 0x8825

router = APIRouter()
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]


@lru_cache(maxsize=64)
def photograph(name: str) -> bytes:
    """A street with a wall, as JPEG; the same bytes for the same name."""
    chance = random.Random(name)  # noqa: S311 (a drawing)
    picture = Image.new("RGB", _SIZE, (190, 205, 215))
    draw = ImageDraw.Draw(picture)
    width, height = _SIZE
    draw.rectangle((0, height * 2 // 3, width, height), fill=(110, 108, 104))
    for _ in range(60):
        x, y = chance.randrange(width), chance.randrange(height)
        corner = (x + chance.randrange(20, 260), y + chance.randrange(20, 200))
        colour = tuple(chance.randrange(40, 230) for _ in range(3))
        draw.rectangle(((x, y), corner), fill=colour, outline=(60, 60, 60))
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=85, exif=_exif(chance))
    return kept.getvalue()


def _exif(chance: random.Random) -> Image.Exif:
    """As a phone writes it: camera, time, and a point in Jakarta."""
    exif = Image.Exif()
    exif.update(_CAMERA)
    taken = f"2026:11:25 {chance.randrange(6, 18):02}:{chance.randrange(60):02}:00"
    exif.get_ifd(_TAKEN_TAGS).update({0x9003: taken, 0x9011: "+07:00"})
    south, east = (6.0, 10 + chance.random(), 0.0), (106.0, 49 + chance.random(), 0.0)
    exif.get_ifd(_GPS_TAGS).update({1: "S", 2: south, 3: "E", 4: east})
    return exif


def _jpeg(name: str) -> Response:
    return Response(photograph(name), media_type="image/jpeg")


@router.get("/x/media/{name}")
async def of_a_post(name: Name) -> Response:
    """X: a picture of a post, for everybody."""
    return _jpeg(name)


@router.get("/meta/v/{name}")
async def of_a_comment(name: Name, oh: str = "") -> Response:
    """Meta: a picture at the address that was signed for us."""
    if not oh:
        raise HTTPException(403, "URL signature mismatch")
    return _jpeg(name)


@router.get("/qlue/uploads/{name}")
async def of_a_qlue_post(name: Name) -> Response:
    """Qlue: a picture of a post, for everybody."""
    return _jpeg(name)


@router.get("/whatsapp/bytes/{media_id}")
async def bytes_of_whatsapp(media_id: Name, request: Request, world: The) -> Response:
    """WhatsApp: the picture, once more by the token of the city's number."""
    _of_the_city(request, world)
    return _jpeg(media_id)


@router.get("/whatsapp/{version}/{media_id}")
async def place_at_whatsapp(
    version: Name, media_id: Name, request: Request, world: The
) -> dict[str, Any]:
    """WhatsApp: where the picture of an id is, by the token of the city's number."""
    _of_the_city(request, world)
    return {
        "messaging_product": "whatsapp",
        "url": str(request.url_for("bytes_of_whatsapp", media_id=media_id)),
        "mime_type": "image/jpeg",
        "file_size": len(photograph(media_id)),
        "id": media_id,
    }


@router.get("/twilio/2010-04-01/Accounts/{account}/Messages/{message}/Media/{name}")
async def place_at_twilio(
    account: Name, message: Name, name: Name, request: Request, world: The
) -> Response:
    """Twilio: sends us on to the picture, by the account's token."""
    proof = request.headers.get("authorization", "").removeprefix("Basic ")
    try:
        shown = base64.b64decode(proof, validate=True)
    except binascii.Error:
        shown = b""
    known = f"{TWILIO_ACCOUNT}:{world.secrets.gateways.get('twilio_media', '')}".encode()
    if account != TWILIO_ACCOUNT or not hmac.compare_digest(shown, known):
        raise HTTPException(401, "the credential is missing or wrong")
    return RedirectResponse(f"/twilio/kept/{name}", status_code=307)


@router.get("/twilio/kept/{name}")
async def of_a_message(name: Name) -> Response:
    """Twilio: the picture, for whoever was sent on to it."""
    return _jpeg(name)


def _of_the_city(request: Request, world: World) -> None:
    """As WhatsApp, it gives nothing to who does not say which program asks."""
    if world.kind_of(bearer(request), {"whatsapp_media": "whatsapp"}) is None:
        raise HTTPException(401, "the credential is missing or wrong")
    if not request.headers.get("user-agent"):
        raise HTTPException(403, "say which program asks")
