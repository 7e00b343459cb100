"""Photographs that platforms keep for us, each behind the door and the proof of its platform."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse

from deploy.local.credentials import TWILIO_ACCOUNT
from deploy.rehearsal.outside.doors import The, bearer
from deploy.rehearsal.outside.world import World
from deploy.rehearsal.scenes import street

router = APIRouter()
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]


def _jpeg(name: str) -> Response:
    return Response(street(name), media_type="image/jpeg")


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
        "file_size": len(street(media_id)),
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
