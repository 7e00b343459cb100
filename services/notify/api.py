"""What operators may do: read the deliveries of a complaint, and mute it."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from services.notify.domain import DeliveryStatus
from services.notify.providers.adapter import GatewayName
from services.notify.reading import CLEARED, READERS, MessageReaders
from services.notify.store import NotifyStore, name_of
from shared.auth import Operator, OperatorTokens, Role
from shared.errors import NotFound
from shared.events.vocabulary import Channel, NotificationTemplate
from shared.http.operation import Router
from shared.set_aside import DELIVERIES, each
from shared.visibility import SYSTEM, care_of
from shared.work import Works


class DeliveryOut(BaseModel):
    """A delivery. Only the vault knows to whom it goes."""

    id: UUID
    complaint_id: UUID
    template: NotificationTemplate
    channel: Channel
    status: DeliveryStatus
    attempt: int
    created_at: datetime
    next_attempt_at: datetime | None
    """Set while it is open."""
    concluded_at: datetime | None
    reason: str | None
    gateway: str | None
    """Which gateway it waits for."""


class GatewayOut(BaseModel):
    """A gateway that is held back: it takes nothing, or refuses us."""

    name: GatewayName
    reason: Annotated[str, Field(examples=["http_403"])]
    ours: bool
    """It refuses us: somebody must mend a setting, a key or our pace."""
    since: datetime
    retry_at: datetime | None
    """It is tried again with the first message after this moment; null: not before somebody resumes
    it."""
    waiting: int
    """How many messages wait for it."""


class GatewaysOut(BaseModel):
    gateways: list[GatewayOut]


class DeliveriesOut(BaseModel):
    deliveries: list[DeliveryOut]


class MuteIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    muted: StrictBool


def create_router(
    works: Works, store: NotifyStore, operators: OperatorTokens, readers: MessageReaders
) -> Router:
    router = Router(prefix="/v1", tags=["notifications"])
    cleared = operators.require(*CLEARED)
    admins = operators.require(Role.ADMIN)

    @router.get("/deliveries")
    async def list_deliveries(
        complaint_id: UUID, operator: Annotated[Operator, Depends(operators.require(*READERS))]
    ) -> DeliveriesOut:
        """What became of the messages of a complaint, oldest first, for every officer who sees the
        case; empty when there is nothing to be seen."""
        sight = await readers.sight(operator, complaint_id)
        async with works.read(sight) as connection:
            rows = await store.deliveries_of(connection, complaint_id, sight)
            shown = each(connection, DELIVERIES, rows, _shown, name_of)
        return DeliveriesOut(deliveries=shown)

    @router.put("/complaints/{complaint_id}/mute", status_code=204, response_class=Response)
    async def mute_complaint(
        complaint_id: UUID, command: MuteIn, operator: Annotated[Operator, Depends(admins)]
    ) -> None:
        """Tell the reporter nothing more of this complaint, or tell them again."""
        sight = care_of(operator, operators.units)
        async with works.open(sight) as work:
            # Asked before the lock: the wait for it would tell of a complaint that is hidden.
            if not await store.is_seen(work.connection, complaint_id, sight):
                raise NotFound("There is no such complaint.", field="complaint_id")
            await work.see_all()
            [case] = (await store.load_many(work.connection, [complaint_id])).values()
            await store.save_many(work.connection, [replace(case, muted=command.muted)])

    @router.get("/gateways")
    async def list_gateways(operator: Annotated[Operator, Depends(cleared)]) -> GatewaysOut:
        """Gateways that are held back, with what waits for them; empty when all is well."""
        async with works.read(SYSTEM) as connection:
            rows = await store.gateways(connection)
        return GatewaysOut(gateways=[GatewayOut(**row._mapping) for row in rows])

    @router.post("/gateways/{name}/resume", status_code=204, response_class=Response)
    async def resume_gateway(
        name: GatewayName, operator: Annotated[Operator, Depends(admins)]
    ) -> None:
        """Try a gateway again at once, as what was wrong has been mended."""
        async with works.open(SYSTEM) as work:
            if not await store.resume(work.connection, name, work.now):
                raise NotFound("No gateway of this name is held back.", field="name")

    return router


def _shown(row: Any) -> DeliveryOut:
    delivery = DeliveryOut(**row._mapping)
    if delivery.concluded_at is None:
        return delivery
    return delivery.model_copy(update={"next_attempt_at": None})
