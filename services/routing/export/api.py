"""The inbox as a file.

The file is made on disk first and sent then. So whoever takes it slowly, or hangs up, holds no
connection of the database; an error on the way is an answer of its own and no file that ends in
the middle; and its length is known.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from os import SEEK_END
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.routing.export.formats import MEDIA, Format, ListFile, list_file
from services.routing.export.pieces import pieces
from services.routing.export.sheet import Names, line
from services.routing.placing.atlas import Atlas
from services.routing.work.acts import WORKERS
from services.routing.work.lists import Filters, filters
from services.routing.work.store import Wanted
from shared.auth import Operator, OperatorTokens
from shared.clock import JAKARTA, Clock
from shared.errors import Malformed, Unavailable
from shared.http.operation import Router
from shared.visibility import Sight, sight_of
from shared.work import Works

ROWS_AT_MOST: Final = 250_000
AT_ONCE: Final = 2
"""Files that one process makes at the same time; each takes a connection for seconds."""
_CHUNK = 256 * 1024
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
                    for media in MEDIA.values()},
    }
}  # fmt: skip


class Exports:
    """Makes files of lists."""

    def __init__(self, works: Works, atlas: Atlas, clock: Clock) -> None:
        self._works = works
        self._atlas = atlas
        self._clock = clock
        self._free = asyncio.Semaphore(AT_ONCE)

    async def made(self, request: Request, kind: Format, wanted: Wanted, sight: Sight) -> IO[bytes]:
        """A file that vanishes when it is closed. Raises Unavailable while others
        are being made, Malformed for a list that is too long."""
        if self._free.locked():
            raise Unavailable("Other files are being made. Ask again in some seconds.")
        async with self._free:
            sink = await asyncio.to_thread(TemporaryFile)
            try:
                with TemporaryDirectory(prefix="crm-export-") as folder:
                    made = await asyncio.to_thread(list_file, kind, sink, folder)
                    try:
                        await self._fill(request, made, wanted, sight)
                    finally:
                        await asyncio.to_thread(made.close)
            except BaseException:
                sink.close()
                raise
        return sink

    async def _fill(self, request: Request, made: ListFile, wanted: Wanted, sight: Sight) -> None:
        now, count = self._clock(), 0
        names = Names(self._atlas.units, self._atlas.tables(now).categories.categories)
        async for piece in pieces(self._works, wanted, sight, now):
            count += len(piece)
            if count > ROWS_AT_MOST:
                raise Malformed(f"Filter the list: a file has at most {ROWS_AT_MOST} rows.")
            if await request.is_disconnected():
                raise Unavailable("Nobody waits for this file any more.")
            await asyncio.to_thread(made.add, [line(case, names) for case in piece])


def create_router(works: Works, atlas: Atlas, operators: OperatorTokens, clock: Clock) -> Router:
    router = Router(prefix="/v1", tags=["cases"])
    exports = Exports(works, atlas, clock)

    @router.get("/export", response_class=StreamingResponse, responses=_ANSWER)
    async def export_inbox(
        request: Request,
        operator: Annotated[Operator, Depends(operators.require(*WORKERS))],
        asked: Annotated[Filters, Depends(filters)],
        format: Format = Format.CSV,
    ) -> StreamingResponse:
        """What the inbox shows under the same filters, all pages of it, as a file. No words of
        anybody and no persons stand in it; times are Jakarta's."""
        sight = sight_of(operator, atlas.units)
        sink = await exports.made(request, format, asked.wanted(operator, sight), sight)
        name = f"laporan-{clock().astimezone(JAKARTA):%Y-%m-%d}.{format}"
        headers = {
            "content-length": str(sink.seek(0, SEEK_END)),
            "content-disposition": f'attachment; filename="{name}"',
        }
        return _FileAnswer(sink, MEDIA[format], headers)

    return router


class _FileAnswer(StreamingResponse):
    """Sends a file and closes it, also when nobody takes it any more."""

    def __init__(self, sink: IO[bytes], media: str, headers: Mapping[str, str]) -> None:
        super().__init__(self._chunks(), media_type=media, headers=headers)
        self._sink = sink

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._sink:
            await super().__call__(scope, receive, send)

    async def _chunks(self) -> AsyncIterator[bytes]:
        self._sink.seek(0)
        while chunk := await asyncio.to_thread(self._sink.read, _CHUNK):
            yield chunk
