"""Operators' doors that every service has: parked events, and the ways out for them."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from shared import parked, parked_acts, quarantine
from shared.auth import Operator, OperatorTokens, Role
from shared.cloudevents import BusMessage
from shared.consumer import Handler
from shared.editing import Correction
from shared.errors import Conflict, Malformed, NotFound, Reject
from shared.http.operation import Router, take_over
from shared.http.reasons import Reasoned
from shared.http.refusals import refuses
from shared.parked import Parked
from shared.parked_acts import Discard, Edit
from shared.two_persons import Outcome
from shared.visibility import SYSTEM, Sight, care_of
from shared.work import Works

RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""A key that PostgreSQL counts in a bigint."""

HeaderValue = Annotated[str, Field(min_length=1, max_length=200)]


class _Model(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class WaitingDiscard(_Model):
    """Somebody has asked to discard the event. ``own``: you have, so another must confirm it."""

    discard_id: UUID
    note: str
    asked_at: datetime
    expires_at: datetime
    own: bool


class ParkedEvent(_Model):
    """``behind``: how many events of the same complaint wait behind it. ``edited_at``: when it was
    last put right; null for one that stands as it came."""

    id: int
    event_id: UUID | None
    event_type: str | None
    complaint_id: UUID | None
    topic: str
    partition: int
    offset: int
    cause: str
    detail: str
    parked_at: datetime
    behind: int
    edited_at: datetime | None
    discard: WaitingDiscard | None


class ParkedEvents(_Model):
    parked: list[ParkedEvent]


class Shown(_Model):
    """Bytes: ``text`` where they are UTF-8, else ``base64``; both null where there are none."""

    text: Annotated[str | None, Field(repr=False)]
    base64: Annotated[str | None, Field(repr=False)]


class ShownHeader(Shown):
    name: str


class ShownMessage(_Model):
    """An event as the stream carries it."""

    key: Shown
    headers: list[ShownHeader]
    value: Shown


class ShownEdit(_Model):
    """Who edited it, on what ground, and what stood there until then."""

    edited_by: str
    note: str
    edited_at: datetime
    before: ShownMessage


class ShownDiscard(_Model):
    """A request to discard it, and what became of it; both persons by their opaque subjects."""

    asked_by: str
    note: str
    asked_at: datetime
    expires_at: datetime
    outcome: Outcome | None
    settled_by: str | None
    settled_note: str | None
    settled_at: datetime | None


class ParkedEventInFull(ParkedEvent):
    """One event with its bytes and all that was done to it, also after it has left the list.

    ``edits``, oldest first: ``before`` of the first is the event as it came.
    """

    replayed_at: datetime | None
    discarded_at: datetime | None
    message: ShownMessage
    edits: list[ShownEdit]
    discards: list[ShownDiscard]


class Replayed(_Model):
    replayed: int


class EventEdit(Reasoned):
    """What shall stand there; what is left out stays. ``body``: the event's JSON, whole.

    ``without``: optional headers to be taken away. Id, complaint, type and emitter stay where they
    can be read; of the type the version may change.
    """

    ce_id: UUID | None = None
    ce_type: HeaderValue | None = None
    ce_causationid: UUID | None = None
    ce_traceparent: HeaderValue | None = None
    without: Annotated[list[Literal["ce_causationid", "ce_traceparent"]], Field(max_length=2)] = []  # noqa: RUF012 (pydantic copies it)
    body: dict[str, JsonValue] | None = None

    @property
    def correction(self) -> Correction:
        """Raises Malformed where nothing is to be changed."""
        if not self.model_fields_set - {"note"}:
            raise Malformed("Say what shall stand there: a header or the body.", field="body")
        return Correction(**{name: getattr(self, name) for name in Correction.__slots__})


class AskedDiscard(_Model):
    """A request that waits until ``expires_at`` for a second administrator."""

    discard_id: UUID
    expires_at: datetime


class Discarded(_Model):
    """``replayed``: events behind it that were applied now; ``waiting``: of the same complaint that
    still wait. ``stopped_by``: why the first of these was not applied."""

    replayed: int
    waiting: int
    stopped_by: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """What all doors to parked events need; ``handler`` is None where no event is heard."""

    works: Works
    operators: OperatorTokens
    knows_cases: bool
    handler: Handler | None

    def sight_of(self, operator: Operator) -> Sight | None:
        return care_of(operator, self.operators.units) if self.knows_cases else None

    @property
    def hearing(self) -> Handler:
        """Raises NotFound for a service that hears nothing."""
        if self.handler is None:
            raise NotFound("This service hears no events.")
        return self.handler


def create_router(
    works: Works, handler: Handler | None, operators: OperatorTokens, *, knows_cases: bool
) -> Router:
    """Reading for admins and auditors, all else for admins. ``knows_cases``: the service has a
    table ``cases`` that tells whom a case is about; a service without one knows of no case."""
    router = Router()
    events = Router(prefix="/internal/v1/parked", tags=["operations"])
    discards = Router(prefix="/internal/v1/discards", tags=["operations"])
    desk = Desk(works, operators, knows_cases, handler)
    admin = Depends(operators.require(Role.ADMIN))
    reader = Depends(operators.require(Role.ADMIN, Role.AUDITOR))
    _add_list(events, desk, reader)
    _add_replay(events, desk, admin)
    if handler is not None:
        _add_record(events, desk, reader)
        _add_edit(events, desk, admin)
        _add_asking(events, desk, admin)
        _add_settling(discards, desk, admin)
    take_over(router, events)
    take_over(router, discards)
    return router


def _add_list(router: Router, desk: Desk, reader: Operator) -> None:
    @router.get("", summary="Events set aside, oldest first")
    async def list_parked(operator: Operator = reader) -> ParkedEvents:
        async with desk.works.open(SYSTEM) as work:
            found = await parked.waiting(work.connection, desk.sight_of(operator))
            asked = await parked_acts.waiting_discards(work.connection, [e.id for e in found])
        open_ones = {key: each for key, each in asked.items() if each.waits(work.now)}
        return ParkedEvents(
            parked=[_event(e, open_ones.get(e.id), operator.subject) for e in found]
        )


def _add_record(router: Router, desk: Desk, reader: Operator) -> None:
    @router.get("/{parked_id}/record", summary="One of them: its bytes, and what was done to it")
    async def show_parked(parked_id: RowId, operator: Operator = reader) -> ParkedEventInFull:
        async with desk.works.open(SYSTEM) as work:
            found = await parked.find(work.connection, parked_id, desk.sight_of(operator))
            edits = await parked_acts.edits_of(work.connection, parked_id)
            discards = await parked_acts.discards_of(work.connection, parked_id)
        waiting = next((each for each in discards if each.waits(work.now)), None)
        return _in_full(_event(found, waiting, operator.subject), found, edits, discards)


def _add_replay(router: Router, desk: Desk, admin: Operator) -> None:
    @router.post("/{parked_id}/replay", summary="Apply one and what waits behind it")
    @refuses(Conflict)
    async def replay_parked(parked_id: RowId, operator: Operator = admin) -> Replayed:
        handler, sight = desk.hearing, desk.sight_of(operator)
        async with desk.works.read(SYSTEM) as connection:
            if not await parked.is_seen(connection, parked_id, sight):
                raise parked.nothing_parked()
        try:
            done = await quarantine.replay(desk.works, handler, parked_id)
        except Reject as error:
            raise Conflict(f"It still cannot be applied: {error}.") from error
        return Replayed(replayed=done)


def _add_edit(router: Router, desk: Desk, admin: Operator) -> None:
    @router.post("/{parked_id}/edit", summary="Put one right that cannot be applied")
    async def edit_parked(
        parked_id: RowId, edit: EventEdit, operator: Operator = admin
    ) -> ParkedEvent:
        """Here only: other services have their own copy, and the stream keeps the original. It
        waits on until it is replayed."""
        handler, sight = desk.hearing, desk.sight_of(operator)
        await quarantine.edit(
            desk.works, handler, parked_id, edit.correction, operator.subject, edit.note, sight
        )
        async with desk.works.read(SYSTEM) as connection:
            found = await parked.find(connection, parked_id, sight)
            asked = await parked_acts.waiting_discards(connection, [parked_id])
        return _event(found, asked.get(parked_id), operator.subject)


def _add_asking(router: Router, desk: Desk, admin: Operator) -> None:
    @router.post(
        "/{parked_id}/discard", summary="Ask that one be never applied here", status_code=202
    )
    async def ask_to_discard(
        parked_id: RowId, reason: Reasoned, operator: Operator = admin
    ) -> AskedDiscard:
        """It waits on until another administrator confirms it."""
        discard = await quarantine.ask_to_discard(
            desk.works, parked_id, operator.subject, reason.note, desk.sight_of(operator)
        )
        return AskedDiscard.model_validate(discard)


def _add_settling(router: Router, desk: Desk, admin: Operator) -> None:
    @router.post("/{discard_id}/confirm", summary="Discard one; what waits behind it goes on")
    async def confirm_discard(
        discard_id: UUID, reason: Reasoned, operator: Operator = admin
    ) -> Discarded:
        """By another administrator than the one who asked. Nothing is deleted."""
        gone_on = await quarantine.confirm_discard(
            desk.works, desk.hearing, discard_id, operator.subject, reason.note,
            desk.sight_of(operator),
        )  # fmt: skip
        return Discarded.model_validate(gone_on)

    @router.post("/{discard_id}/withdraw", summary="Drop a request that is not confirmed")
    async def withdraw_discard(
        discard_id: UUID, reason: Reasoned, operator: Operator = admin
    ) -> AskedDiscard:
        """By whoever asked, or by the second administrator, who says no."""
        discard = await quarantine.withdraw_discard(
            desk.works, discard_id, operator.subject, reason.note, desk.sight_of(operator)
        )
        return AskedDiscard.model_validate(discard)


# --- what is shown -----------------------------------------------------------------------


def _event(event: Parked, discard: Discard | None, reader: str) -> ParkedEvent:
    kind = next((value for name, value in event.message.headers if name == "ce_type"), None)
    asked = discard and WaitingDiscard(
        discard_id=discard.discard_id, note=discard.note, asked_at=discard.asked_at,
        expires_at=discard.expires_at, own=discard.asked_by == reader,
    )  # fmt: skip
    return ParkedEvent(
        **{name: getattr(event, name) for name in _SAME},
        event_type=kind.decode(errors="replace") if kind else None,
        discard=asked,
    )


_SAME = tuple(name for name in ParkedEvent.model_fields if name in Parked.__slots__)


def _in_full(
    event: ParkedEvent, stored: Parked, edits: list[Edit], discards: list[Discard]
) -> ParkedEventInFull:
    return ParkedEventInFull(
        **dict(event),
        replayed_at=stored.replayed_at,
        discarded_at=stored.discarded_at,
        message=_message(stored.message),
        edits=[
            ShownEdit(
                edited_by=edit.edited_by, note=edit.note, edited_at=edit.edited_at,
                before=_message(edit.before),
            )
            for edit in edits
        ],
        discards=[ShownDiscard.model_validate(discard) for discard in discards],
    )  # fmt: skip


def _message(message: BusMessage) -> ShownMessage:
    return ShownMessage(
        key=Shown(**_bytes(message.key)),
        headers=[ShownHeader(name=name, **_bytes(value)) for name, value in message.headers],
        value=Shown(**_bytes(message.value)),
    )


def _bytes(value: bytes | None) -> dict[str, str | None]:
    if value is None:
        return {"text": None, "base64": None}
    try:
        return {"text": value.decode(), "base64": None}
    except UnicodeDecodeError:
        return {"text": None, "base64": base64.b64encode(value).decode()}
