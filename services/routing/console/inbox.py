"""``/kotak``: what waits for the officer's unit, what is due first on top."""

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Response

from services.routing.console.calls import Answer, Away, refuse_ended, together
from services.routing.console.cases import facts_of, reason_of
from services.routing.console.console import Console
from services.routing.console.filters import (
    DUE,
    HOLDERS,
    NAMES,
    ROWS,
    TABS,
    InboxFilter,
    is_area,
    read_filter,
)
from services.routing.console.forms import Form, known_id
from services.routing.console.rendering import see_other
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from shared.auth import Role
from shared.events.vocabulary import CaseState, UnitKind
from shared.http.operation import Router
from shared.web.labels import CHANNEL_NAMES, channel_name

WORKERS: Final = (Role.UNIT_OFFICER, Role.TRIAGE_OFFICER, Role.BIRO)
BULK: Final = ("accept", "assignee", "delegate", "coordinate")
_OF_PLACES: Final = (UnitKind.KELURAHAN, UnitKind.KECAMATAN)


def create_router(console: Console) -> Router:
    router = console.router()
    worker = Annotated[OfficerVisit, Depends(console.officer(*WORKERS))]
    page = InboxPage(console)

    @router.get("/kotak")
    async def inbox(visit: worker, asked: Annotated[InboxFilter, Depends()]) -> Response:
        return await page.show(visit, read_filter(asdict(asked)))

    @router.post("/kotak/saring")
    async def narrow(visit: worker, form: Annotated[Form, Depends(console.posted)]) -> Response:
        """Posted, because an officer may type a citizen's address as the area."""
        return await page.narrow(visit, form)

    @router.get("/kotak/jumlah")
    async def counts(visit: worker, tab: str = "baru") -> Response:
        """The tabs alone, for a page whose numbers have become old."""
        return await page.tabs(visit, read_filter({"tab": tab}))

    @router.post("/kotak/tampilan")
    async def save_view(visit: worker, form: Annotated[Form, Depends(console.posted)]) -> Response:
        return await page.save_view(visit, form)

    @router.post("/kotak/tampilan/hapus")
    async def delete_view(
        visit: worker, form: Annotated[Form, Depends(console.posted)]
    ) -> Response:
        return await page.delete_view(visit, form)

    return router


def _filter_of(form: Form) -> InboxFilter:
    """The filter that a form carries along."""
    return read_filter({name: form.text(name) for name in NAMES})


