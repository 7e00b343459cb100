"""``/kotak/massal``: one act on the ticked rows of a page, with one result for each.

The first post asks to make sure, names the cases and takes the fields; the second sends. What did
not work stays ticked, with its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Response

from services.routing.console.act_pages import SURE, refused
from services.routing.console.acts import BY_VERB, Act, Filled, Kind, Lists, fill
from services.routing.console.calls import Answer, Away, refuse_ended
from services.routing.console.cases import reason_of
from services.routing.console.console import Console
from services.routing.console.filters import NAMES, read_filter
from services.routing.console.forms import KEY, Form, known_id
from services.routing.console.inbox import BULK, WORKERS, InboxPage
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from shared.errors import Malformed
from shared.http.operation import Router

_PARTS = 3


@dataclass(frozen=True, slots=True)
class Ticked:
    """A row as its box says it."""

    id: str
    version: int
    number: str

    @property
    def value(self) -> str:
        return f"{self.id}.{self.version}.{self.number}"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a bulk act. ``failed``: number and reason of each that did not work."""

    act: str
    good: int
    failed: Sequence[tuple[str, str]]


def create_router(console: Console) -> Router:
    router = console.router()
    worker = Annotated[OfficerVisit, Depends(console.officer(*WORKERS))]
    inbox = InboxPage(console)

    @router.post("/kotak/massal")
    async def bulk(visit: worker, form: Annotated[Form, Depends(console.posted)]) -> Response:
        return await _bulk(console, inbox, visit, form)

    return router


def ticked_rows(form: Form) -> list[Ticked]:
    """Raises Malformed for a box that we did not make."""
    rows = []
    for value in form.many("laporan"):
        parts = value.split(".")
        if len(parts) != _PARTS or not parts[1].isdecimal():
            raise Malformed("This box is none of ours.", field="laporan")
        rows.append(Ticked(known_id(parts[0]), int(parts[1]), parts[2]))
    return rows


async def _bulk(console: Console, inbox: InboxPage, visit: OfficerVisit, form: Form) -> Response:
    wanted = read_filter({name: form.text(name) for name in NAMES})
    rows, verb = ticked_rows(form), form.text("tindakan")
    if verb not in BULK:
        raise Malformed("This act is none of those.", field="tindakan")
    if not rows:
        problem = WORDS[visit.language].texts["bulk_none"]
        return await inbox.show(visit, wanted, 422, problem=problem)
    act = BY_VERB[verb]
    lists = Lists(console.units, console.tables.categories(visit.now))
    filled = fill(act, form.text, lists)
    if not form.text(SURE):
        return await _ask(console, visit, form, act, rows, Filled())
    if filled.problems:
        return await _ask(console, visit, form, act, rows, filled, 422)
    answer = await console.api.act(
        "routing",
        "/bulk",
        visit.officer,
        {
            "command": verb,
            "body": filled.body,
            "cases": [{"complaint_id": row.id, "version": row.version} for row in rows],
        },
        key=form.key,
    )
    if isinstance(answer, Away):
        return await _ask(console, visit, form, act, rows, filled, 503, alert="silence")
    refuse_ended(answer)
    if not answer.ok:
        # What is corrected is another request: under the first key it would be a contradiction.
        anew = Form({**form.fields, KEY: [console.new_key()]})
        why = refused(act, answer, visit)
        return await _ask(console, visit, anew, act, rows, why, answer.status)
    done = _done(act, rows, answer, visit)
    failed = {number for number, _ in done.failed}
    kept = tuple(row.id for row in rows if row.number in failed)
    return await inbox.show(visit, wanted, done=done, ticked=kept)


async def _ask(
    console: Console,
    visit: OfficerVisit,
    form: Form,
    act: Act,
    rows: Sequence[Ticked],
    filled: Filled,
    status: int = 200,
    alert: str = "",
) -> Response:
    kinds = {field.kind for field in act.fields}
    officers = (
        await console.api.get("routing", "/officers", visit.officer)
        if Kind.OFFICER in kinds
        else None
    )
    extra = officers.body if isinstance(officers, Answer) and officers.ok else []
    return console.pages.show(
        visit,
        "bulk.html",
        status,
        act=act,
        rows=rows,
        key=form.key,
        typed=form.text,
        carried={name: form.text(name) for name in NAMES if form.text(name)},
        problems=filled.problems,
        offered=filled.offered,
        extra=extra if isinstance(extra, list) else extra.get("officers", []),
        away=officers is not None and not (isinstance(officers, Answer) and officers.ok),
        alert=alert,
    )


def _done(act: Act, rows: Sequence[Ticked], answer: Answer, visit: OfficerVisit) -> Done:
    by_id: Mapping[str, Any] = {each["complaint_id"]: each for each in answer.body["results"]}
    failed = []
    for row in rows:
        result = by_id.get(row.id, {"status": 500})
        if result["status"] >= 300:
            failed.append((row.number, _why(result, visit)))
    return Done(act.verb, len(rows) - len(failed), failed)


def _why(result: Mapping[str, Any], visit: OfficerVisit) -> str:
    words = WORDS[visit.language]
    if result["status"] == 412:
        return words.texts["conflict_short"]
    return reason_of(result.get("problem") or {}, words) or words.texts["bulk_failed"]
