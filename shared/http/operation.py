"""An operation: what is checked before its endpoint runs, and in which order.

1. who calls: 401, 403
2. the query: unknown and repeated parameters, 422
3. how the body comes: its coding, 415; its size, 413; its media type, 415
4. the body as JSON: 422

The framework alone would read the body first and ask for the token afterwards: a stranger could
learn what is expected, and make the service read a megabyte for nothing.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

from fastapi import APIRouter, Request, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import Match
from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from shared import media
from shared.auth import Identity
from shared.errors import (
    BadRequest,
    HeadTooLarge,
    Malformed,
    NotFound,
    TooLarge,
    TooSlow,
    Unavailable,
    UnsupportedCoding,
    UnsupportedMedia,
)
from shared.http.event_stream import BODILESS
from shared.http.input import refuse_unstorable_input
from shared.http.refusals import Refusal, calls_of, refused_by

MAX_BODY_BYTES = 1024 * 1024
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}")


class Operation(APIRoute):
    """A route of an interface that is described in OpenAPI."""

    knows_its_query: ClassVar[bool] = True
    """Whether a parameter that the contract does not name is refused."""

    safe_by_get: ClassVar[bool] = True
    """Whether GET changes nothing (RFC 9110, 9.2.1), so that HEAD may be asked too."""

    caller_corrects: ClassVar[bool] = True
    """Whether the caller can mend what it sends. Where it cannot, a refusal would reach a machine
    that passes nothing on, and the message would be lost."""

    files_at_most: ClassVar[int] = 0
    """Bytes of a body with files, which the endpoint reads piece by piece and never holds whole; 0
    where none are taken."""

    def __init__(self, *given: Any, max_body_size: int | None = None, **options: Any) -> None:
        """``max_body_size``: bytes. Counted here: the framework's own count answers a body that
        is too large before it is known who sends it."""
        self._body_at_most = MAX_BODY_BYTES if max_body_size is None else max_body_size
        super().__init__(*given, **options)

    def refusals(self, *, takes_a_body: bool) -> frozenset[Refusal]:
        """What it may answer besides success: what all operations refuse, what those refuse that
        are used here, and what stands beside the endpoint."""
        found = {BadRequest, TooSlow, HeadTooLarge, Unavailable}
        found |= refused_by(calls_of(self.dependant))
        if self.param_convertors:
            found |= {NotFound, Malformed}
        if self.knows_its_query:
            found |= {Malformed}
        if self.methods != {"GET"}:
            found |= {UnsupportedCoding}
        if takes_a_body:
            # A delivery too: one that is empty holds no message that could be lost.
            found |= {TooLarge, UnsupportedMedia, Malformed}
        return frozenset(found)

    def get_route_handler(self) -> Any:
        """The framework's handler behind our checks."""
        serve = super().get_route_handler()
        identities = [call for call in calls_of(self.dependant) if isinstance(call, Identity)]
        known = frozenset(_query_names(self.dependant))

        async def checked(request: Request) -> Any:
            request = Request(request.scope, self._bounded(request))
            for identity in identities:
                await identity(request)
            if self.knows_its_query and request.scope["query_string"]:
                _refuse_foreign_query(request, known)
            if request.method != "GET":
                await self._check_body(request)
            return await serve(request)

        return checked

    async def _check_body(self, request: Request) -> None:
        media.refuse_coding(request.headers.getlist("content-encoding"))
        if self.body_field is None or not await request.body():
            return
        is_form = isinstance(self.body_field.field_info, params.Form)
        media.require_media(
            request.headers.get("content-type", ""),
            "application/x-www-form-urlencoded" if is_form else "application/json",
        )
        if not is_form:
            await _read_json(request)

    def _bounded(self, request: Request) -> Receive:
        taken, limit = 0, self._limit_of(request)

        async def receive() -> AsgiMessage:
            nonlocal taken
            announced = request.headers.get("content-length", "")
            _refuse_beyond(limit, int(announced) if announced.isdecimal() else 0)
            message = await request.receive()
            taken += len(message.get("body", b""))
            _refuse_beyond(limit, taken)
            return message

        return receive

    def _limit_of(self, request: Request) -> int:
        with_files = media.holds_files(request.headers.get("content-type", ""))
        return self.files_at_most if with_files and self.files_at_most else self._body_at_most

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(self._as_get(scope))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().handle(self._as_get(scope), receive, send)

    def _as_get(self, scope: Scope) -> Scope:
        """HEAD is served as GET (RFC 9110, 9.3.2); ``Replies`` leaves the body out."""
        if scope["type"] == "http" and scope["method"] == "HEAD" and self.safe_by_get:
            return {**scope, "method": "GET", BODILESS: True}
        return scope


class LenientOperation(Operation):
    """A page or a platform's webhook: browsers' links and gateways bring parameters of others."""

    knows_its_query = False


class Delivery(LenientOperation):
    """A gateway's or platform's request: its door reads query and body itself, leniently."""

    caller_corrects = False


class DeliveryByGet(Delivery):
    """A gateway's GET that files a message. A HEAD must file nothing, so it is not allowed."""

    safe_by_get = False


_STORABLE: Final = (params.Depends(refuse_unstorable_input),)


class Router(APIRouter):
    """A router whose routes are operations that refuse what cannot be stored, unless they say what
    they depend on instead.

    The framework's ``include_router`` makes each route a second time, when the first request
    comes: twice the memory, half a second of processor time for a hundred operations, and a
    longer way for each request. So a router says all that its routes are when it is made, and
    whoever takes them over takes them as they are (``take_over``).
    """

    def __init__(
        self,
        *,
        route_class: type[Operation] = Operation,
        dependencies: Sequence[params.Depends] = _STORABLE,
        **options: Any,
    ) -> None:
        super().__init__(
            route_class=route_class,
            dependencies=dependencies,
            generate_unique_id_function=lambda route: route.name,
            **options,
        )


def take_over(taker: APIRouter, router: APIRouter) -> None:
    """``taker`` serves the operations of ``router`` too, after its own."""
    taker.routes.extend(router.routes)


def _refuse_beyond(limit: int, size: int) -> None:
    if size > limit:
        raise TooLarge(f"Send at most {limit} bytes.", field="body")


def _query_names(dependant: Dependant) -> Iterator[str]:
    """Names of parameters, as callers write them; a model stands for those of its fields."""
    for field in dependant.query_params:
        annotation = field.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from (each.alias or name for name, each in annotation.model_fields.items())
        else:
            yield field.alias
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def _refuse_foreign_query(request: Request, known: frozenset[str]) -> None:
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        # A name that does not look like one may be what a person wrote: it is not said again.
        named = name if _PLAIN_NAME.fullmatch(name) else "query"
        if name not in known:
            choice = f"Known are: {', '.join(sorted(known))}." if known else "None is known here."
            raise Malformed(f"Leave out what is no parameter. {choice}", field=named)
        if name in seen:
            raise Malformed("Send this parameter once.", field=named)
        seen.add(name)


async def _read_json(request: Request) -> None:
    """Reads the body for the framework, which takes what it finds read."""
    try:
        await request.json()
    except RecursionError:
        raise Malformed("The body is nested too deeply.", field="body") from None
    except ValueError:
        raise Malformed("The body is not valid JSON.", field="body") from None
