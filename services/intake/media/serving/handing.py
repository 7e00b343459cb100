"""A file is handed out to whoever has a link to it: opened here, and never laid down open."""

from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from ipaddress import ip_address
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import Response

from services.intake.media.domain import FileState
from services.intake.media.objects.bucket import Bucket
from services.intake.media.objects.encryption import decrypted
from services.intake.media.sealing import FileOpener
from services.intake.media.serving import store
from services.intake.media.serving.ranges import (
    Cut,
    Unsatisfiable,
    asked_range,
    cuts,
    whole,
)
from services.intake.media.serving.signing import (
    LAST_SECOND,
    PATH,
    SIGNATURE,
    VIEWER,
    Link,
    LinkSigner,
    LinkSize,
)
from services.intake.media.serving.store import Held
from services.intake.media.serving.turns import TurnAnswer, Turns
from services.intake.media.store import chunk
from shared.clock import Clock
from shared.errors import DomainError, Gone, NotFound, OutOfRange, Reject, Unavailable
from shared.events.vocabulary import MediaKind
from shared.http.operation import Router
from shared.http.problem import problem_of
from shared.http.refusals import refuses
from shared.telemetry import get_logger
from shared.visibility import SYSTEM
from shared.work import Works

JPEG: Final = "image/jpeg"
UNNAMED: Final = "application/octet-stream"
ENDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        JPEG: "jpg",
        "application/pdf": "pdf",
        "video/mp4": "mp4",
        "video/quicktime": "mov",
        "video/3gpp": "3gp",
        "video/webm": "webm",
        UNNAMED: "bin",
    }
)
"""How a file of each media type that is handed out is called; of any other it is only bytes."""
NAMES: Final[Mapping[MediaKind, str]] = MappingProxyType(
    {MediaKind.PICTURE: "foto", MediaKind.DOCUMENT: "berkas", MediaKind.VIDEO: "video"}
)
HARMLESS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
    }
)
"""Of every file: it is what it is said to be, runs nothing, is kept by nobody, and its address is
not told to others."""

_ENDED = "This link has ended, or is not whole. Load the page anew: it has new links."
_ERASED = "The file was erased. There is no way to have it back."
_ANSWER: dict[int | str, dict[str, Any]] = {
    status: {
        "description": about,
        "content": {each: {"schema": {"type": "string", "format": "binary"}} for each in ENDINGS},
    }
    for status, about in {200: "The file.", 206: "The range of a video that was asked for."}.items()
}


def resource_policy(public_url: str) -> Literal["same-site", "cross-origin"]:
    """Which pages may show our files: those of our own site.

    To a browser no two addresses in numbers are one site, not even two ports of the same one. A
    stack whose pages have such addresses would show none of its own pictures; only the link
    protects them there.
    """
    try:
        ip_address(urlsplit(public_url).hostname or "")
    except ValueError:
        return "same-site"
    return "cross-origin"


