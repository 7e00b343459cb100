"""From a request to what is filed: the raw request, who sent it, its idempotency key."""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Request
from starlette.types import Scope

from services.intake.channels.adapter import Adapter, RawRequest
from services.intake.channels.addresses import NO_ADDRESSES, PublicAddresses
from services.intake.channels.attachments import Upload, said_of
from services.intake.channels.door import DeskDoor, Door
from services.intake.channels.submission import Ignored, Inbound, Submission, Supplement
from services.intake.filing.accept import Acceptance, Full
from services.intake.filing.filing import Receipts
from services.intake.filing.large_mails import LargeMails
from services.intake.filing.planning import Arrival, IdempotencyKey
from services.intake.spooling.taking import FileTaking
from shared.clock import Clock
from shared.errors import DomainError, Malformed, Transient
from shared.events.vocabulary import Channel
from shared.ids import NewId
from shared.spans import Spans
from shared.telemetry import Metrics, get_logger, named
from shared.trace_context import begun, current_act, trace_id

PARSED_ON_THE_LOOP = 8 * 1024
"""Largest body, in bytes, that is parsed on the event loop. A larger one is parsed in a thread: a
stranger's mail of 64 kB can take a tenth of a second, and all other requests would wait for it."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


async def raw_request(
    request: Request, now: datetime, addresses: PublicAddresses = NO_ADDRESSES
) -> RawRequest:
    """The request as an adapter wants it; reads the body."""
    return replace(raw_head(request, now, addresses), body=await request.body())


def raw_head(
    request: Request, now: datetime, addresses: PublicAddresses = NO_ADDRESSES
) -> RawRequest:
    """The same while the body is not read."""
    scope = request.scope
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    client = scope.get("client")
    return RawRequest(
        method=scope["method"],
        url=_with_query(addresses.of(scope["path"]) or _addressed(scope, headers), query),
        path=scope["path"],
        headers=headers,
        query=dict(parse_qsl(query, keep_blank_values=True)) if query else {},
        body=b"",
        client_host=client[0] if client else "",
        content_type=headers.get("content-type", ""),
        received_at=now,
    )


def _addressed(scope: Scope, headers: Mapping[str, str]) -> str:
    """As the caller addressed it. The framework's own URL is parsed again at each request."""
    return f"{scope['scheme']}://{headers.get('host', '')}{scope['path']}"


def _with_query(url: str, query: str) -> str:
    return f"{url}?{query}" if query else url


def idempotency_key(headers: Mapping[str, str], scope: str, body: bytes) -> IdempotencyKey | None:
    """The key of the request, if it has one; raises Malformed for one that cannot be a key.

    ``scope``: channel and caller; the same key of two callers is two keys. ``body``: what must be
    the same in a repetition.
    """
    key = headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Malformed("Use 1 to 255 printable characters.", field="idempotency-key")
    return IdempotencyKey(
        scope, hashlib.sha256(key.encode()).digest(), hashlib.sha256(body).digest()
    )


def without_key(head: RawRequest) -> RawRequest:
    """The request as if it had no Idempotency-Key."""
    kept = {name: value for name, value in head.headers.items() if name != "idempotency-key"}
    return replace(head, headers=kept)


def has_odd_key(head: RawRequest) -> bool:
    """Whether its Idempotency-Key cannot be one."""
    key = head.headers.get("idempotency-key")
    return key is not None and not _KEY.fullmatch(key)


def _announced(head: RawRequest, most: int) -> int:
    """Bytes of the body; ``most`` where they are not announced."""
    announced = head.header("content-length")
    return min(int(announced), most) if announced.isdecimal() else most


def _all_ignored(messages: Sequence[Inbound]) -> bool:
    return all(isinstance(message, Ignored) for message in messages)


def _with_files(message: Inbound, files: tuple[Upload, ...]) -> Inbound:
    match message:
        case Submission():
            return message.model_copy(update={"files": files})
        case Supplement():
            alone = message.otherwise and _with_files(message.otherwise, files)
            return message.model_copy(update={"files": files, "otherwise": alone})
        case _:
            return message


def _outcome_of(error: DomainError | Transient) -> str:
    """By what name it is counted: refused for what it is, for want of room, or of a database."""
    if isinstance(error, DomainError):
        return "refused"
    return "full" if isinstance(error, Full) else "away"


def _refuse_wrong_files(raw: RawRequest) -> None:
    if raw.files.refusal is not None:
        raise raw.files.refusal


