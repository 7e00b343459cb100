"""``/laporan/{id}/isi``: the whole of a confidential report's words, with a reason, shown once."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from services.routing.console.acts import WORDS_AT_MOST
from services.routing.console.calls import Away
from services.routing.console.case_pages import CasePage
from services.routing.console.cases import reason_of
from services.routing.console.console import Console
from services.routing.console.forms import Form
from services.routing.console.inbox import WORKERS
from services.routing.console.media_pages import REASON
from services.routing.console.refusals import error_page, expired_page
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from shared.http.operation import Router


def create_router(console: Console) -> Router:
    router = console.router()
    worker = Annotated[OfficerVisit, Depends(console.officer(*WORKERS))]
    posted = Annotated[Form, Depends(console.posted)]
    pages = TextPages(console)

    @router.get("/laporan/{complaint_id}/isi")
    async def ask_for_the_whole(request: Request, visit: worker, complaint_id: UUID) -> Response:
        return await pages.ask(request, visit, complaint_id)

    @router.post("/laporan/{complaint_id}/isi")
    async def open_the_whole(
        request: Request, visit: worker, complaint_id: UUID, form: posted
    ) -> Response:
        return await pages.open(request, visit, complaint_id, form)

    return router


class TextPages:
    """Asks for the reason, and shows the words that were opened for it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cases = CasePage(console)

    async def ask(self, request: Request, visit: OfficerVisit, case_id: UUID) -> Response:
        values = await self._values(request, visit, case_id)
        if isinstance(values, Response):
            return values
        if not values["opens_text"]:
            return error_page(self._console, request, 403)
        return self._form(visit, values, Form({}), self._console.new_key())

    async def open(
        self, request: Request, visit: OfficerVisit, case_id: UUID, form: Form
    ) -> Response:
        """The answer shows the words; who loads the page again is asked for the reason again."""
        values = await self._values(request, visit, case_id, form)
        if isinstance(values, Response):
            return values
        reason, texts = form.text(REASON).strip(), WORDS[visit.language].texts
        if not reason or len(reason) > WORDS_AT_MOST:
            said = texts["too_long"].format(n=WORDS_AT_MOST) if reason else texts["required"]
            return self._form(visit, values, form, self._console.new_key(), 422, wrong=said)
        answer = await self._console.api.act(
            "routing", f"/cases/{case_id}/text/open", visit.officer, {"reason": reason},
            key=form.key,
        )  # fmt: skip
        if isinstance(answer, Away):
            return self._form(visit, values, form, form.key, 503, alert=texts["silence"])
        if answer.ok:
            whole = answer.body["contents"]
            return self._console.pages.show(visit, "text_opened.html", **values, whole=whole)
        return self._refused(request, visit, values, form, answer)

    def _refused(
        self,
        request: Request,
        visit: OfficerVisit,
        values: Mapping[str, Any],
        form: Form,
        answer: Any,
    ) -> Response:
        words, new = WORDS[visit.language], self._console.new_key()
        match answer.status:
            case 401:
                return expired_page(self._console, visit, form)
            case 403 | 409 | 410 | 412:
                said = words.texts["not_yet"].format(reason=reason_of(answer.body, words))
                return self._form(visit, values, form, new, answer.status, alert=said)
            case 422:
                said = reason_of(answer.body, words)
                return self._form(visit, values, form, new, 422, wrong=said)
            case _:
                return error_page(self._console, request, answer.status)

    async def _values(
        self, request: Request, visit: OfficerVisit, case_id: UUID, form: Form | None = None
    ) -> dict[str, Any] | Response:
        """What a page of the case knows. ``form``: whose words are kept while it cannot be read."""
        case = await self._console.api.get("routing", f"/cases/{case_id}", visit.officer)
        if not isinstance(case, Away) and case.ok:
            return self._cases.values(visit, case.body, "")
        status = 503 if isinstance(case, Away) else case.status
        if form is None:
            return error_page(self._console, request, status)
        return self._console.pages.show(
            visit, "words_kept.html", status, kind=str(status), form=form, again=status == 503
        )

    def _form(
        self,
        visit: OfficerVisit,
        values: Mapping[str, Any],
        form: Form,
        key: str,
        status: int = 200,
        *,
        alert: str = "",
        wrong: str = "",
    ) -> Response:
        """``alert``: why nothing was opened. ``wrong``: what is to be corrected."""
        return self._console.pages.show(
            visit, "text_open.html", status, **values, typed=form.text(REASON), key=key,
            alert=alert, wrong=wrong, most=WORDS_AT_MOST,
        )  # fmt: skip
