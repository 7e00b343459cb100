"""What every answer of a service has, whoever wrote it."""

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as AsgiMessage

from shared.http.date import DateField, Fields

NO_STORE = (b"cache-control", b"no-store")


class Replies:
    """Dates answers, keeps them out of caches unless they say otherwise, and HEAD's without a body.

    A refusal tells of a case too: that it exists, that it is erased, that it has changed.
    """

    def __init__(self, app: ASGIApp, date: DateField) -> None:
        self._app = app
        self._date = date

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bodiless = scope["method"] == "HEAD"

        async def reply(message: AsgiMessage) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*self._date(), *_uncached(message.get("headers", ()))]
            elif bodiless and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app(scope, receive, reply)


def _uncached(headers: Fields) -> Fields:
    said = any(name.lower() == b"cache-control" for name, _ in headers)
    return headers if said else [*headers, NO_STORE]
