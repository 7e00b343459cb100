"""``/laporan/{id}``: a case with all that is told of it, and its smaller pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from services.routing.console.acts import ACTS, BY_SLUG, Act, opened
from services.routing.console.beside import kin_of
from services.routing.console.calls import Answer, Away, Called, refuse_ended, together
from services.routing.console.cases import (
    facts_of,
    instant,
    message_of,
    note_of,
    reason_of,
    step_of,
)
from services.routing.console.console import Console
from services.routing.console.explaining import explanation_of
from services.routing.console.filed import sheet_of
from services.routing.console.filters import TABS
from services.routing.console.inbox import WORKERS
from services.routing.console.media import files_of, locks_opened_by, opened_line
from services.routing.console.refusals import error_page
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from services.routing.console.words.words import Words
from shared.auth import Role
from shared.http.operation import Router
from shared.reviewing import REOPENABLE

READERS: Final = (*WORKERS, Role.ADMIN, Role.AUDITOR)
From = Annotated[str, Query(max_length=2500)]
"""Where the officer found the case: the inbox's query."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A closed act: its name and why."""

    act: str
    reason: str


def create_router(console: Console) -> Router:
    router = console.router()
    reader = Annotated[OfficerVisit, Depends(console.officer(*READERS))]
    page = CasePage(console)

    @router.get("/laporan/{complaint_id}")
    async def case(
        request: Request, visit: reader, complaint_id: UUID, dari: From = "", tercatat: str = ""
    ) -> Response:
        return await page.show(request, visit, complaint_id, dari, BY_SLUG.get(tercatat))

    @router.get("/laporan/{complaint_id}/riwayat")
    async def history(
        request: Request, visit: reader, complaint_id: UUID, dari: From = ""
    ) -> Response:
        return await page.part(request, visit, complaint_id, dari, "history.html")

    @router.get("/laporan/{complaint_id}/cetak")
    async def print_case(
        request: Request, visit: reader, complaint_id: UUID, catatan: str = ""
    ) -> Response:
        return await page.print(request, visit, complaint_id, with_notes=bool(catatan))

    @router.get("/laporan/{complaint_id}/sekitar")
    async def neighbours(
        request: Request, visit: reader, complaint_id: UUID, dari: From = ""
    ) -> Response:
        return await page.neighbours(request, visit, complaint_id, dari)

    @router.get("/laporan/{complaint_id}/berkas")
    async def case_file(request: Request, visit: reader, complaint_id: UUID) -> Response:
        return await page.file(request, visit, complaint_id)

    return router


