"""``/kabar``: routing's stream of what changes in the officer's inbox, handed on to the browser.

A stream ends after some minutes and the browser comes again: who has signed out meanwhile, or was
idle for too long, is not let in any more.
"""

from collections.abc import AsyncIterator
from time import monotonic
from typing import Annotated, Final

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from services.routing.console.console import Console
from services.routing.console.inbox import WORKERS
from services.routing.console.visits import OfficerVisit
from shared.errors import Transient
from shared.http.operation import Router
from shared.outbound import Stream

LONGEST_SECONDS: Final = 300.0
_HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}


def create_router(console: Console) -> Router:
    router = console.router()
    worker = Annotated[OfficerVisit, Depends(console.officer(*WORKERS))]

    @router.get("/kabar")
    async def news(request: Request, visit: worker) -> Response:
        last = request.headers.get("last-event-id")
        try:
            stream = await console.api.listen("/inbox/changes", visit.officer, last)
        except Transient:
            return Response(status_code=503)
        if stream.status != 200:
            await stream.close()
            # 204 tells the browser not to come again. A token that cannot be renewed now may be
            # good again in a moment.
            over = stream.status == 403 or (stream.status == 401 and not visit.browser.away)
            return Response(status_code=204 if over else 503)
        return StreamingResponse(
            _handed_on(stream), media_type="text/event-stream", headers=_HEADERS
        )

    return router


async def _handed_on(stream: Stream) -> AsyncIterator[bytes]:
    """Until it ends, falls silent, or has lasted long enough."""
    began = monotonic()
    try:
        async for part in stream.parts():
            yield part
            if monotonic() - began > LONGEST_SECONDS:
                return
    except Transient:
        return
    finally:
        await stream.close()
