"""``/laporan/{id}/foto/{ref}``: one locked file of a case, opened with a reason and shown once."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Request, Response

from services.routing.console.acts import WORDS_AT_MOST
from services.routing.console.calls import Away
from services.routing.console.case_pages import CasePage
from services.routing.console.cases import reason_of
from services.routing.console.console import Console
from services.routing.console.forms import Form
from services.routing.console.inbox import WORKERS
from services.routing.console.media import MediaLine, media_line
from services.routing.console.refusals import error_page, expired_page
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from shared.http.operation import Router

REASON: Final = "alasan"


def create_router(console: Console) -> Router:
    router = console.router()
    worker = Annotated[OfficerVisit, Depends(console.officer(*WORKERS))]
    posted = Annotated[Form, Depends(console.posted)]
    pages = MediaPages(console)

    @router.get("/laporan/{complaint_id}/foto/{ref}")
    async def ask_to_open(
        request: Request, visit: worker, complaint_id: UUID, ref: UUID
    ) -> Response:
        return await pages.ask(request, visit, complaint_id, str(ref))

    @router.post("/laporan/{complaint_id}/foto/{ref}")
    async def open_file(
        request: Request, visit: worker, complaint_id: UUID, ref: UUID, form: posted
    ) -> Response:
        return await pages.open(request, visit, complaint_id, str(ref), form)

    return router


class MediaPages:
    """Asks for the reason, and shows what was opened for it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cases = CasePage(console)

    async def ask(self, request: Request, visit: OfficerVisit, case_id: UUID, ref: str) -> Response:
        values = await self._values(request, visit, case_id)
        if isinstance(values, Response):
            return values
        file = values["files"].find(ref)
        if file is None or not file.opens:
            return error_page(self._console, request, 404 if file is None else 403)
        return self._form(visit, values, file, Form({}), self._console.new_key())

    async def open(
        self, request: Request, visit: OfficerVisit, case_id: UUID, ref: str, form: Form
    ) -> Response:
        """The answer shows the file; who loads the page again is asked for the reason again."""
        values = await self._values(request, visit, case_id, form)
        if isinstance(values, Response):
            return values
        file = values["files"].find(ref)
        if file is None:
            return error_page(self._console, request, 404)
        reason, texts = form.text(REASON).strip(), WORDS[visit.language].texts
        if not reason or len(reason) > WORDS_AT_MOST:
            said = texts["too_long"].format(n=WORDS_AT_MOST) if reason else texts["required"]
            new = self._console.new_key()
            return self._form(visit, values, file, form, new, 422, wrong=said)
        answer = await self._console.api.act(
            "routing", f"/cases/{case_id}/media/{ref}/open", visit.officer, {"reason": reason},
            key=form.key,
        )  # fmt: skip
        if isinstance(answer, Away):
            said = texts["silence"]
            return self._form(visit, values, file, form, form.key, 503, alert=said)
        if answer.ok:
            words = WORDS[visit.language]
            opened = media_line(answer.body, file.number, words, frozenset())
            return self._console.pages.show(visit, "media_opened.html", **values, file=opened)
        return self._refused(request, visit, values, file, form, answer)

    def _refused(
        self,
        request: Request,
        visit: OfficerVisit,
        values: dict[str, Any],
        file: MediaLine,
        form: Form,
        answer: Any,
    ) -> Response:
        words, new = WORDS[visit.language], self._console.new_key()
        match answer.status:
            case 401:
                return expired_page(self._console, visit, form)
            case 403 | 409 | 410 | 412:
                said = words.texts["not_yet"].format(reason=reason_of(answer.body, words))
                return self._form(visit, values, file, form, new, answer.status, alert=said)
            case 422:
                said = reason_of(answer.body, words)
                return self._form(visit, values, file, form, new, 422, wrong=said)
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
        values: dict[str, Any],
        file: MediaLine,
        form: Form,
        key: str,
        status: int = 200,
        *,
        alert: str = "",
        wrong: str = "",
    ) -> Response:
        """``alert``: why nothing was opened. ``wrong``: what is to be corrected."""
        return self._console.pages.show(
            visit, "media_open.html", status, **values, file=file, typed=form.text(REASON),
            key=key, alert=alert, wrong=wrong, most=WORDS_AT_MOST,
        )  # fmt: skip
