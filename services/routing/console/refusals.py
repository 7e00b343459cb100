"""Errors as pages. A form that came after the session's end comes back with its words."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.routing.console.browser import end_session
from services.routing.console.console import Console
from services.routing.console.forms import (
    CSRF,
    FORM_BYTES,
    LOST,
    ForgedForm,
    Form,
    OutgrownForm,
    kept_form,
    read_form,
)
from services.routing.console.uploads import TakesFiles, read_without_files
from services.routing.console.visits import SignInNeeded, Visit
from shared.errors import DomainError, TooLarge, Transient
from shared.http.input import malformed
from shared.media import holds_files
from shared.telemetry import describe, get_logger

Handler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]
_KNOWN: Final = frozenset({403, 404, 405, 409, 410, 413, 415, 422, 500, 503})


def add_pages_of_errors(app: FastAPI, console: Console) -> None:
    """Instead of the problems that a program is answered with."""
    log = get_logger("console")

    async def domain(request: Request, error: Exception) -> Response:
        assert isinstance(error, DomainError)  # noqa: S101 (for the type checker)
        return error_page(console, request, error.status, error.detail)

    async def validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return error_page(console, request, 422, malformed(error.errors()).detail)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        return error_page(console, request, error.status_code)

    async def transient(request: Request, error: Exception) -> Response:
        log.warning("request_unavailable", error=describe(error))
        return error_page(console, request, 503)

    async def bug(request: Request, error: Exception) -> Response:
        log.error("request_bug", error=describe(error))
        return error_page(console, request, 500)

    async def outgrown(request: Request, error: Exception) -> Response:
        assert isinstance(error, OutgrownForm)  # noqa: S101
        visit = console.visitors.visitor(request)
        return console.pages.show(
            visit, "words_kept.html", error.status, kind="seat", form=error.form, again=False
        )

    app.add_exception_handler(SignInNeeded, _sign_in(console))
    app.add_exception_handler(OutgrownForm, outgrown)
    app.add_exception_handler(DomainError, domain)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Transient, transient)
    app.add_exception_handler(Exception, bug)


def error_page(
    console: Console, request: Request, status: int, detail: str = "", part: str = "routing"
) -> Response:
    """``detail``: what a programmer would be told; shown where no sentence of ours says more.
    ``part``: that is away, where one is."""
    visit = console.visitors.visitor(request)
    kind = status if status in _KNOWN else 500
    return console.pages.show(visit, "error.html", status, kind=str(kind), detail=detail, part=part)


def _sign_in(console: Console) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        if request.method != "POST":
            return _sign_in_page(console, request)
        visit, form = console.visitors.anyone(request), kept_form(request)
        if form is not None:
            return expired_page(console, visit, form)
        return await _expired(console, request, visit)

    return handle


def _sign_in_page(console: Console, request: Request) -> Response:
    """The way to the sign-in and back; not while the issuer is away, when nobody can sign in."""
    visit = console.visitors.anyone(request)
    if request.headers.get("hx-request") or request.headers.get("sec-fetch-dest") == "empty":
        return Response(status_code=_status_of(visit))
    if visit.browser.away:
        return error_page(console, request, _status_of(visit))
    # Who still had a session would be led from the sign-in straight back to where it was refused.
    end_session(visit.browser)
    back = console.seals.seal("return", visit.address.encode())
    return Response(status_code=303, headers={"location": f"{visit.root}masuk?ke={back}"})


def _status_of(visit: Visit) -> int:
    """Of whoever is not let in."""
    return HTTPStatus.SERVICE_UNAVAILABLE if visit.browser.away else SignInNeeded.status


async def _expired(console: Console, request: Request, visit: Visit) -> Response:
    """What was typed, in a form that can be sent once somebody is signed in again."""
    with_files = holds_files(request.headers.get("content-type", ""))
    most = TakesFiles.files_at_most if with_files else FORM_BYTES
    if int(request.headers.get("content-length", most + 1)) > most:
        return error_page(console, request, TooLarge.status)
    form = await (read_without_files(request) if with_files else read_form(request))
    try:
        console.posted.refuse_foreign(request, form)
    except ForgedForm as error:
        return error_page(console, request, error.status, error.detail)
    return expired_page(console, visit, form)


def expired_page(console: Console, visit: Visit, form: Form) -> Response:
    """The words, and a form that can be sent once somebody is signed in again; or, where the issuer
    is away, once it can be asked: also a token that ends on its way to a service is no reason to
    sign in then."""
    kept = [
        (name, value) for name, values in form.fields.items() if name != CSRF for value in values
    ]
    return console.pages.show(
        visit,
        "expired.html",
        _status_of(visit),
        kept=kept,
        typed=readable(form),
        away=visit.browser.away,
        lost=bool(form.text(LOST)),
    )


def words_kept_page(console: Console, visit: Visit, form: Form, status: int) -> Response:
    """Where no form can be shown without its case: the words can be copied, or sent again.
    ``status``: with which the case was not read."""
    return console.pages.show(
        visit, "words_kept.html", status, kind=str(status), form=form, again=status == 503
    )


def readable(form: Form) -> list[str]:
    """What a person wrote, for copying: long enough to be words."""
    return [value for value in form.words().values() if " " in value.strip()]
