"""Administrators register their agencies' systems, see what was sent, and send it again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool, TypeAdapter

from services.routing.case.commands import UnitId
from services.routing.live import store as changes
from services.routing.webhooks import store
from services.routing.webhooks.messages import TYPES, Secrets, Webhook
from services.routing.webhooks.outcomes import Status
from services.routing.webhooks.writer import PLACE
from services.routing.work.acts import actor_of
from shared.auth import Operator, OperatorTokens, Role
from shared.errors import Conflict, Malformed, NotFound
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors, WriteNext, page_of
from shared.http.refusals import refuses
from shared.outbound import StrangersClient
from shared.units import UnitTree
from shared.visibility import SYSTEM, sight_of
from shared.work import Work, Works

Officers: TypeAlias = Callable[..., Awaitable[Operator]]
"""A dependency: the operator, if of one of its roles."""

WEBHOOKS_OF_A_UNIT = 10
OLD_SECRET = timedelta(hours=24)
"""After a rotation the old secret goes on signing beside the new one for so long."""
NUMBER: TypeAdapter[int] = TypeAdapter(int)
LISTING = "routing.webhook-deliveries"
PLACE_IN_LIST: TypeAdapter[store.Place] = TypeAdapter(store.Place)
LIST_OF_WEBHOOKS = "routing.webhooks"
EventType = Annotated[str, Field(json_schema_extra={"enum": list(TYPES)}, examples=["CaseRouted"])]


class WebhookIn(BaseModel):
    """Where a unit's own system is told. ``events``: types of messages, none: all. ``rotate``: give
    it a new secret."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    unit_id: UnitId
    url: Annotated[
        str, Field(min_length=1, max_length=500, examples=["https://sistem.example.org/crm"])
    ]
    events: Annotated[list[EventType], Field(min_length=1, max_length=len(TYPES))] | None = None
    enabled: StrictBool = True
    rotate: StrictBool = False


class WebhookView(BaseModel):
    """``disabled_because``: the receiver has ended it (``http_410``). ``failures``: tries in a row
    that did not reach it; until ``held_until`` there is none. ``old_secret_until``: so long two
    secrets sign."""

    webhook_id: UUID
    unit_id: str
    unit_name: str
    url: Annotated[str, Field(examples=["https://sistem.example.org/crm"])]
    events: list[EventType] | None
    enabled: bool
    disabled_because: Annotated[str | None, Field(examples=["http_410"])]
    failures: int
    held_until: datetime | None
    old_secret_until: datetime | None
    changed_at: datetime


class SavedWebhook(WebhookView):
    """``secret``: of a new webhook or after a rotation, and never again."""

    secret: Annotated[str | None, Field(examples=["whsec_c2VjcmV0LW9mLTMyLWJ5dGVz"])]


class WebhooksOut(BaseModel):
    """``next_cursor``: pass it as ``cursor`` for the next page; null on the last one."""

    webhooks: list[WebhookView]
    next_cursor: str | None


class WebhookDelivery(BaseModel):
    """A message. ``delivery_id`` is its ``webhook-id``; ``reason`` why its last try failed."""

    delivery_id: UUID
    complaint_id: UUID
    type: EventType
    status: Status
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    concluded_at: datetime | None
    reason: Annotated[str | None, Field(examples=["http_500"])]


class WebhookDeliveries(BaseModel):
    deliveries: list[WebhookDelivery]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Office:
    """Whose webhooks an officer takes care of: those of the own unit and of all beneath it. An
    auditor reads all."""

    operator: Operator
    units: UnitTree

    def reaches(self, unit_id: str) -> bool:
        reads_all = self.operator.role is Role.AUDITOR
        return reads_all or self.units.is_within(unit_id, self.operator.unit)

    @property
    def reached(self) -> list[str] | None:
        """The units whose webhooks it takes care of; None: all."""
        if self.operator.role is Role.AUDITOR:
            return None
        return [unit.id for unit in self.units.all() if self.reaches(unit.id)]

    def its_own(self, webhook: Webhook | None) -> Webhook:
        """Raises NotFound, also for one of another unit."""
        if webhook is None or not self.reaches(webhook.unit_id):
            raise NotFound("There is no such webhook of your unit.")
        return webhook


