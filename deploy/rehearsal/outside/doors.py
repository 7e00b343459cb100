"""The HTTP doors: one per gateway or platform, with its own authentication and its own answer."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from deploy.rehearsal.outside.world import Arrival, Failed, World

_X_KEYS = {"twitter": "twitter", "gubernur_twitter": "gubernur"}
_META_KEYS = {"facebook": "facebook", "gubernur_meta": "gubernur"}
_X_LIMIT, _X_LINK_LENGTH, _LINK = 280, 23, re.compile(r"https?://\S+")
_MAX_BODY = 256 * 1024

router = APIRouter()
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]
Json = dict[str, Any]


def the_world(request: Request) -> World:
    """The one World of this process."""
    world: World = request.app.state.world
    return world


The = Annotated[World, Depends(the_world)]


async def json_body(request: Request) -> Json:
    """The body as a JSON object, or a form as one (Meta takes both); 400 otherwise."""
    raw = await _raw(request)
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(raw.decode("utf-8", "replace")))
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise HTTPException(400, "the body is not JSON") from error
    if not isinstance(body, dict) or not body:
        raise HTTPException(400, "the body must be a JSON object that is not empty")
    return body


async def _raw(request: Request) -> bytes:
    raw = await request.body()
    if len(raw) > _MAX_BODY:
        raise HTTPException(413, "the body is too large")
    return raw


Body = Annotated[Json, Depends(json_body)]


def bearer(request: Request) -> str:
    """The token of `Authorization: Bearer`, or Meta's `access_token`; empty when missing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.query_params.get("access_token", "")


def api_key(request: Request) -> str:
    """The key of `X-API-Key`, or of `Authorization: <scheme> <key>`; empty when missing."""
    return request.headers.get("x-api-key") or (
        request.headers.get("authorization", "").partition(" ")[2].strip()
    )


def _known(world: World, presented: str, keys: dict[str, str]) -> str:
    kind = world.kind_of(presented, keys)
    if kind is None:
        raise HTTPException(401, "the credential is missing or wrong")
    return kind


async def _signed(request: Request, world: World, receiver: str) -> None:
    """401 for a call that is not signed as Standard Webhooks says."""
    raw = await _raw(request)
    try:
        Webhook(world.secrets.gateways[receiver]).verify(raw, dict(request.headers))
    except (WebhookVerificationError, ValueError) as error:
        raise HTTPException(401, "the signature is missing, wrong or too old") from error


def _text(body: Json, *names: str) -> str:
    """The first of the named fields that is a text; 400 names them when there is none."""
    for name in names:
        value = body.get(name)
        if isinstance(value, str) and value.strip():
            return value
    raise HTTPException(400, f"field {' or '.join(names)} must be a text that is not empty")


def _inner(body: Json, name: str) -> Json:
    inner = body.get(name)
    if not isinstance(inner, dict):
        raise HTTPException(400, f"field {name} must be an object")
    return inner


def _readable(body: Json) -> str:
    """What a person reads of a body whose shape the receiver leaves open."""
    for name in ("text", "message", "answer", "body"):
        if isinstance(body.get(name), str):
            return str(body[name])
    return json.dumps(body, ensure_ascii=False, indent=1)


def _recipient(body: Json) -> str:
    """Whom a body of open shape is for, by the usual names of that field."""
    for name in ("to", "recipient", "post_id", "ticket", "report_number", "desk", "office"):
        value = body.get(name)
        if isinstance(value, str | int) and str(value):
            return str(value)
    inner = body.get("data")
    return _recipient(inner) if isinstance(inner, dict) else ""


@router.post("/sms/messages", status_code=201)
async def sms(request: Request, world: The, body: Body, key: Key = None) -> Json:
    """SMS gateway: `{"to": "+62…", "text": "…"}`."""
    _known(world, api_key(request), {"sms": "sms"})
    to, text = _text(body, "to"), _text(body, "text")
    if not re.fullmatch(r"\+[1-9]\d{6,14}", to):
        raise HTTPException(400, "field to must be a number in E.164 form")
    arrival = Arrival("sms", "sms", to, key, text, body)
    return await world.receive(arrival, lambda n: {"message_id": f"sms-{n}", "status": "accepted"})