class FileDesk:
    """Finds a file and opens it."""

    def __init__(
        self, works: Works, bucket: Bucket, opener: FileOpener, turns: Turns, public_url: str
    ) -> None:
        """``public_url``: where browsers reach us."""
        self._works = works
        self._policy = resource_policy(public_url)
        self._bucket = bucket
        self._opener = opener
        self._turns = turns
        self._log = get_logger("media")

    async def answer(self, ref: UUID, size: LinkSize, wanted: str | None) -> Response:
        """The file. ``wanted``: the header ``Range``, which a video alone heeds. Raises Gone,
        NotFound where it has no such size, Unavailable, OutOfRange."""
        async with self._works.read(SYSTEM) as connection:
            held = await store.held(connection, ref, size)
            lengths = await store.chunk_lengths(connection, ref) if held else []
        if held is None:
            raise Gone(_ERASED)
        if size is LinkSize.ORIGINAL:
            return self._original(held, lengths, wanted)
        return self._picture(held, size)

    def _picture(self, held: Held, size: LinkSize) -> Response:
        if held.object_name is None or held.wrapped is None or held.length is None:
            raise NotFound("The file is no picture that has this size.")
        headers = self._headers("inline", f"foto-{held.number}-{size}.jpg", held.length)
        opened = partial(self._object, held, held.object_name, held.wrapped)
        return TurnAnswer(self._turns, opened, headers, JPEG)

    async def _object(self, held: Held, name: str, wrapped: bytes) -> AsyncIterator[bytes]:
        found = await self._bucket.get(name)
        if found is None:
            raise await self._missing(held.ref)
        yield self._opened(held, partial(self._picture_of, held, name, wrapped, found))

    def _picture_of(self, held: Held, name: str, wrapped: bytes, found: bytes) -> bytes:
        key = self._opener.at_rest(held.complaint_id, held.origin.value, wrapped)
        return decrypted(key, name, found)

    def _original(self, held: Held, lengths: list[int], wanted: str | None) -> Response:
        if held.state is not FileState.KEPT or held.kind is None or not lengths:
            raise NotFound("Of this file no original is kept.")
        is_video, size = held.kind is MediaKind.VIDEO, sum(lengths)
        try:
            part = asked_range(wanted, size) if is_video else None
        except Unsatisfiable:
            return _out_of_range(size)
        asked = part or whole(size)
        media_type = held.media_type if held.media_type in ENDINGS else None
        name = f"{NAMES[held.kind]}-{held.number}.{ENDINGS[media_type or UNNAMED]}"
        headers = self._headers("attachment", name, asked.length)
        headers |= {"accept-ranges": "bytes"} if is_video else {}
        headers |= {"content-range": part.content_range} if part else {}
        opened = partial(self._chunks, held, cuts(lengths, asked))
        status = 206 if part else 200
        return TurnAnswer(self._turns, opened, headers, media_type or UNNAMED, status)

    async def _chunks(self, held: Held, wanted: list[Cut]) -> AsyncIterator[bytes]:
        """Opens the chunks in which the range lies, one after another, and no others."""
        for cut in wanted:
            async with self._works.read(SYSTEM) as connection:
                sealed = await chunk(connection, held.ref, cut.number)
            if sealed is None:
                raise await self._missing(held.ref)
            opened = self._opened(held, partial(self._chunk_of, held, cut, sealed))
            yield opened[cut.start : cut.stop]

    def _chunk_of(self, held: Held, cut: Cut, sealed: bytes) -> bytes:
        opening = self._opener.opening(held.ref, held.wrapped_key)
        return opening.chunk(cut.number, sealed, last=cut.last)

    def _opened(self, held: Held, open_it: Callable[[], bytes]) -> bytes:
        try:
            return open_it()
        except Reject as error:
            self._log.error(
                "file_unreadable", complaint_id=str(held.complaint_id), cause=error.cause
            )
            raise Unavailable(
                "The file does not open. An administrator sees it in the log."
            ) from None

    def _headers(self, disposition: str, name: str, length: int) -> dict[str, str]:
        return {
            **HARMLESS,
            "cross-origin-resource-policy": self._policy,
            "content-disposition": f'{disposition}; filename="{name}"',
            "content-length": str(length),
            "accept-ranges": "none",
        }

    async def _missing(self, ref: UUID) -> DomainError:
        """Why its bytes are not where its row says: it was erased since, or they are lost."""
        async with self._works.read(SYSTEM) as connection:
            standing = await store.standings(connection, [ref])
        if ref not in standing:
            return Gone(_ERASED)
        self._log.error("file_lost")
        return Unavailable("The file cannot be had from the store now. Try again.")


def _out_of_range(size: int) -> Response:
    answer = problem_of(OutOfRange(f"Ask for bytes before {size}.", field="range"))
    answer.headers["content-range"] = f"bytes */{size}"
    return answer


def create_router(desk: FileDesk, signer: LinkSigner, clock: Clock) -> Router:
    """``GET /v1/media/{ref}/{size}``, for whoever has a link."""
    router = Router(prefix=PATH, tags=["media"])

    @router.get(
        "/{ref}/{size}",
        summary="A file, by a link to it",
        response_class=Response,
        responses=_ANSWER,
    )
    @refuses(Gone, OutOfRange)
    async def show_file(
        request: Request,
        ref: UUID,
        size: LinkSize,
        until: Annotated[int, Query(ge=0, le=LAST_SECOND)],
        viewer: Annotated[str, Query(pattern=VIEWER, examples=["019300aa"])],
        signature: Annotated[str, Query(pattern=SIGNATURE, examples=["A" * 43])],
    ) -> Response:
        """The link is the only proof: nobody is asked who they are. 404 for a link that has ended
        or was changed (load the page anew), 410 for a file that was erased. Of a video one range
        may be asked for (``Range: bytes=0-1023``); 416 where it begins behind the end."""
        link = Link(ref, size, until, viewer)
        if not signer.holds(link, signature, clock()):
            raise NotFound(_ENDED)
        # Without validators no If-Range can hold: the whole is sent then (RFC 9110, 13.1.5).
        wanted = None if "if-range" in request.headers else request.headers.get("range")
        return await desk.answer(ref, size, wanted)

    return router
