"""``/cari``: words and numbers are posted, sealed and never stand readable in an address."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Query, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from services.routing.console.calls import Answer, Away, refuse_ended
from services.routing.console.cases import facts_of
from services.routing.console.console import Console
from services.routing.console.forms import Form
from services.routing.console.inbox import WORKERS
from services.routing.console.rendering import see_other
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from shared.auth import Role
from shared.http.operation import Router

GOOD_FOR: Final = timedelta(hours=8)
LONGEST: Final = 200
ROWS: Final = 25
_SEARCHERS: Final = (*WORKERS, Role.ADMIN, Role.AUDITOR)


class Search(BaseModel):
    """What is looked for, by whom, until when it may be looked for again."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    words: str
    number: str
    seat: str
    until: datetime


def create_router(console: Console) -> Router:
    router = console.router()
    searcher = Annotated[OfficerVisit, Depends(console.officer(*_SEARCHERS))]

    @router.get("/cari")
    async def search_page(
        visit: searcher,
        s: Annotated[str, Query(max_length=2500)] = "",
        hal: Annotated[str, Query(max_length=2000)] = "",
    ) -> Response:
        search = opened(console, visit, s)
        if search is None:
            return console.pages.show(
                visit, "search.html", search=None, rows=None, s="", problem="search_old" * bool(s),
                away=False, next_page=None, total=None,
            )  # fmt: skip
        return await _found(console, visit, search, s, hal)

    @router.post("/cari")
    async def search_asked(
        visit: searcher, form: Annotated[Form, Depends(console.posted)]
    ) -> Response:
        words, number = form.text("kata").strip()[:LONGEST], form.text("nomor").strip()[:30]
        if not words and not number:
            return console.pages.show(
                visit, "search.html", 422, search=None, rows=None, s="", problem="search_first",
                away=False, next_page=None, total=None,
            )  # fmt: skip
        search = Search(
            words=words, number=number.upper(), seat=visit.seat, until=visit.now + GOOD_FOR
        )
        sealed = console.seals.seal("search", search.model_dump_json().encode())
        return see_other(visit, f"cari?s={sealed}")

    return router


def opened(console: Console, visit: OfficerVisit, sealed: str) -> Search | None:
    """None for what is old, another officer's, or none of ours."""
    content = console.seals.open("search", sealed) if sealed else None
    if content is None:
        return None
    try:
        search = Search.model_validate_json(content)
    except ValidationError:
        return None
    is_own = console.visitors.is_of_this_officer(visit.officer, search.seat)
    return search if is_own and visit.now < search.until else None


async def _found(
    console: Console, visit: OfficerVisit, search: Search, sealed: str, page: str
) -> Response:
    asked = {
        "words": search.words or None,
        "report_number": search.number or None,
        "cursor": page or None,
    }
    body = {name: value for name, value in asked.items() if value} | {"limit": ROWS}
    answer = await console.api.ask("routing", "/search", visit.officer, body)
    refuse_ended(answer)
    away = isinstance(answer, Away)
    good = isinstance(answer, Answer) and answer.ok
    found = answer.body if isinstance(answer, Answer) and good else {}
    words = WORDS[visit.language]
    categories = console.tables.categories(visit.now)
    further = found.get("next_cursor")
    return console.pages.show(
        visit,
        "search.html",
        503 if away else (200 if good else 422),
        search=search,
        rows=[facts_of(each, words, categories, visit.now) for each in found.get("cases", ())],
        s=sealed,
        problem="" if good or away else "error_422",
        away=away,
        total=found.get("total_at_least"),
        next_page=f"cari?s={sealed}&hal={further}" if further else None,
    )
