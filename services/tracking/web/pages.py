"""The pages' doors: the form, its answer, the answer to a question, the style sheets."""

from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse

from services.tracking.lookup import CODE_AT_MOST
from services.tracking.web.answering import Answering, AnswerTaker, CaseFinder
from services.tracking.web.languages import WORDS
from services.tracking.web.rendering import TrackingPages
from services.tracking.web.words import Words
from shared.clock import Clock
from shared.errors import Transient
from shared.http.operation import LenientOperation, Router, take_over
from shared.web.languages import choose_language

FORM_BYTES = 4096
ANSWER_FORM_BYTES = 192 * 1024
"""The longest answer, each of its characters four bytes in percent-encoding."""


def create_router(
    lookup: CaseFinder,
    answers: AnswerTaker,
    clock: Clock,
    *,
    images_from: str,
    form_page: str = "",
) -> Router:
    """``GET /`` asks for the code, ``POST /lacak`` answers: the code never stands in a URL.

    ``POST /jawab`` takes the answer to an officer's question. ``images_from``: where browsers fetch
    pictures. ``form_page``: where a new report is written.
    """
    router = Router(
        route_class=LenientOperation, include_in_schema=False, default_response_class=HTMLResponse
    )
    pages = TrackingPages(images_from, form_page)
    page = pages.show
    answering = Answering(pages, lookup, answers, clock)

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
        return answering.case(words, typed, found)

    # No token against forged requests: whoever can name the code may answer, and no cookie
    # lends a stranger's form anything that it does not bring along itself.
    @router.post("/jawab", max_body_size=ANSWER_FORM_BYTES)
    async def take_answer(
        request: Request,
        code: Annotated[str, Form()] = "",
        text: Annotated[str, Form()] = "",
        lang: str | None = None,
    ) -> Response:
        return await answering.take(_words(request, lang), code[:CODE_AT_MOST], text)

    take_over(router, pages.styles.create_router())
    return router


def _words(request: Request, lang: str | None) -> Words:
    return WORDS[choose_language(lang, request.headers.get("accept-language", ""))]
