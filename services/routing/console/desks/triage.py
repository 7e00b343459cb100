"""The triage desk: reports that no rule could place, and what was written to the Governor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Response

from services.routing.console.calls import Away, Called, together
from services.routing.console.cases import instant
from services.routing.console.console import Console
from services.routing.console.desks.attempts import NOTHING, Attempt, Refusal, give
from services.routing.console.desks.queues import PAGE, Walk
from services.routing.console.desks.showing import (
    SURE,
    body_of,
    category_names,
    confirm,
    facts,
    files,
    not_shown,
    show,
    status_of,
)
from services.routing.console.explaining import explanation_of
from services.routing.console.filters import AREA
from services.routing.console.forms import Form
from services.routing.console.naming import Found, find_unit
from services.routing.console.rendering import see_other
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from shared.auth import Role
from shared.errors import NotFound
from shared.events.vocabulary import Channel, RejectionReason, UnitKind
from shared.http.operation import Router

ROOM: Final = "triase"
GOVERNOR: Final = "triase/gubernur"
REASONS: Final = tuple(
    reason.value for reason in RejectionReason if reason is not RejectionReason.INCOMPLETE
)
"""Of a rejection at the desk; for silence a question must have been asked."""
PLACE_LENGTH: Final = 120
ASSIGN, ASK, REJECT = "tetapkan", "tanya", "tolak"

Cursor = Annotated[str | None, Query(max_length=400)]
First = Annotated[int, Query(ge=1, le=10**6)]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the form says, as far as it can be understood. ``wrong``: the field that cannot."""

    body: Mapping[str, Any]
    wrong: str = ""
    found: Found = field(default_factory=Found)


def create_router(console: Console) -> Router:
    router = console.router()
    _add_queues(router, console)
    _add_case(router, console)
    return router


def _add_queues(router: Router, console: Console) -> None:
    reader = Annotated[OfficerVisit, Depends(console.officer(Role.TRIAGE_OFFICER, Role.BIRO))]
    desk = Annotated[OfficerVisit, Depends(console.officer(Role.TRIAGE_OFFICER))]

    @router.get("/triase")
    async def triage_queue(visit: reader, hal: Cursor = None, mulai: First = 1) -> Response:
        listed = await console.api.get("routing", "/triage", visit.officer, cursor=hal, limit=PAGE)
        return await _queue_page(console, visit, "triage.html", listed, Walk("", hal, mulai), ROOM)

    @router.get("/triase/gubernur")
    async def governors_posts(visit: desk, hal: Cursor = None, mulai: First = 1) -> Response:
        """The same desk by channel: what was written to the Governor is a report from the first
        moment, and nobody but this desk has it yet."""
        listed = await console.api.get(
            "routing", "/inbox", visit.officer,
            channel=Channel.GUBERNUR.value, cursor=hal, limit=PAGE,
        )  # fmt: skip
        walk = Walk("", hal, mulai)
        return await _queue_page(console, visit, "governor.html", listed, walk, GOVERNOR)


async def _queue_page(
    console: Console, visit: OfficerVisit, template: str, listed: Called, walk: Walk, room: str
) -> Response:
    body = body_of(listed) or {"cases": [], "next_cursor": None}
    rows = facts(console, visit, body["cases"])
    onward = body["next_cursor"]
    return show(
        console, visit, template, status_of(listed),
        rows=rows, total=body.get("total", len(rows)), away=isinstance(listed, Away),
        onward=walk.page_behind(onward).address(room) if onward else None,
        governor=room == GOVERNOR, walk=walk,
    )  # fmt: skip


def _add_case(router: Router, console: Console) -> None:
    reader = Annotated[OfficerVisit, Depends(console.officer(Role.TRIAGE_OFFICER, Role.BIRO))]
    posted = Annotated[Form, Depends(console.posted)]

    @router.get("/triase/{complaint_id}")
    async def triaged_case(
        visit: reader,
        complaint_id: UUID,
        tempat: Annotated[str, Query(pattern=f"^{AREA}$")] = "",
        tercatat: Annotated[str | None, Query(pattern=r"^[a-z-]{1,30}$")] = None,
    ) -> Response:
        """``tempat``: a kelurahan by its code; suggestions are made for it."""
        return await _case_page(console, visit, str(complaint_id), tempat, done=tercatat)

    @router.post("/triase/{complaint_id}/tempat")
    async def place_right(visit: reader, form: posted, complaint_id: UUID) -> Response:
        """Posted, because an officer may type a citizen's address as the place."""
        case, typed = str(complaint_id), form.text("tempat").strip()[:PLACE_LENGTH]
        found = find_unit(console.units, typed, UnitKind.KELURAHAN) if typed else Found()
        if typed and found.unit is None:
            return await _case_page(console, visit, case, typed)
        chosen = f"?tempat={found.unit.id}" if found.unit else ""
        return see_other(visit, f"{ROOM}/{case}{chosen}")

    @router.post("/triase/{complaint_id}/{act}")
    async def act_at_triage(visit: reader, form: posted, complaint_id: UUID, act: str) -> Response:
        case = str(complaint_id)
        attempt = _attempt(console, visit, case, act, form)
        if isinstance(attempt, Refusal):
            return await _case_page(console, visit, case, form.text("tempat"), refused=attempt)
        if act == REJECT and form.text(SURE) != "ya":
            return confirm(console, visit, f"{ROOM}/{case}/{act}", "reject", form)
        refused = await give(console, visit, form, attempt)
        if refused is not None:
            return await _case_page(console, visit, case, form.text("tempat"), refused=refused)
        # The desk does not see what it has placed: there is nothing to stay at.
        onward = f"{ROOM}/{case}?tercatat={act}" if act == ASK else f"{ROOM}/selesai/{act}"
        return see_other(visit, onward)

    @router.get("/triase/selesai/{act}")
    async def placed(visit: reader, act: str) -> Response:
        """Of a case that has left the desk: it is another unit's now, or closed."""
        if act not in (ASSIGN, REJECT):
            raise NotFound("There is no such act.")
        return show(console, visit, "placed.html", act=act)


