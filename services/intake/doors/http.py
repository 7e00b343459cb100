"""The doors of the channels over HTTP, thin: authenticate, parse, file, answer."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from services.intake.channels.adapter import (
    Adapter,
    ChallengedAdapter,
    RawRequest,
    require_media,
)
from services.intake.channels.door import BYTES, Answer, Body, Challenge, DeskDoor, Door
from services.intake.channels.lenient import Forgiving
from services.intake.channels.platform import ChannelFacts
from services.intake.channels.registry import CHANNELS, facts
from services.intake.doors.contract import FOLLOWED, SAFE_PICTURES, operation, security
from services.intake.filing.filing import Receipt, Receipts
from services.intake.filing.reception import Reception, has_odd_key, without_key
from services.intake.spooling.parts import BODY_BYTES, FILE_BYTES
from shared.auth import Identity, Operator, OperatorTokens, Role
from shared.errors import Conflict, Malformed, TooLarge, Unauthenticated, UnsupportedMedia
from shared.events.vocabulary import Channel
from shared.http.operation import Delivery, DeliveryByGet, LenientOperation, Operation, Router
from shared.http.refusals import refuses

_JSON = "application/json"
A_FILE = Body(BYTES, {"type": "string", "format": "binary"}, "the bytes of a file")
OTHER_CONTENT = "The same id with other content is refused (409; in a push of several null)."


class TakesFiles(Operation):
    """Of a partner or a desk, with files beside the message."""

    files_at_most = BODY_BYTES


class ReceiptBody(BaseModel):
    """Accepted, and written down for good. The report number is for talking; the tracking code
    is a secret of the reporter's and opens the case on the tracking page."""

    complaint_id: UUID
    report_number: str
    tracking_code: str
    received_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "complaint_id": "019300aa-0000-7000-8000-000000000001",
                "report_number": "JK2411030001",
                "tracking_code": "7K3M-Q9TX-2BZD-0W4R",
                "received_at": "2024-11-03T02:00:00Z",
            }
        }
    )


class UploadBody(BaseModel):
    """Laid down and not yet filed: name ``upload_id`` in the report before ``expires_at``.
    ``size``: bytes."""

    upload_id: str
    size: int
    expires_at: datetime


class ReceiptsBody(BaseModel):
    """One receipt per post, in the order of the posts; null for a post that cannot be filed, as
    it is malformed or its id stands for other content already."""

    complaints: list[ReceiptBody | None]


class NothingBody(BaseModel):
    """An empty object: the platform has no use for more."""


class ChannelBody(BaseModel):
    """A channel as a row of the registry. ``valid_to``: its last day, absent while it is open."""

    id: Channel
    name: str
    kind: str
    wire_formats: list[str]
    signed_by: str
    geotagged: bool
    confidential_by_default: bool
    answered_by: str
    human_first: bool
    valid_from: date
    valid_to: date | None


class ChannelsBody(BaseModel):
    channels: list[ChannelBody]


def receipt_fields(receipt: Receipt) -> dict[str, str]:
    """The receipt as ``ReceiptBody`` describes it."""
    at = receipt.received_at.astimezone(UTC)
    return {
        "complaint_id": str(receipt.complaint_id),
        "report_number": receipt.report_number,
        "tracking_code": receipt.tracking_code,
        "received_at": at.isoformat().replace("+00:00", "Z"),
    }


def _json(content: Any, status: int) -> Response:
    return Response(json.dumps(content), status, media_type=_JSON)


def _one_receipt(receipts: Receipts) -> Response:
    return _json(next(receipt_fields(each) for each in receipts if each), 202)


def _many_receipts(receipts: Receipts) -> Response:
    told = [receipt_fields(each) if each else None for each in receipts]
    return _json({"complaints": told}, 202)


def _empty_object(_: Receipts) -> Response:
    return Response(b"{}", 200, media_type=_JSON)


def _empty_text(_: Receipts) -> Response:
    """An SMS gateway would send what we answer to the citizen."""
    return Response(b"", 200, media_type="text/plain")


@dataclass(frozen=True, slots=True)
class _Answering:
    """How a door answers. model: of the body, for the contract; None where it is empty."""

    write: Callable[[Receipts], Response]
    model: type[BaseModel] | None
    status: int


_ANSWERS: Mapping[Answer, _Answering] = {
    "receipt": _Answering(_one_receipt, ReceiptBody, 202),
    "receipts": _Answering(_many_receipts, ReceiptsBody, 202),
    "empty_object": _Answering(_empty_object, NothingBody, 200),
    "empty_text": _Answering(_empty_text, None, 200),
}
"""All answers but the page, which ``form.py`` renders."""