@router.post("/x/2/tweets", status_code=201)
async def tweet(request: Request, world: The, body: Body, key: Key = None) -> Json:
    """X API v2: a reply `{"text", "reply": {"in_reply_to_tweet_id"}}`."""
    kind = _known(world, bearer(request), _X_KEYS)
    text, to = _text(body, "text"), _text(_inner(body, "reply"), "in_reply_to_tweet_id")
    if len(_LINK.sub("x" * _X_LINK_LENGTH, text)) > _X_LIMIT:
        raise HTTPException(403, f"a post has at most {_X_LIMIT} characters")
    arrival = Arrival(kind, "post", to, key, text, body)
    return await world.receive(arrival, lambda n: {"data": {"id": str(n), "text": text}})


@router.post("/x/2/dm_conversations/with/{participant}/messages", status_code=201)
async def direct_message(
    participant: str, request: Request, world: The, body: Body, key: Key = None
) -> Json:
    """X API v2: a direct message `{"text"}`."""
    kind = _known(world, bearer(request), _X_KEYS)
    arrival = Arrival(kind, "direct_message", participant, key, _text(body, "text"), body)
    conversation = {"dm_conversation_id": f"box-{participant}"}
    return await world.receive(arrival, lambda n: {"data": {**conversation, "dm_event_id": str(n)}})


@router.post("/meta/me/messages")
async def meta_message(request: Request, world: The, body: Body, key: Key = None) -> Json:
    """Graph API, Send: `{"recipient": {"id" or "comment_id"}, "message": {"text"}}`."""
    kind = _known(world, bearer(request), _META_KEYS)
    to = _text(_inner(body, "recipient"), "id", "comment_id")
    text = _text(_inner(body, "message"), "text")
    arrival = Arrival(kind, "message", to, key, text, body)
    return await world.receive(arrival, lambda n: {"recipient_id": to, "message_id": f"m_{n}"})


@router.post("/meta/{comment_id}/comments")
async def meta_comment(
    comment_id: str, request: Request, world: The, body: Body, key: Key = None
) -> Json:
    """Graph API: a reply under a comment, `{"message"}`."""
    kind = _known(world, bearer(request), _META_KEYS)
    arrival = Arrival(kind, "comment", comment_id, key, _text(body, "message"), body)
    return await world.receive(arrival, lambda n: {"id": f"{comment_id}_{n}"})


@router.post("/jaki/webhook")
async def jaki(request: Request, world: The, key: Key = None) -> Json:
    """JAKI's backend: signed as Standard Webhooks says; `webhook-id` is the key."""
    await _signed(request, world, "jaki")
    body = await json_body(request)
    number = key or request.headers["webhook-id"]
    arrival = Arrival("jaki", "webhook", _recipient(body), number, _readable(body), body)
    return await world.receive(arrival, lambda n: {"accepted": True, "id": n})


@router.post("/qlue/webhook")
async def qlue(request: Request, world: The, body: Body, key: Key = None) -> Json:
    """Qlue's status webhook: a JSON object of the post and its state, signed."""
    _known(world, api_key(request), {"qlue": "qlue"})
    await _signed(request, world, "qlue_webhook")
    arrival = Arrival("qlue", "webhook", _recipient(body), key, _readable(body), body)
    return await world.receive(arrival, lambda n: {"accepted": True, "id": n})


@router.post("/lapor/tickets/{ticket}/answers", status_code=201)
async def lapor(ticket: str, request: Request, world: The, body: Body, key: Key = None) -> Json:
    """SP4N-LAPOR!: the answer to a ticket that was handed over, signed."""
    _known(world, api_key(request), {"lapor_1708": "lapor_1708"})
    await _signed(request, world, "lapor_1708_webhook")
    arrival = Arrival("lapor_1708", "answer", ticket, key, _readable(body), body)
    return await world.receive(arrival, lambda n: {"answer_id": n, "ticket": ticket})


@router.post("/printer/receipts", status_code=201)
async def printer(request: Request, world: The, body: Body, key: Key = None) -> Json:
    """A desk's receipt printer."""
    _known(world, api_key(request), {"printer": "printer"})
    arrival = Arrival("printer", "receipt", _recipient(body), key, _readable(body), body)
    return await world.receive(arrival, lambda n: {"receipt_id": n, "state": "printed"})


async def failed(_: Request, error: Exception) -> Response:
    """The answer of a failure that was ordered."""
    if not isinstance(error, Failed):
        return Response(status_code=500)
    said = error.answer or f"ordered failure {error.status}\n"
    headers = {"retry-after": error.retry_after} if error.retry_after else None
    body = said if isinstance(said, str) else json.dumps(said)
    return Response(body, status_code=error.status, headers=headers)
