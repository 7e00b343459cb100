"""The pages' doors: the form, its answer, the style sheet."""

from pathlib import Path
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.tracking.lookup import CODE_AT_MOST, Found
from services.tracking.web.case_page import compose
from services.tracking.web.languages import WORDS, choose_language
from services.tracking.web.words import Words
from shared.clock import Clock
from shared.errors import Transient

HERE = Path(__file__).parent
FORM_BYTES = 4096
STYLE_SECONDS = 3600

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class CaseFinder(Protocol):
    async def find(self, typed: str) -> Found | None:
        """The case of the code ``typed``. Raises Transient."""


def create_environment() -> Environment:
    """Templates of this folder; everything that is put into them is escaped."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def create_router(lookup: CaseFinder, clock: Clock) -> APIRouter:
    """``GET /`` asks for the code, ``POST /lacak`` answers: the code never stands in a URL."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    environment = create_environment()
    style = (HERE / "static" / "tracking.css").read_bytes()

    def page(name: str, words: Words, status: int = 200, **values: Any) -> Response:
        body = environment.get_template(name).render(words=words, t=words.texts, **values)
        headers = SECURITY_HEADERS | {
            "cache-control": "no-store",
            "content-language": words.language,
            "vary": "Accept-Language",
        }
        return HTMLResponse(body, status, headers)

    @router.get("/")
    async def form(request: Request, lang: str | None = None) -> Response:
        return page("form.html", _words(request, lang), code="", problem=None)

    @router.get("/lacak")
    async def form_again(request: Request, lang: str | None = None) -> Response:
        return page("form.html", _words(request, lang), code="", problem=None)

    @router.post("/lacak", max_body_size=FORM_BYTES)
    async def answer(
        request: Request, code: Annotated[str, Form()] = "", lang: str | None = None
    ) -> Response:
        words, typed = _words(request, lang), code[:CODE_AT_MOST]
        try:
            found = await lookup.find(typed)
        except Transient:
            return page("form.html", words, 503, code=typed, problem="unavailable")
        if found is None:
            return page("form.html", words, 404, code=typed, problem="not_found")
        case = compose(found.case, words, clock(), found.spoken)
        return page("case.html", words, code=typed, case=case)

    @router.get("/static/tracking.css")
    async def style_sheet() -> Response:
        headers = {
            "cache-control": f"public, max-age={STYLE_SECONDS}",
            "x-content-type-options": "nosniff",
        }
        return Response(style, headers=headers, media_type="text/css")

    return router


def _words(request: Request, lang: str | None) -> Words:
    return WORDS[choose_language(lang, request.headers.get("accept-language", ""))]