class Proof(Identity[RawRequest]):
    """That a channel's caller is who they say, by the adapter of the door."""

    refuses = (Unauthenticated,)

    def __init__(self, reception: Reception, door: Door) -> None:
        self._reception = reception
        self._door = door

    async def identify(self, request: Request) -> RawRequest:
        """The head of the request. The body is read only where the proof is a signature over it."""
        security = self._door.security
        signed = security is not None and security.signs_the_body
        try:
            return await self._reception.prove(request, self._door.adapter, signs_the_body=signed)
        except Malformed:
            # What cannot be read was not signed by a platform; a stranger is told no more.
            field = security.name if security else None
            raise Unauthenticated("The proof does not fit the body.", field=field) from None


def create_router(
    reception: Reception,
    doors: Sequence[Door],
    desks: Sequence[DeskDoor],
    operators: OperatorTokens,
    mail_max_bytes: int,
) -> Router:
    """All doors but the one with pages (``form.py``)."""
    router = Router()
    for door in doors:
        if door.answer in _ANSWERS:
            _add_door(router, reception, door, mail_max_bytes)
        if door.uploads:
            _add_upload(router, reception, door)
        if door.challenged is not None and door.challenge is not None:
            _add_challenge(router, reception, door, door.challenged, door.challenge)
    officer = Depends(operators.require(Role.DESK_OFFICER))
    for desk in desks:
        _add_desk(router, reception, desk, officer)
        _add_desk_upload(router, reception, desk, officer)
    _add_registry(router)
    return router


def _add_door(router: Router, reception: Reception, door: Door, mail_max_bytes: int) -> None:
    answering, adapter = _ANSWERS[door.answer], reader_of(door)
    proven = Depends(Proof(reception, door))

    @refuses(Malformed, *((Conflict,) if door.keyed else ()))
    async def receive(request: Request, head: RawRequest = proven) -> Response:
        # A key that a proxy adds to a gateway's calls would make each message a repetition of the
        # first. One that cannot be a key is no reason to lose a message that nobody would correct.
        if not door.keyed or (not door.caller_corrects and has_odd_key(head)):
            head = without_key(head)
        return answering.write(await reception.take(request, head, adapter, door, mail_max_bytes))

    router.add_api_route(
        door.path,
        receive,
        methods=[door.method],
        status_code=answering.status,
        response_class=Response,
        responses={answering.status: _described(answering.model)},
        summary=f"{facts(door.adapter.channel).name}: {_format_of(door)}",
        description=_what_it_does(door),
        operation_id=_operation_id(door.path),
        tags=["channels"],
        openapi_extra=operation(
            door.body, door.query, door.headers, keyed=door.keyed, files=door.files
        ),
        dependencies=security(door.security),
        max_body_size=mail_max_bytes if door.body_limit == "mail" else None,
        route_class_override=_manner_of(door),
    )


def _add_upload(router: Router, reception: Reception, door: Door) -> None:
    proven = Depends(Proof(reception, door))

    @refuses(TooLarge, UnsupportedMedia, Malformed)
    async def upload(request: Request, head: RawRequest = proven) -> UploadBody:
        return await _uploaded(reception, request, head, door.adapter.channel)

    router.add_api_route(
        f"{door.path}/uploads",
        upload,
        methods=["POST"],
        status_code=201,
        summary=f"{facts(door.adapter.channel).name}: a file, before its report",
        description="For weak lines: each file is a request of its own, and the report then names"
        f" the ids in `uploads`. {SAFE_PICTURES} An id is good for this channel and one report.",
        operation_id=f"{_operation_id(door.path)}_upload",
        tags=["channels"],
        openapi_extra=operation(A_FILE, keyed=False),
        dependencies=security(door.security),
        max_body_size=FILE_BYTES,
    )


async def _uploaded(
    reception: Reception, request: Request, head: RawRequest, channel: Channel
) -> UploadBody:
    require_media(head, BYTES)
    found = await reception.files.upload(request, head, channel)
    return UploadBody(upload_id=found.upload_id, size=found.size, expires_at=found.expires_at)


def reader_of(door: Door) -> Adapter:
    """What reads the door's messages."""
    if door.caller_corrects:
        return door.adapter
    return Forgiving(door.adapter, facts(door.adapter.channel).human_first)


def _manner_of(door: Door) -> type[Operation]:
    """A partner who is given receipts keeps to the contract; what delivers for others, platforms,
    gateways, mail servers, may add parameters of its own."""
    if door.files is not None:
        return TakesFiles
    if door.method == "GET":
        return DeliveryByGet
    if not door.caller_corrects:
        return Delivery
    return Operation if door.tells_the_code else LenientOperation