class CasePage:
    """A case as a page."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def show(
        self, request: Request, visit: OfficerVisit, case_id: UUID, back: str, done: Act | None
    ) -> Response:
        officer, api = visit.officer, self._console.api
        case, deliveries = await together(
            api.get("routing", f"/cases/{case_id}", officer),
            api.get("notify", "/deliveries", officer, complaint_id=str(case_id)),
        )
        words = WORDS[visit.language]
        messages = messages_of(deliveries, words)
        refuse_ended(case)
        if isinstance(case, Away):
            return self._console.pages.show(
                visit, "case_away.html", 503, messages=messages, back=_back(back), case_id=case_id
            )
        if done and case.status == 404:
            return left_page(self._console, visit, words.act(done.verb), _back(back), "inbox")
        if not case.ok:
            return error_page(self._console, request, case.status, case.said("detail") or "")
        values = self.values(visit, case.body, back)
        return self._console.pages.show(
            visit, "case.html", **values, messages=messages, done=done,
            key=self._console.new_key(),
        )  # fmt: skip

    def values(self, visit: OfficerVisit, body: Mapping[str, Any], back: str) -> dict[str, Any]:
        """What all pages of a case know of it."""
        words = WORDS[visit.language]
        categories = self._console.tables.categories(visit.now)
        facts = facts_of(body, words, categories, visit.now)
        worker = visit.officer.role in WORKERS
        holds = body["unit_id"] == visit.officer.unit
        acts = opened(
            facts.allowed, is_worker=worker, holds=holds,
            must_look=_must_look(visit, body),
        )  # fmt: skip
        under = body.get("under_judgement")
        locks = locks_opened_by(visit.officer, self._console.units)
        masked = any(each.get("masked") for each in body.get("contents", ()))
        return {
            "case": facts,
            "body": body,
            "contents": body.get("contents", ()),
            "files": files_of(body, words, locks),
            "text_masked": masked,
            "opens_text": masked and "private_report" in locks,
            "text_opened": [opened_line(each, words) for each in body.get("text_opened", ())],
            "acts": acts,
            "likeliest": next((act for act in acts if not act.always), None),
            "refusals": refusals_of(body.get("not_allowed", ()), words),
            "steps": [step_of(each, words) for each in body.get("history", ())],
            "notes": [note_of(each, words) for each in body.get("notes", ())],
            "under_judgement": step_of(under, words) if under else None,
            "watchers": _watchers(body.get("watchers", ())),
            "watching": visit.officer.unit in _watching(body.get("watchers", ())),
            "extension": _instant(words, body.get("extension_until")),
            "objection": _instant(words, body.get("objection_until")),
            "about": self._unit_name(body.get("about_unit")),
            "why": explanation_of(body, words, categories),
            "point": next((c for c in body.get("contents", ()) if c.get("latitude")), None),
            "area": self._console.areas.find(body.get("kelurahan_code")),
            "back": _back(back),
            "from_query": back,
        }

    def _unit_name(self, unit_id: str | None) -> str | None:
        unit = self._console.units.find(unit_id) if unit_id else None
        return unit.name if unit else None

    async def part(
        self,
        request: Request,
        visit: OfficerVisit,
        case_id: UUID,
        back: str,
        template: str,
        **said: Any,
    ) -> Response:
        """A smaller page of the case, made of the same answer."""
        case = await self._console.api.get("routing", f"/cases/{case_id}", visit.officer)
        if isinstance(case, Away) or not case.ok:
            return refused_page(self._console, request, case)
        values = self.values(visit, case.body, back)
        return self._console.pages.show(visit, template, **values, **said)

    async def neighbours(
        self, request: Request, visit: OfficerVisit, case_id: UUID, back: str
    ) -> Response:
        """A whole page, or the list alone for a page that is open already."""
        found = await self._console.api.get(
            "routing", f"/cases/{case_id}/neighbours", visit.officer
        )
        if isinstance(found, Away) or not found.ok:
            return refused_page(self._console, request, found)
        words = WORDS[visit.language]
        categories = self._console.tables.categories(visit.now)
        kin = kin_of(found.body, words, categories)
        fragment = bool(request.headers.get("hx-request"))
        template = "neighbour_list.html" if fragment else "neighbours.html"
        return self._console.pages.show(
            visit, template, kin=kin, case_id=case_id, back=_back(back), from_query=back
        )

    async def print(
        self, request: Request, visit: OfficerVisit, case_id: UUID, *, with_notes: bool
    ) -> Response:
        """The signed case file on paper. It is asked for as the file is, so that routing records
        the opening alike. Without the notes that were wished for nothing is printed: the paper
        would look like that of a case that has none."""
        officer, api = visit.officer, self._console.api
        calls = [api.get("routing", f"/cases/{case_id}/file", officer)]
        if with_notes:
            calls.append(api.get("routing", f"/cases/{case_id}/notes", officer))
        found = await together(*calls)
        for answer in found:
            if isinstance(answer, Away) or not answer.ok:
                return refused_page(self._console, request, answer)
        file, *more = (answer.body for answer in found if isinstance(answer, Answer))
        words = WORDS[visit.language]
        return self._console.pages.show(
            visit, "print.html",
            sheet=sheet_of(file, words, self._console.tables.categories(visit.now)),
            notes=[note_of(each, words) for body in more for each in body["notes"]],
            with_notes=with_notes, case_id=case_id, exporter=_exporter(visit, words),
        )  # fmt: skip

    async def file(self, request: Request, visit: OfficerVisit, case_id: UUID) -> Response:
        """The signed case file, as routing gives it."""
        found = await self._console.api.get("routing", f"/cases/{case_id}/file", visit.officer)
        if isinstance(found, Away) or not found.ok:
            return refused_page(self._console, request, found)
        return self._console.pages.download(found.body, f"laporan-{case_id}.json")


def _must_look(visit: OfficerVisit, body: Mapping[str, Any]) -> bool:
    """Whether it is for the officer's unit to look at what the reporter wrote since: of a closed
    case that may be reopened for its judge, else for the holder."""
    if not body.get("unread"):
        return False
    if body["state"] in REOPENABLE:
        return visit.officer.role is Role.BIRO or "reopen" in body.get("allowed", ())
    return bool(body["unit_id"] == visit.officer.unit)


def left_page(console: Console, visit: OfficerVisit, done: str, onward: str, room: str) -> Response:
    """Of a case that the officer's unit does not see any more after the act ``done``: the act was
    taken, and "not found" would say the contrary. ``room``: the text for ``onward``."""
    return console.pages.show(visit, "left.html", done=done, onward=onward, room=room)


def refused_page(console: Console, request: Request, answer: Called) -> Response:
    """What a service that refuses, or does not answer, is shown as.
    Raises SignInNeeded."""
    refuse_ended(answer)
    if isinstance(answer, Away):
        return error_page(console, request, 503, part=answer.part)
    return error_page(console, request, answer.status, answer.said("detail") or "")


def messages_of(answer: Called, words: Words) -> list[Any] | None:
    """None while they cannot be read."""
    if not isinstance(answer, Answer) or not answer.ok:
        return None
    return [message_of(each, words) for each in answer.body.get("deliveries", ())]


def refusals_of(found: Sequence[Mapping[str, Any]], words: Words) -> list[Refusal]:
    """Closed acts in the order of the open ones, in the reader's language."""
    by_verb = {each["command"]: each for each in found}
    return [
        Refusal(words.act(act.verb), reason_of(by_verb[act.verb], words))
        for act in ACTS
        if act.verb in by_verb
    ]


def _exporter(visit: OfficerVisit, words: Words) -> str:
    who = visit.officer
    return f"{who.name} ({words.roles[who.role]}, {who.unit_name})"


def _back(query: str) -> str:
    """The inbox, at the row where the officer left it; whatever else is written leads there too."""
    plain = all(ord(each) > 32 and each not in "\"'<>#\\" for each in query)
    known = query.startswith("tab=") and query[4:].partition("&")[0] in TABS
    return f"kotak?{query}" if plain and known else "kotak"


def _instant(words: Words, text: Any) -> str | None:
    at = instant(text)
    return words.instant(at) if at else None


def _watching(watchers: Sequence[Any]) -> set[str]:
    return {each["unit_id"] if isinstance(each, Mapping) else str(each) for each in watchers}


def _watchers(watchers: Sequence[Any]) -> list[str]:
    return [
        each.get("unit_name") or each["unit_id"] if isinstance(each, Mapping) else str(each)
        for each in watchers
    ]