class InboxPage:
    """The list, its tabs, filters and saved views."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def narrow(self, visit: OfficerVisit, form: Form) -> Response:
        typed = form.text("wilayah").strip()
        area = self._code_of(typed) if typed else ""
        given = {name: form.text(name) for name in NAMES}
        wanted = read_filter({**given, "wilayah": area or "", "hal": ""})
        if area is None:
            problem = WORDS[visit.language].texts["area_unknown"]
            return await self.show(visit, wanted, 422, problem=problem, typed_area=typed)
        return see_other(visit, wanted.address())

    def _code_of(self, typed: str) -> str | None:
        """Of a kelurahan or kecamatan by its name, or the code itself; None: no area has it."""
        if is_area(typed):
            return typed
        named = (self._console.units.by_name(kind, typed) for kind in _OF_PLACES)
        return next((unit.area[0] for unit in named if unit is not None and unit.area), None)

    async def show(
        self, visit: OfficerVisit, wanted: InboxFilter, status: int = 200, **said: Any
    ) -> Response:
        """``said``: what a form has to say besides."""
        api, officer = self._console.api, visit.officer
        categories = self._console.tables.categories(visit.now)
        inbox, views = await together(
            api.get("routing", "/inbox", officer, cursor=wanted.hal, limit=ROWS, **wanted.asked()),
            api.get("routing", "/views", officer),
        )
        if isinstance(inbox, Answer) and inbox.status == 422 and wanted != wanted.cleared():
            # A page that routing no longer knows (its key has changed), say: the first one.
            return see_other(visit, wanted.cleared().address())
        refuse_ended(inbox)
        words = WORDS[visit.language]
        body: Mapping[str, Any] = inbox.body if isinstance(inbox, Answer) and inbox.ok else {}
        away = not body
        rows = [facts_of(each, words, categories, visit.now) for each in body.get("cases", ())]
        values = {
            "wanted": wanted,
            "away": away,
            "rows": rows,
            "tabs": self._tabs(wanted, body.get("counts") or {}),
            "total": body.get("total"),
            "as_of": words.clock(visit.now),
            "next_page": wanted.with_(hal=body.get("next_cursor") or "").address()
            if body.get("next_cursor")
            else None,
            "chips": self._chips(visit, wanted, {s: c.name for s, c in categories.items()}),
            "choices": self._choices(visit, {s: c.name for s, c in categories.items()}),
            "views": _views(views),
            "bulk": BULK,
            "key": self._console.new_key(),
            "saved": False,
            "problem": None,
            "typed_area": "",
            "view_name": "",
            "done": None,
            "ticked": (),
        }
        return self._console.pages.show(
            visit, "inbox.html", 503 if away and status == 200 else status, **{**values, **said}
        )

    async def tabs(self, visit: OfficerVisit, wanted: InboxFilter) -> Response:
        inbox = await self._console.api.get(
            "routing", "/inbox", visit.officer, limit=1, **wanted.asked()
        )
        refuse_ended(inbox)
        if not isinstance(inbox, Answer) or not inbox.ok:
            return Response(status_code=503)
        tabs = self._tabs(wanted, inbox.body.get("counts") or {})
        return self._console.pages.show(visit, "tabs.html", tabs=tabs, wanted=wanted)

    def _tabs(self, wanted: InboxFilter, counts: Mapping[str, int]) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "address": wanted.with_(tab=tab).address(),
                "current": tab == wanted.tab,
                "count": counts.get(name),
            }
            for tab, name in TABS.items()
        ]

    def _chips(
        self, visit: OfficerVisit, wanted: InboxFilter, categories: Mapping[str, str]
    ) -> list[tuple[str, str]]:
        """What each filter in use is called, and the address without it."""
        choices = self._choices(visit, categories)
        chips = []
        for name, value in wanted.chosen().items():
            label = self._area(value) if name == "wilayah" else choices[name].get(value, value)
            chips.append((label, wanted.with_(**{name: ""}).address()))
        return chips

    def _area(self, code: str) -> str:
        unit = self._console.units.find(code)
        return unit.name if unit else code

    def _choices(
        self, visit: OfficerVisit, categories: Mapping[str, str]
    ) -> dict[str, dict[str, str]]:
        """Value to label, by filter."""
        words = WORDS[visit.language]
        return {
            "kategori": dict(categories),
            "kanal": {each: channel_name(each) for each in CHANNEL_NAMES},
            "status": {each.value: words.states[each] for each in CaseState},
            "tenggat": {each: words.texts[f"due_{DUE[each]}"] for each in DUE},
            "petugas": {each: words.texts[f"assignee_{HOLDERS[each]}"] for each in HOLDERS},
        }

    async def save_view(self, visit: OfficerVisit, form: Form) -> Response:
        """What is refused comes back filled; after silence it is the same form."""
        wanted, name, words = _filter_of(form), form.text("nama").strip(), WORDS[visit.language]
        if not name:
            return await self.show(visit, wanted, 422, problem=words.texts["required"])
        query = {name: value for name, value in wanted.asked().items() if value}
        path, said = f"/views/{known_id(form.key)}", {"name": name, "query": query}
        answer = await self._console.api.act("routing", path, visit.officer, said, method="PUT")
        if isinstance(answer, Answer) and answer.ok:
            return await self.show(visit, wanted, saved=True)
        if isinstance(answer, Away):
            again = {"problem": words.texts["silence"], "key": form.key}
            return await self.show(visit, wanted, 503, view_name=name, **again)
        return await self._refused(visit, form, answer, view_name=name)

    async def delete_view(self, visit: OfficerVisit, form: Form) -> Response:
        """A view that is gone already is removed."""
        wanted, words = _filter_of(form), WORDS[visit.language]
        path = f"/views/{known_id(form.text('tampilan'))}"
        answer = await self._console.api.act("routing", path, visit.officer, method="DELETE")
        if isinstance(answer, Away):
            return await self.show(visit, wanted, 503, problem=words.texts["silence"])
        if answer.ok or answer.status == HTTPStatus.NOT_FOUND:
            return see_other(visit, wanted.address())
        return await self._refused(visit, form, answer)

    async def _refused(
        self, visit: OfficerVisit, form: Form, answer: Answer, **kept: Any
    ) -> Response:
        """``kept``: of the form that comes back."""
        refuse_ended(answer)
        words = WORDS[visit.language]
        problem = reason_of(answer.body or {}, words) or words.texts["error_422"]
        return await self.show(visit, _filter_of(form), answer.status, problem=problem, **kept)


def _views(answer: Any) -> list[dict[str, str]] | None:
    """Saved views as links; None while they cannot be read."""
    if not isinstance(answer, Answer) or not answer.ok:
        return None
    found = answer.body.get("views", []) if isinstance(answer.body, dict) else answer.body
    return [
        {"id": each["view_id"], "name": each["name"], "address": _address(each["query"])}
        for each in found
    ]


_BACK: Final = {
    "tab": {api: ours for ours, api in TABS.items()},
    "due": {api: ours for ours, api in DUE.items()},
    "assignee": {api: ours for ours, api in HOLDERS.items()},
}
_NAMES: Final = {
    "tab": "tab",
    "category": "kategori",
    "area": "wilayah",
    "channel": "kanal",
    "state": "status",
    "due": "tenggat",
    "assignee": "petugas",
}


def _address(query: Mapping[str, Any]) -> str:
    """Routing's parameters as an address of ours."""
    given = {
        _NAMES[name]: _BACK.get(name, {}).get(str(value), str(value))
        for name, value in query.items()
        if name in _NAMES and value
    }
    return InboxFilter(**given).address()