async def _case_page(
    console: Console,
    visit: OfficerVisit,
    case: str,
    typed: str,
    *,
    refused: Refusal | None = None,
    done: str | None = None,
) -> Response:
    place = find_unit(console.units, typed, UnitKind.KELURAHAN) if typed.strip() else Found()
    kelurahan = place.unit.id if place.unit else None
    read, suggested = await together(
        console.api.get("routing", f"/cases/{case}", visit.officer),
        console.api.get(
            "routing", f"/cases/{case}/suggestions", visit.officer, kelurahan=kelurahan
        ),
    )
    body = body_of(read)
    if isinstance(read, Away) and refused is None and typed:
        # What was typed as a place is not lost with the page that it was typed into.
        refused = Refusal(503, "", typed={"tempat": typed})
    if body is None and refused is None:
        return not_shown(console, visit, read)
    names = category_names(console, visit)
    tables = console.tables.categories(visit.now)
    why = explanation_of(body, WORDS[visit.language], tables) if body else None
    rows = facts(console, visit, [body] if body else [])
    return show(
        console, visit, "triaged.html", refused.status if refused else 200,
        case=body, row=next(iter(rows), None), case_id=case, files=files(console, visit, body),
        suggested=body_of(suggested), categories=names, typed=typed, place=place,
        refused=refused or NOTHING, done=done, key=console.new_key(), reasons=REASONS,
        moment=instant, why=why,
    )  # fmt: skip


def _attempt(
    console: Console, visit: OfficerVisit, case: str, act: str, form: Form
) -> Attempt | Refusal:
    """What a form asks for. Raises NotFound for an act that there is not."""
    if act not in ACTS:
        raise NotFound("There is no such act.")
    return ACTS[act](console, visit, f"/cases/{case}", form)


def _asking(_: Console, __: OfficerVisit, address: str, form: Form) -> Attempt:
    said = {"question": form.text("pertanyaan").strip()}
    return Attempt(f"{address}/question", said, ASK, fields={"question": "pertanyaan"})


def _rejecting(_: Console, __: OfficerVisit, address: str, form: Form) -> Attempt:
    said = {"reason": form.text("alasan"), "note": form.text("catatan").strip() or None}
    fields = {"reason": "alasan", "note": "catatan"}
    return Attempt(f"{address}/reject", said, REJECT, fields=fields)


def _assigning(
    console: Console, visit: OfficerVisit, address: str, form: Form
) -> Attempt | Refusal:
    found = assignment(console, form)
    texts = WORDS[visit.language].texts
    if found.wrong:
        text = texts["unit_choose" if found.found.choices else "unit_unknown"]
        return Refusal(422, text, ASSIGN, found.wrong, form.words(), found.found.choices)
    fields = {"unit": "unit", "category": "kategori", "kelurahan": "tempat"}
    return Attempt(f"{address}/assign", found.body, ASSIGN, fields=fields)


ACTS: Final[Mapping[str, Callable[[Console, OfficerVisit, str, Form], Attempt | Refusal]]] = {
    ASSIGN: _assigning,
    ASK: _asking,
    REJECT: _rejecting,
}
"""All that a form of this desk may ask for, by the last part of its address."""


def assignment(console: Console, form: Form) -> Assignment:
    """The unit and category of the suggestion that was pressed, or by hand; and the place."""
    chosen, typed = form.text("saran"), form.text("tempat").strip()
    place = find_unit(console.units, typed, UnitKind.KELURAHAN) if typed else Found()
    if typed and place.unit is None:
        return Assignment({}, "tempat", place)
    kelurahan = {"kelurahan": place.unit.id} if place.unit else {}
    if chosen:
        unit, _, category = chosen.partition(" ")
        return Assignment({"unit": unit, "category": category, **kelurahan})
    named = find_unit(console.units, form.text("unit"))
    if named.unit is None:
        return Assignment({}, "unit", named)
    return Assignment({"unit": named.unit.id, "category": form.text("kategori"), **kelurahan})
