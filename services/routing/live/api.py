"""An officer's inbox as it changes, as server-sent events."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header
from pydantic import TypeAdapter

from services.routing.live.change import Position
from services.routing.live.hub import Hub
from services.routing.work.acts import WORKERS, actor_of
from shared.auth import Operator, OperatorTokens
from shared.clock import Clock
from shared.errors import Malformed
from shared.http.event_stream import EventStream
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors
from shared.http.refusals import refuses
from shared.units import Units
from shared.visibility import sight_of

POSITION: TypeAdapter[Position] = TypeAdapter(Position)
LISTING = "routing.inbox.changes"
"""The name under which the places of the stream are signed."""
_EXAMPLE = (
    "event: change\n"
    'data: {"complaint_id":"019300aa-0000-7000-8000-000000000001","tab_before":"new",'
    '"tab_after":"in_hand","state":"received","version":2,"at":"2026-11-25T09:00:00+07:00"}\n'
    "id: c2lnbmF0dXJlLW9mLTE2Lls4MTAsMl0=\n\n"
)
_STREAM = {
    "description": "Events `change`, `gone`, `counts` and `reset`, while the token is in force.",
    "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
}


def create_router(
    hub: Hub, operators: OperatorTokens, cursors: Cursors[Position], units: Units, clock: Clock
) -> Router:
    router = Router(prefix="/v1", tags=["cases"])

    @router.get(
        "/inbox/changes", status_code=200, response_class=EventStream, responses={200: _STREAM}
    )
    @refuses(Malformed)
    async def watch_inbox(
        operator: Annotated[Operator, Depends(operators.require(*WORKERS))],
        last_event_id: Annotated[
            str | None,
            Header(
                alias="Last-Event-ID",
                max_length=CURSOR_AT_MOST,
                description="The `id` that was read last: the stream goes on behind it.",
            ),
        ] = None,
    ) -> EventStream:
        """What changes in my inbox, as it happens (server-sent events).

        `change` says in which tab a case was and is, with its state and version; `gone` that a case
        has left my sight, by its id alone; `counts`, a moment after changes, how many stand in each
        tab; `reset` that something was left out, so read the inbox
        anew. The first message has the `id` of the present: who listens first and reads the inbox
        then misses nothing. The stream ends when the token does.
        """
        after = _place(cursors, last_event_id)
        sight = sight_of(actor_of(operator), units)
        return EventStream(await hub.listen(sight, after, _seconds_left(operator, clock())))

    return router


def _place(cursors: Cursors[Position], said: str | None) -> Position | None:
    try:
        return cursors.read(said)
    except Malformed:
        raise Malformed(
            "Send the id of an event of this stream unchanged, or none.", field="last-event-id"
        ) from None


def _seconds_left(operator: Operator, now: datetime) -> float:
    return operator.expires - now.timestamp()