class Webhooks:
    """What administrators do with webhooks, each in one transaction."""

    def __init__(
        self, works: Works, units: UnitTree, secrets: Secrets, client: StrangersClient
    ) -> None:
        self._works = works
        self._units = units
        self._secrets = secrets
        self._client = client

    async def put(self, webhook_id: UUID, wanted: WebhookIn, office: Office) -> SavedWebhook:
        """Raises Malformed, NotFound, Conflict."""
        self._check(wanted, office)
        async with self._works.open(SYSTEM) as work:
            await store.alone(work.connection)
            there = await store.find(work.connection, webhook_id)
            if there is not None:
                office.its_own(there)
            await self._check_room(work, webhook_id, wanted.unit_id)
            after = _changed(there, webhook_id, wanted, work.now)
            await store.save(work.connection, after, office.operator.subject)
            # What changes from now on becomes messages.
            if await changes.place_of(work.connection, PLACE) is None:
                await changes.move(work.connection, PLACE, await changes.committed(work.connection))
        is_new = there is None or wanted.rotate
        secret = self._secrets.of(webhook_id, after.generation) if is_new else None
        return SavedWebhook(**view_of(after, self._units).model_dump(), secret=secret)

    async def remove(self, webhook_id: UUID, office: Office) -> None:
        """Raises NotFound."""
        async with self._works.open(SYSTEM) as work:
            await store.alone(work.connection)
            office.its_own(await store.find(work.connection, webhook_id))
            await store.remove(work.connection, webhook_id)

    def _check(self, wanted: WebhookIn, office: Office) -> None:
        if not office.reaches(wanted.unit_id) or self._units.find(wanted.unit_id) is None:
            raise Malformed("Name your own unit or one beneath it.", field="unit_id")
        refusal = self._client.refusal(wanted.url)
        if refusal is not None:
            raise Malformed(refusal, field="url")
        if set(wanted.events or ()) - set(TYPES):
            raise Malformed(f"Known types are: {', '.join(TYPES)}.", field="events")

    async def _check_room(self, work: Work, webhook_id: UUID, unit_id: str) -> None:
        others = [
            each
            for each in await store.of_unit(work.connection, unit_id)
            if each.webhook_id != webhook_id
        ]
        if len(others) >= WEBHOOKS_OF_A_UNIT:
            raise Conflict(f"A unit has at most {WEBHOOKS_OF_A_UNIT} webhooks. Delete one first.")


def create_router(
    works: Works,
    units: UnitTree,
    operators: OperatorTokens,
    secrets: Secrets,
    client: StrangersClient,
    places: Cursors[store.Place],
    cursors: Cursors[int],
) -> Router:
    router = Router(prefix="/v1", tags=["webhooks"])
    webhooks = Webhooks(works, units, secrets, client)
    admin = operators.require(Role.ADMIN)
    reader = operators.require(Role.ADMIN, Role.AUDITOR)
    _add_webhooks(router, works, units, webhooks, places, admin, reader)
    _add_deliveries(router, works, units, cursors, admin, reader)
    return router