class Reception:
    """Files what comes in by any door: HTTP, desk and mail."""

    def __init__(
        self,
        acceptance: Acceptance,
        clock: Clock,
        new_id: NewId,
        files: FileTaking,
        mails: LargeMails,
        metrics: Metrics,
        addresses: PublicAddresses = NO_ADDRESSES,
        spans: Spans | None = None,
    ) -> None:
        self._metrics = metrics
        self._spans = spans
        self.files = files
        self.mails = mails
        self._acceptance = acceptance
        self._clock = clock
        self._new_id = new_id
        self._addresses = addresses
        self._log = get_logger("intake")

    @property
    def now(self) -> datetime:
        return self._clock()

    async def raw(self, request: Request) -> RawRequest:
        return await raw_request(request, self._clock(), self._addresses)

    def head(self, request: Request) -> RawRequest:
        """The request while its body is not read."""
        return raw_head(request, self._clock(), self._addresses)

    async def read(self, request: Request, door: Door) -> RawRequest:
        """The request with its body; files that came along are laid down."""
        head = self.head(request)
        return await self.files.read(request, head, door.adapter.channel, door.files)

    def upload_ids(self, raw: RawRequest, channel: Channel) -> tuple[str, ...]:
        """Of the files that came with what was read, for another try without them."""
        return self.files.ids_of(raw, channel)

    async def receive(self, raw: RawRequest, adapter: Adapter) -> Receipts:
        """Authenticate, parse, file what was read. Returns after the commit, one receipt per
        message."""
        adapter.authenticate(raw)
        return await self._parse_and_file(raw, adapter)

    async def prove(
        self, request: Request, adapter: Adapter, *, signs_the_body: bool
    ) -> RawRequest:
        """The request of a caller who has proven itself. Raises Unauthenticated.

        signs_the_body: the proof is over the body. Otherwise the body is not read, and is empty
        in what is returned.
        """
        raw = self.head(request)
        if signs_the_body:
            raw = replace(raw, body=await request.body())
        adapter.authenticate(raw)
        return raw

    async def take(
        self,
        request: Request,
        proven: RawRequest,
        adapter: Adapter,
        door: Door,
        most: int,
    ) -> Receipts:
        """Parse and file what a proven caller sent. Returns after the commit. ``adapter``: what
        reads the door's messages. ``most``: bytes that a mail may have."""
        if door.encloses:
            async with self.mails.place(_announced(proven, most)):
                raw = await self.files.read(request, proven, adapter.channel, door.files)
                messages = await asyncio.to_thread(adapter.parse, raw)
                return await self.file_mail(messages, raw.body, adapter.channel)
        raw = await self.files.read(request, proven, adapter.channel, door.files)
        return await self._parse_and_file(raw, adapter)

    async def _parse_and_file(self, raw: RawRequest, adapter: Adapter) -> Receipts:
        _refuse_wrong_files(raw)
        if len(raw.body) > PARSED_ON_THE_LOOP:
            messages = await asyncio.to_thread(adapter.parse, raw)
        else:
            messages = adapter.parse(raw)
        return await self.file(raw, messages, scope=adapter.channel.value)

    async def receive_at_desk(
        self, request: Request, desk: DeskDoor, operator_unit: str
    ) -> Receipts:
        """The same for a desk, whose officer is authenticated already."""
        adapter = desk.adapter
        head = self.head(request)
        raw = await self.files.read(request, head, adapter.channel, desk.files)
        _refuse_wrong_files(raw)
        messages = adapter.parse(raw, operator_unit)
        return await self.file(raw, messages, f"{adapter.channel.value}:{operator_unit}")

    async def file(self, raw: RawRequest, messages: Sequence[Inbound], scope: str) -> Receipts:
        arrival_id = self._new_id()
        return await self._accept(
            Arrival(
                id=arrival_id,
                received_at=raw.received_at,
                messages=tuple(messages),
                original=raw.original,
                key=idempotency_key(raw.headers, scope, raw.body + said_of(raw.files.sent)),
                traceparent=begun(arrival_id, sampled=self._spans is not None),
            ),
            scope.partition(":")[0],
        )

    async def file_mail(
        self, messages: Sequence[Inbound], original: bytes, channel: Channel
    ) -> Receipts:
        """A mail, by SMTP, LMTP or HTTP. Its files are laid down first, and what is kept of it as
        it came holds their refs: a picture says where it was taken in one place, not in two."""
        received_at = self._clock()
        if not _all_ignored(messages):
            uploads, original = await self.files.of_mail(original)
            messages = [_with_files(each, uploads) for each in messages]
        arrival_id = self._new_id()
        return await self._accept(
            Arrival(
                id=arrival_id,
                received_at=received_at,
                messages=tuple(messages),
                original=original,
                traceparent=begun(arrival_id, sampled=self._spans is not None),
            ),
            channel.value,
        )

    async def _accept(self, arrival: Arrival, channel: str) -> Receipts:
        for message in arrival.messages:
            if isinstance(message, Ignored):
                self._log.info("message_ignored", cause=message.reason, field=message.field)
        if _all_ignored(arrival.messages):
            return (None,) * len(arrival.messages)
        try:
            receipts = await self._acceptance.accept(arrival)
        except (DomainError, Transient) as error:
            self._metrics.intake.labels(channel, _outcome_of(error)).inc()
            raise
        self._metrics.intake.labels(channel, "filed").inc()
        self._note([receipt.complaint_id for receipt in receipts if receipt], arrival)
        return receipts

    def _note(self, complaints: Sequence[UUID], arrival: Arrival) -> None:
        """For the line of the request in the log; a mail that comes by SMTP has none but this."""
        act = current_act()
        if act is not None:
            act.complaints.extend(complaints)
        else:
            self._log.info(
                "mail_filed", trace_id=trace_id(arrival.traceparent), **named(complaints)
            )
            if self._spans:
                self._spans.mail(arrival.id, arrival.received_at, complaints)
