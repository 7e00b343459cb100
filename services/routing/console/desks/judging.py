"""The Biro's desk: what waits for a judgement, one case after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Query, Response

from services.routing.console.calls import Away, Called, together
from services.routing.console.case_pages import left_page
from services.routing.console.cases import instant
from services.routing.console.console import Console
from services.routing.console.desks.attempts import NOTHING, Attempt, Refusal, give
from services.routing.console.desks.flags import flags_of, papers_of
from services.routing.console.desks.queues import PAGE, Walk, fields_of_walk, in_queue, place_of
from services.routing.console.desks.showing import (
    SURE,
    body_of,
    confirm,
    facts,
    files,
    not_shown,
    show,
    status_of,
)
from services.routing.console.desks.words import WORDS as DESK_WORDS
from services.routing.console.forms import Form
from services.routing.console.media import accepted_flags
from services.routing.console.naming import Found, find_unit
from services.routing.console.rendering import see_other
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from shared.auth import Role
from shared.errors import NotFound
from shared.events.vocabulary import ReopenReason
from shared.http.operation import Router

ROOM: Final = "nilai"
Kind = Literal["rencana", "hasil", "lapangan", "ews", "keberatan"]
STATES: Final[Mapping[str, str]] = {
    "rencana": "planned",
    "hasil": "awaiting_validation",
    "lapangan": "verifying",
    "ews": "in_progress",
}
"""What of the tab "for my judgement" is shown; objections are a list of their own."""
Cursor = Annotated[str | None, Query(max_length=400)]
First = Annotated[int, Query(ge=1, le=10**6)]
FLAGS: Final = "tanda"
OBJECTIONS: Final = "keberatan"
REOPEN: Final = "buka-kembali"
REOPEN_REASONS: Final = tuple(reason.value for reason in ReopenReason)


@dataclass(frozen=True, slots=True)
class Judgement:
    """An act of a judge. ``verb``: last part of the command's address. ``reasoned``: the unit is
    told why."""

    verb: str
    reasoned: bool = False


JUDGEMENTS: Final[Mapping[str, Judgement]] = {
    "setujui-rencana": Judgement("plan/approve"),
    "kembalikan-rencana": Judgement("plan/return", reasoned=True),
    "setujui-tenggat": Judgement("extension/approve"),
    "pertahankan-tenggat": Judgement("extension/refuse", reasoned=True),
    "kerjakan-ulang": Judgement("follow-up/refuse", reasoned=True),
    "periksa": Judgement("verification"),
}
"""By the last part of the form's address; `_MORE` has the acts that say more."""


def create_router(console: Console) -> Router:
    router = console.router()
    judge = Annotated[OfficerVisit, Depends(console.officer(Role.BIRO, Role.UNIT_OFFICER))]
    posted = Annotated[Form, Depends(console.posted)]

    @router.get("/nilai")
    async def judging_queue(
        visit: judge, jenis: Kind = "hasil", hal: Cursor = None, mulai: First = 1
    ) -> Response:
        return await _queue_page(console, visit, Walk(jenis, hal, mulai))

    @router.get("/nilai/{complaint_id}")
    async def judged_case(
        visit: judge,
        complaint_id: UUID,
        jenis: Kind = "hasil",
        hal: Cursor = None,
        mulai: First = 1,
        lanjut: UUID | None = None,
        tercatat: Annotated[str | None, Query(pattern=r"^[a-z-]{1,30}$")] = None,
    ) -> Response:
        walk = Walk(jenis, hal, mulai, str(lanjut) if lanjut else None)
        return await _case_page(console, visit, str(complaint_id), walk, done=tercatat)

    @router.post("/nilai/{complaint_id}/{act}")
    async def judge_case(visit: judge, form: posted, complaint_id: UUID, act: str) -> Response:
        case, walk = str(complaint_id), _walk_of(form)
        attempt = _attempt(console, visit, case, act, form)
        if isinstance(attempt, Refusal):
            return await _case_page(console, visit, case, walk, refused=attempt)
        if act == REOPEN and form.text(SURE) != "ya":
            return confirm(console, visit, f"{ROOM}/{case}/{act}", "reopen", form)
        refused = await give(console, visit, form, attempt)
        if refused is not None:
            ticked = form.many(FLAGS)
            return await _case_page(console, visit, case, walk, refused=refused, ticked=ticked)
        onward = walk.address(ROOM, case, lanjut=walk.ahead, tercatat=act)
        return see_other(visit, onward)

    return router


# --- pages -----------------------------------------------------------------------------------


async def _queue_page(console: Console, visit: OfficerVisit, walk: Walk) -> Response:
    listed = await _listed(console, visit, walk)
    body = body_of(listed) or {"cases": [], "next_cursor": None}
    rows = facts(console, visit, body["cases"])
    ids, onward = [row.id for row in rows], body["next_cursor"]
    return show(
        console, visit, "judging.html", status_of(listed),
        kinds=(*STATES, OBJECTIONS), walk=walk, rows=rows, away=isinstance(listed, Away),
        total=body.get("total", len(rows)),
        addresses={each: in_queue(walk, ROOM, ids, each) for each in ids},
        onward=walk.page_behind(onward).address(ROOM) if onward else None,
    )  # fmt: skip