def _add_webhooks(
    router: Router,
    works: Works,
    units: UnitTree,
    webhooks: Webhooks,
    places: Cursors[store.Place],
    admin: Officers,
    reader: Officers,
) -> None:
    @router.get("/webhooks")
    async def list_webhooks(
        operator: Annotated[Operator, Depends(reader)],
        write_next: WriteNext,
        cursor: Annotated[str | None, Query(max_length=CURSOR_AT_MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> WebhooksOut:
        """Of my unit and of all beneath it; to an auditor all. By unit, then by id."""
        after, office = places.read(cursor), Office(operator, units)
        async with works.read(SYSTEM) as connection:
            found = await store.listed(connection, office.reached, after, limit + 1)
        shown, last = page_of(found, limit)
        following = places.write((last.unit_id, last.webhook_id)) if last else None
        write_next(following)
        return WebhooksOut(webhooks=[view_of(each, units) for each in shown], next_cursor=following)

    @router.get("/webhooks/{webhook_id}")
    async def read_webhook(
        webhook_id: UUID, operator: Annotated[Operator, Depends(reader)]
    ) -> WebhookView:
        """Where a unit's own system is told; its secret is shown to nobody."""
        async with works.read(SYSTEM) as connection:
            found = await store.find(connection, webhook_id)
        return view_of(Office(operator, units).its_own(found), units)

    @router.put("/webhooks/{webhook_id}")
    @refuses(Conflict)
    async def save_webhook(
        webhook_id: UUID, wanted: WebhookIn, operator: Annotated[Operator, Depends(admin)]
    ) -> SavedWebhook:
        """Registers a unit's own system under an id of your choice, or changes it.

        The answer has the secret of a new webhook, or of one with ``rotate``: this once. After a
        rotation both secrets sign for 24 hours. What was switched off is on again by ``enabled``.
        """
        return await webhooks.put(webhook_id, wanted, Office(operator, units))

    @router.delete("/webhooks/{webhook_id}", status_code=204)
    async def delete_webhook(
        webhook_id: UUID, operator: Annotated[Operator, Depends(admin)]
    ) -> Response:
        """It is told nothing more, and what waits for it is thrown away."""
        await webhooks.remove(webhook_id, Office(operator, units))
        return Response(status_code=204)


def _add_deliveries(
    router: Router,
    works: Works,
    units: UnitTree,
    cursors: Cursors[int],
    admin: Officers,
    reader: Officers,
) -> None:
    @router.get("/webhooks/{webhook_id}/deliveries")
    async def list_webhook_deliveries(
        webhook_id: UUID,
        operator: Annotated[Operator, Depends(reader)],
        status: Status | None = None,
        cursor: Annotated[str | None, Query(max_length=CURSOR_AT_MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> WebhookDeliveries:
        """Messages about cases that you see, the last first: those that wait, those that went in
        the last 7 days, and those that failed in the last 30."""
        before, sight = cursors.read(cursor), sight_of(actor_of(operator), units)
        async with works.read(sight) as connection:
            Office(operator, units).its_own(await store.find(connection, webhook_id))
            found = await store.deliveries(connection, webhook_id, status, sight, before, limit + 1)
        shown, last = page_of(found, limit)
        return WebhookDeliveries(
            deliveries=[_delivery(each) for each in shown],
            next_cursor=cursors.write(last.number) if last else None,
        )

    @router.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/replay")
    @refuses(Conflict)
    async def replay_webhook_delivery(
        webhook_id: UUID, delivery_id: UUID, operator: Annotated[Operator, Depends(admin)]
    ) -> WebhookDelivery:
        """Sends a message again that has failed or that went: for three days, under its id."""
        sight = sight_of(actor_of(operator), units)
        async with works.open(sight) as work:
            Office(operator, units).its_own(await store.find(work.connection, webhook_id))
            found = await store.replay(work.connection, webhook_id, delivery_id, sight, work.now)
            if found is None:
                raise NotFound("There is no such message of this webhook.")
            if found.status == Status.WAITING:
                raise Conflict("This message waits already; it is sent by itself.")
            again = replace(
                found, status=Status.WAITING, attempts=0, next_attempt_at=work.now,
                concluded_at=None, reason=None,
            )  # fmt: skip
        return _delivery(again)


def _changed(there: Webhook | None, webhook_id: UUID, wanted: WebhookIn, now: datetime) -> Webhook:
    events = None if wanted.events is None else tuple(sorted(set(wanted.events)))
    if there is None:
        return Webhook(webhook_id, wanted.unit_id, wanted.url, events, wanted.enabled, 1, now)
    return replace(
        there,
        unit_id=wanted.unit_id,
        url=wanted.url,
        events=events,
        enabled=wanted.enabled,
        disabled_because=None,
        failures=0,
        held_until=None,
        generation=there.generation + wanted.rotate,
        previous_until=now + OLD_SECRET if wanted.rotate else there.previous_until,
        changed_at=now,
    )


def view_of(webhook: Webhook, units: UnitTree) -> WebhookView:
    unit = units.find(webhook.unit_id)
    return WebhookView(
        webhook_id=webhook.webhook_id,
        unit_id=webhook.unit_id,
        unit_name=unit.name if unit else webhook.unit_id,
        url=webhook.url,
        events=None if webhook.events is None else list(webhook.events),
        enabled=webhook.enabled,
        disabled_because=webhook.disabled_because,
        failures=webhook.failures,
        held_until=webhook.held_until,
        old_secret_until=webhook.previous_until,
        changed_at=webhook.changed_at,
    )


def _delivery(told: store.Told) -> WebhookDelivery:
    waits = told.status == Status.WAITING
    return WebhookDelivery(
        delivery_id=told.delivery_id,
        complaint_id=told.complaint_id,
        type=told.type,
        status=Status(told.status),
        attempts=told.attempts,
        created_at=told.created_at,
        next_attempt_at=told.next_attempt_at if waits else None,
        concluded_at=told.concluded_at,
        reason=told.reason,
    )
