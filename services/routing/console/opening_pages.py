"""What is locked in a case, opened with a reason and shown once: ``/laporan/{id}/isi``, the whole
of a confidential report's words, and ``/laporan/{id}/foto/{ref}``, one file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from fastapi import Depends, Request, Response

from services.routing.console.acts import WORDS_AT_MOST
from services.routing.console.calls import Away, refuse_ended
from services.routing.console.case_pages import CasePage
from services.routing.console.cases import reason_of
from services.routing.console.console import Console
from services.routing.console.forms import Form
from services.routing.console.inbox import WORKERS
from services.routing.console.media import media_line
from services.routing.console.refusals import error_page, words_kept_page
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from services.routing.console.words.words import Words
from shared.http.operation import Router

REASON: Final = "alasan"
Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Locked:
    """``page``: below the case's. ``address``: below the case, where routing opens it. ``title``:
    of the form; ``heading``: of what is opened, empty where the title says it. ``remark``: why it
    is locked. ``earlier``: who has opened it. ``opens``: the officer may ask. ``template``,
    ``shown``: what the answer is shown with."""

    page: str
    address: str
    title: str
    heading: str
    remark: str
    effect: str
    earlier: Sequence[str]
    opens: bool
    template: str
    shown: Callable[[Json], Json]


Finding: TypeAlias = Callable[[Json, Words], Locked | None]
"""Called with what a page of the case knows. None: there is no such thing in the case."""


def whole_text(values: Json, words: Words) -> Locked:
    texts = words.texts
    return Locked(
        page="isi",
        address="text/open",
        title=texts["read_whole"],
        heading="",
        remark=texts["text_masked"],
        effect=texts["effect_open_text"],
        earlier=values["text_opened"],
        opens=values["opens_text"],
        template="text_opened.html",
        shown=lambda body: {"whole": body["contents"]},
    )


def file_named(ref: str) -> Finding:
    def find(values: Json, words: Words) -> Locked | None:
        file = values["files"].find(ref)
        if file is None:
            return None
        return Locked(
            page=f"foto/{ref}",
            address=f"media/{ref}/open",
            title=words.texts["open_with_reason"],
            heading=file.title,
            remark=file.remark,
            effect=words.texts["effect_open_file"],
            earlier=file.opened,
            opens=file.opens,
            template="media_opened.html",
            shown=lambda body: {"file": media_line(body, file.number, words, frozenset())},
        )

    return find


def create_router(console: Console) -> Router:
    router = console.router()
    worker = Annotated[OfficerVisit, Depends(console.officer(*WORKERS))]
    posted = Annotated[Form, Depends(console.posted)]
    pages = OpeningPages(console)

    @router.get("/laporan/{complaint_id}/isi")
    async def ask_for_the_whole(request: Request, visit: worker, complaint_id: UUID) -> Response:
        return await pages.ask(request, visit, complaint_id, whole_text)

    @router.post("/laporan/{complaint_id}/isi")
    async def open_the_whole(
        request: Request, visit: worker, complaint_id: UUID, form: posted
    ) -> Response:
        return await pages.open(request, visit, complaint_id, whole_text, form)

    @router.get("/laporan/{complaint_id}/foto/{ref}")
    async def ask_to_open(
        request: Request, visit: worker, complaint_id: UUID, ref: UUID
    ) -> Response:
        return await pages.ask(request, visit, complaint_id, file_named(str(ref)))

    @router.post("/laporan/{complaint_id}/foto/{ref}")
    async def open_file(
        request: Request, visit: worker, complaint_id: UUID, ref: UUID, form: posted
    ) -> Response:
        return await pages.open(request, visit, complaint_id, file_named(str(ref)), form)

    return router


class OpeningPages:
    """Asks for the reason, and shows what was opened for it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cases = CasePage(console)

    async def ask(
        self, request: Request, visit: OfficerVisit, case_id: UUID, find: Finding
    ) -> Response:
        values = await self._values(request, visit, case_id)
        if isinstance(values, Response):
            return values
        locked = find(values, WORDS[visit.language])
        if locked is None or not locked.opens:
            return error_page(self._console, request, 404 if locked is None else 403)
        return self._form(visit, values, locked, Form({}), self._console.new_key())

    async def open(
        self, request: Request, visit: OfficerVisit, case_id: UUID, find: Finding, form: Form
    ) -> Response:
        """The answer shows it; who loads the page again is asked for the reason again."""
        values = await self._values(request, visit, case_id, form)
        if isinstance(values, Response):
            return values
        locked = find(values, WORDS[visit.language])
        if locked is None:
            return error_page(self._console, request, 404)
        reason, texts = form.text(REASON).strip(), WORDS[visit.language].texts
        if not reason or len(reason) > WORDS_AT_MOST:
            said = texts["too_long"].format(n=WORDS_AT_MOST) if reason else texts["required"]
            return self._form(visit, values, locked, form, self._console.new_key(), 422, wrong=said)
        answer = await self._console.api.act(
            "routing", f"/cases/{case_id}/{locked.address}", visit.officer, {"reason": reason},
            key=form.key,
        )  # fmt: skip
        if isinstance(answer, Away):
            return self._form(visit, values, locked, form, form.key, 503, alert=texts["silence"])
        if answer.ok:
            shown = locked.shown(answer.body)
            return self._console.pages.show(visit, locked.template, **values, **shown)
        return self._refused(request, visit, values, locked, form, answer)

    def _refused(
        self,
        request: Request,
        visit: OfficerVisit,
        values: Json,
        locked: Locked,
        form: Form,
        answer: Any,
    ) -> Response:
        words, new = WORDS[visit.language], self._console.new_key()
        refuse_ended(answer)
        match answer.status:
            case 403 | 409 | 410 | 412:
                said = words.texts["not_yet"].format(reason=reason_of(answer.body, words))
                return self._form(visit, values, locked, form, new, answer.status, alert=said)
            case 422:
                said = reason_of(answer.body, words)
                return self._form(visit, values, locked, form, new, 422, wrong=said)
            case _:
                return error_page(self._console, request, answer.status)

    async def _values(
        self, request: Request, visit: OfficerVisit, case_id: UUID, form: Form | None = None
    ) -> Json | Response:
        """What a page of the case knows. ``form``: whose words are kept while it cannot be read."""
        case = await self._console.api.get("routing", f"/cases/{case_id}", visit.officer)
        if not isinstance(case, Away) and case.ok:
            return self._cases.values(visit, case.body, "")
        refuse_ended(case)
        status = 503 if isinstance(case, Away) else case.status
        if form is None:
            return error_page(self._console, request, status)
        return words_kept_page(self._console, visit, form, status)

    def _form(
        self,
        visit: OfficerVisit,
        values: Json,
        locked: Locked,
        form: Form,
        key: str,
        status: int = 200,
        *,
        alert: str = "",
        wrong: str = "",
    ) -> Response:
        """``alert``: why nothing was opened. ``wrong``: what is to be corrected."""
        return self._console.pages.show(
            visit, "opening.html", status, **values, locked=locked, typed=form.text(REASON),
            key=key, alert=alert, wrong=wrong, most=WORDS_AT_MOST,
        )  # fmt: skip