async def _listed(console: Console, visit: OfficerVisit, walk: Walk) -> Called:
    api, officer = console.api, visit.officer
    if walk.kind == OBJECTIONS:
        return await api.get("routing", "/unread", officer, cursor=walk.cursor, limit=PAGE)
    state = STATES[walk.kind]
    return await api.get(
        "routing", "/inbox", officer, tab="judgement", state=state, cursor=walk.cursor, limit=PAGE
    )


async def _case_page(
    console: Console,
    visit: OfficerVisit,
    case: str,
    walk: Walk,
    *,
    refused: Refusal | None = None,
    done: str | None = None,
    ticked: Sequence[str] = (),
) -> Response:
    """The case with what was filed beside it. ``refused``: the act that comes back with its words;
    ``done``: the one that was recorded. ``ticked``: flags that were accepted."""
    read, listed = await together(
        console.api.get("routing", f"/cases/{case}", visit.officer), _listed(console, visit, walk)
    )
    body = body_of(read)
    if body is None and refused is None:
        if done and not isinstance(read, Away) and read.status == 404:
            said = DESK_WORDS[visit.language].get(f"done_{done}", done)
            return left_page(console, visit, said, walk.address(ROOM), "nav_judge")
        return not_shown(console, visit, read)
    rows = facts(console, visit, [body] if body else [])
    return show(
        console, visit, "judged.html", refused.status if refused else 200,
        case=body, row=next(iter(rows), None),
        flags=flags_of(body) if body else (), files=files(console, visit, body),
        papers=papers_of(body["under_judgement"] or {}) if body else (),
        plan=_last(body, "PlanSubmitted"),
        fields=fields_of_walk(walk), place=place_of(case, walk, body_of(listed), ROOM),
        walk=walk, refused=refused or NOTHING, done=done, key=console.new_key(),
        reasons=REOPEN_REASONS, moment=instant, case_id=case,
        ticked=ticked,
    )  # fmt: skip


def _last(case: Mapping[str, Any] | None, event: str) -> Mapping[str, Any] | None:
    """The last step of its kind."""
    steps = reversed(case["history"]) if case else ()
    return next((step for step in steps if step["event"] == event), None)


# --- acts ------------------------------------------------------------------------------------


def _attempt(
    console: Console, visit: OfficerVisit, case: str, act: str, form: Form
) -> Attempt | Refusal:
    """What a form asks for. Raises NotFound for an act that there is not."""
    address = f"/cases/{case}"
    if act in JUDGEMENTS:
        judgement = JUDGEMENTS[act]
        body = {"reason": form.text("alasan").strip()} if judgement.reasoned else None
        return Attempt(f"{address}/{judgement.verb}", body, act, fields={"reason": "alasan"})
    if act not in _MORE:
        raise NotFound("There is no such act.")
    return _MORE[act](console, visit, case, form)


def _accepting(_: Console, __: OfficerVisit, case: str, form: Form) -> Attempt:
    """Each flag that was ticked is accepted, and no other: the service says which are missing."""
    said = {"accepted_flags": accepted_flags(form.many(FLAGS))}
    return Attempt(f"/cases/{case}/validation", said, "selesai", fields={"accepted_flags": FLAGS})


def _noting(_: Console, __: OfficerVisit, case: str, form: Form) -> Attempt:
    said = {"text": form.text("catatan").strip()}
    return Attempt(f"/cases/{case}/notes", said, "catatan", fields={"text": "catatan"})


def _looking(_: Console, __: OfficerVisit, case: str, form: Form) -> Attempt:
    said = {"refs": list(form.many("ref")), "note": form.text("catatan").strip() or None}
    return Attempt(f"/unread/{case}/look", said, "sudah-dibaca", fields={"note": "catatan"})


def _reopening(console: Console, visit: OfficerVisit, case: str, form: Form) -> Attempt | Refusal:
    typed = form.text("unit").strip()
    found = find_unit(console.units, typed) if typed else Found()
    if typed and found.unit is None:
        text = WORDS[visit.language].texts["unit_choose" if found.choices else "unit_unknown"]
        return Refusal(422, text, REOPEN, "unit", form.words(), found.choices)
    body = {
        "reason": form.text("alasan"),
        "note": form.text("catatan").strip() or None,
        "to_unit": found.unit.id if found.unit else None,
    }
    fields = {"reason": "alasan", "note": "catatan", "to_unit": "unit"}
    return Attempt(f"/cases/{case}/reopen", body, REOPEN, fields=fields)


_MORE: Final[Mapping[str, Callable[[Console, OfficerVisit, str, Form], Attempt | Refusal]]] = {
    "selesai": _accepting,
    "catatan": _noting,
    "sudah-dibaca": _looking,
    REOPEN: _reopening,
}
ACTS: Final = (*JUDGEMENTS, *_MORE)
"""All that a form of this desk may ask for, by the last part of its address."""


def _walk_of(form: Form) -> Walk:
    """Of the form's own fields; what nobody wrote leads to the first page."""
    kind, first = form.text("jenis"), form.text("mulai")
    return Walk(
        kind if kind in (*STATES, OBJECTIONS) else "hasil",
        form.text("hal") or None,
        int(first) if first.isascii() and first.isdigit() and len(first) < 7 else 1,
        form.text("lanjut") or None,
    )
