"""Messages that did not reach anybody: what administrators look through."""

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, TypeAdapter

from services.notify.api import DeliveryOut
from services.notify.reading import CLEARED
from services.notify.store import FailedPlace, NotifyStore, name_of
from shared.auth import Operator, OperatorTokens
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors, page_of
from shared.set_aside import DELIVERIES, each
from shared.visibility import care_of
from shared.work import Works

PLACE: TypeAdapter[FailedPlace] = TypeAdapter(FailedPlace)


class FailedDelivery(DeliveryOut):
    """A message that has failed, and of which report it told."""

    report_number: str


class FailedDeliveries(BaseModel):
    deliveries: list[FailedDelivery]
    next_cursor: str | None
    """Pass it as ``cursor`` for the next page; null on the last one."""


def create_router(
    works: Works, store: NotifyStore, operators: OperatorTokens, cursors: Cursors[FailedPlace]
) -> Router:
    router = Router(prefix="/v1", tags=["notifications"])
    readers = operators.require(*CLEARED)

    @router.get("/deliveries/failed")
    async def list_failed_deliveries(
        operator: Annotated[Operator, Depends(readers)],
        cursor: Annotated[str | None, Query(max_length=CURSOR_AT_MOST)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> FailedDeliveries:
        """Messages that were given up, the last first; ``reason`` says why. No address in it."""
        sight, after = care_of(operator, operators.units), cursors.read(cursor)
        async with works.read(sight) as connection:
            rows = await store.failed(connection, sight, after, limit + 1)
            shown, last = page_of(rows, limit)
            told = each(connection, DELIVERIES, shown, _told, name_of)
        place = (last.concluded_at, last.id) if last else None
        return FailedDeliveries(
            deliveries=told, next_cursor=cursors.write(place) if place else None
        )

    return router


def _told(row: Any) -> FailedDelivery:
    return FailedDelivery(**{**row._mapping, "next_attempt_at": None})
