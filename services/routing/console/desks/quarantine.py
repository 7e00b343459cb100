"""Events and rows that a service has set aside, with the ways out for each."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Path, Query, Response

from services.routing.console.calls import refuse_ended, together
from services.routing.console.cases import instant
from services.routing.console.console import Console
from services.routing.console.desks.attempts import NOTHING, Attempt, Refusal, give
from services.routing.console.desks.managing import READERS, SECTIONS
from services.routing.console.desks.showing import body_of, not_shown, show
from services.routing.console.forms import Form
from services.routing.console.rendering import see_other
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from shared.auth import Role
from shared.errors import NotFound
from shared.http.operation import Router

Part = Literal["intake", "vault", "routing", "sla", "notify", "tracking"]
PARTS: Final[tuple[Part, ...]] = ("routing", "sla", "notify", "tracking", "intake", "vault")
ROOM: Final = "kelola/tertunda"
PARKED, ASIDE = "/internal/v1/parked", "/internal/v1/set-aside"
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Done = Annotated[str | None, Query(pattern=r"^[a-z-]{1,30}$")]
NOTE: Final = {"note": "catatan", "body": "isi"}


def create_router(console: Console) -> Router:
    router = console.router()
    _add_pages(router, console)
    _add_acts(router, console)
    return router


def _add_pages(router: Router, console: Console) -> None:
    reader = Annotated[OfficerVisit, Depends(console.officer(*READERS))]

    @router.get("/kelola/tertunda")
    async def set_aside(visit: reader, bagian: Part = "routing", tercatat: Done = None) -> Response:
        return await _list_page(console, visit, bagian, done=tercatat)

    @router.get("/kelola/tertunda/jumlah")
    async def set_aside_count(visit: reader, bagian: Part) -> Response:
        """A fragment: how much a part has set aside. Without a script its page says the same."""
        parked, rows = await _read(console, visit, bagian)
        told = None if parked is None or rows is None else len(parked) + len(rows)
        return show(console, visit, "aside_count.html", count=told)

    @router.get("/kelola/tertunda/{bagian}/{parked_id}")
    async def parked_event(
        visit: reader, bagian: Part, parked_id: RowId, tercatat: Done = None
    ) -> Response:
        return await _event_page(console, visit, bagian, parked_id, done=tercatat)


def _add_acts(router: Router, console: Console) -> None:
    admin = Annotated[OfficerVisit, Depends(console.officer(Role.ADMIN))]
    posted = Annotated[Form, Depends(console.posted)]

    @router.post("/kelola/tertunda/{bagian}/baris/{aside_id}/lepaskan")
    async def release_row(visit: admin, form: posted, bagian: Part, aside_id: RowId) -> Response:
        attempt = Attempt(f"{ASIDE}/{aside_id}/release", None, f"baris-{aside_id}", part=bagian)
        refused = await give(console, visit, form, attempt)
        if refused is not None:
            return await _list_page(console, visit, bagian, refused=refused)
        return see_other(visit, f"{ROOM}?bagian={bagian}&tercatat=lepaskan")

    @router.post("/kelola/tertunda/{bagian}/{parked_id}/{act}")
    async def act_on_event(
        visit: admin, form: posted, bagian: Part, parked_id: RowId, act: str
    ) -> Response:
        attempt = _attempt(visit, bagian, parked_id, act, form)
        if isinstance(attempt, Refusal):
            return await _event_page(console, visit, bagian, parked_id, refused=attempt)
        refused = await give(console, visit, form, attempt)
        if refused is not None:
            return await _event_page(console, visit, bagian, parked_id, refused=refused)
        return see_other(visit, f"{ROOM}/{bagian}/{parked_id}?tercatat={act}")


async def _read(
    console: Console, visit: OfficerVisit, part: Part
) -> tuple[list[Any] | None, list[Any] | None]:
    """Events and rows; None for what cannot be read now."""
    parked, rows = await together(
        console.api.get(part, PARKED, visit.officer), console.api.get(part, ASIDE, visit.officer)
    )
    refuse_ended(parked)
    events, aside = body_of(parked), body_of(rows)
    return (
        None if events is None else events["parked"],
        None if aside is None else aside["rows"],
    )


async def _list_page(
    console: Console,
    visit: OfficerVisit,
    part: Part,
    *,
    refused: Refusal = NOTHING,
    done: str | None = None,
) -> Response:
    parked, rows = await _read(console, visit, part)
    return show(
        console, visit, "set_aside.html", refused.status, sections=SECTIONS, parts=PARTS,
        part=part, parked=parked, rows=rows, refused=refused, done=done, moment=instant,
        may_act=visit.may(Role.ADMIN), key=console.new_key(),
    )  # fmt: skip


async def _event_page(
    console: Console,
    visit: OfficerVisit,
    part: Part,
    parked_id: int,
    *,
    refused: Refusal = NOTHING,
    done: str | None = None,
) -> Response:
    called = await console.api.get(part, f"{PARKED}/{parked_id}/record", visit.officer)
    event = body_of(called)
    if event is None and not refused.text:
        return not_shown(console, visit, called)
    return show(
        console, visit, "parked.html", refused.status, part=part, event=event, done=done,
        sections=SECTIONS, refused=refused, moment=instant, may_act=visit.may(Role.ADMIN),
        parked_id=parked_id, key=console.new_key(),
    )  # fmt: skip


def _attempt(
    visit: OfficerVisit, part: Part, parked_id: int, act: str, form: Form
) -> Attempt | Refusal:
    """What a form asks for. Raises NotFound for an act that there is not."""
    if act not in ACTS:
        raise NotFound("There is no such act.")
    return ACTS[act](visit, part, f"{PARKED}/{parked_id}", form)


def _replay(_: OfficerVisit, part: Part, event: str, __: Form) -> Attempt:
    return Attempt(f"{event}/replay", None, "terapkan", part)


def _edit(visit: OfficerVisit, part: Part, event: str, form: Form) -> Attempt | Refusal:
    try:
        body = json.loads(form.text("isi"))
    except (ValueError, RecursionError):
        text = WORDS[visit.language].texts["error_415"]
        return Refusal(422, text, "perbaiki", "isi", form.words())
    return Attempt(f"{event}/edit", {**_why(form), "body": body}, "perbaiki", part, NOTE)


def _discard(_: OfficerVisit, part: Part, event: str, form: Form) -> Attempt:
    return Attempt(f"{event}/discard", _why(form), "buang", part, NOTE)


def _confirm(_: OfficerVisit, part: Part, __: str, form: Form) -> Attempt:
    return Attempt(f"{_discard_of(form)}/confirm", _why(form), "setujui", part, NOTE)


def _withdraw(_: OfficerVisit, part: Part, __: str, form: Form) -> Attempt:
    return Attempt(f"{_discard_of(form)}/withdraw", _why(form), "batalkan", part, NOTE)


ACTS: Final[Mapping[str, Callable[[OfficerVisit, Part, str, Form], Attempt | Refusal]]] = {
    "terapkan": _replay,
    "perbaiki": _edit,
    "buang": _discard,
    "setujui": _confirm,
    "batalkan": _withdraw,
}
"""All that a form may ask for an event, by the last part of its address."""


def _why(form: Form) -> dict[str, Any]:
    return {"note": form.text("catatan").strip()}


def _discard_of(form: Form) -> str:
    """Of a hidden field: nothing else than an id may become a part of an address."""
    try:
        return f"/internal/v1/discards/{UUID(form.text('permintaan'))}"
    except ValueError:
        raise NotFound("There is no such request.") from None