def _described(model: type[BaseModel] | None) -> dict[str, Any]:
    if model is None:
        return {"description": "Empty", "content": {"text/plain": {}}}
    return {"model": model, "links": FOLLOWED} if model is ReceiptBody else {"model": model}


def _operation_id(path: str) -> str:
    return path.removeprefix("/v1/").replace("/", "_")


def _format_of(door: Door) -> str:
    last = door.path.rpartition("/")[2]
    return "messages" if last in (door.adapter.channel.value, "webhook") else last


def _what_it_does(door: Door) -> str:
    by = (door.adapter.authenticate.__doc__ or "").strip().rstrip(".")
    other = f" {OTHER_CONTENT}" if door.tells_the_code else ""
    return (
        f"Authenticated by: {by}. Answered after the commit. A message that was accepted before"
        f" is recognised by its own id and gets the same answer.{other}"
    )


def _add_challenge(
    router: Router, reception: Reception, door: Door, adapter: ChallengedAdapter, told: Challenge
) -> None:
    @refuses(Unauthenticated, Malformed)
    async def challenge(request: Request) -> Response:
        proof = adapter.challenge(await reception.raw(request))
        return Response(proof.body, 200, media_type=proof.content_type)

    router.add_api_route(
        door.path,
        challenge,
        methods=["GET"],
        response_class=Response,
        responses={200: {"content": {told.media: {"example": told.example}}}},
        openapi_extra=operation(None, told.query, keyed=False),
        summary=f"{facts(adapter.channel).name}: check of the webhook's address",
        description=(adapter.challenge.__doc__ or "").strip(),
        operation_id=f"{_operation_id(door.path)}_challenge",
        tags=["channels"],
        route_class_override=LenientOperation,
    )


def _add_desk(router: Router, reception: Reception, desk: DeskDoor, officer: Any) -> None:
    @refuses(Conflict)
    async def enter(request: Request, operator: Operator = officer) -> Response:
        receipts = await reception.receive_at_desk(request, desk, operator.unit)
        return _one_receipt(receipts)

    router.add_api_route(
        desk.path,
        enter,
        methods=["POST"],
        status_code=202,
        response_class=Response,
        responses={202: _described(ReceiptBody)},
        summary=f"{facts(desk.adapter.channel).name}: an officer enters a complaint",
        description="For somebody who stands at the desk. The unit in the officer's token must"
        f" staff this desk. The receipt is printed, with number and code. {OTHER_CONTENT}",
        operation_id=_operation_id(desk.path),
        tags=["desks"],
        openapi_extra=operation(desk.body, keyed=True, files=desk.files),
        route_class_override=TakesFiles,
    )


def _add_desk_upload(router: Router, reception: Reception, desk: DeskDoor, officer: Any) -> None:
    channel = desk.adapter.channel

    @refuses(TooLarge, UnsupportedMedia, Malformed)
    async def upload(request: Request, operator: Operator = officer) -> UploadBody:
        desk.adapter.admit(operator.unit)
        return await _uploaded(reception, request, reception.head(request), channel)

    router.add_api_route(
        f"{desk.path}/uploads",
        upload,
        methods=["POST"],
        status_code=201,
        summary=f"{facts(channel).name}: a scan, before its entry",
        description="For forms that come back with a fault: each scan is a request of its own, and"
        f" the entry then names the ids in `uploads`. {SAFE_PICTURES} An id is good for this desk's"
        " channel and one entry.",
        operation_id=f"{_operation_id(desk.path)}_upload",
        tags=["desks"],
        openapi_extra=operation(A_FILE, keyed=False),
        max_body_size=FILE_BYTES,
    )


def _add_registry(router: Router) -> None:
    async def list_channels() -> ChannelsBody:
        return ChannelsBody(channels=[_channel_body(row) for row in CHANNELS])

    endpoint: Callable[[], Awaitable[ChannelsBody]] = list_channels
    router.add_api_route(
        "/v1/channels",
        endpoint,
        methods=["GET"],
        summary="The official channels",
        operation_id="list_channels",
        tags=["channels"],
    )


def _channel_body(row: ChannelFacts) -> ChannelBody:
    return ChannelBody(
        id=row.channel,
        name=row.name,
        kind=row.kind,
        wire_formats=list(row.wire_formats),
        signed_by=row.signed_by,
        geotagged=row.geotagged,
        confidential_by_default=row.confidential_by_default,
        answered_by=row.answered_by,
        human_first=row.human_first,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )
