"""A page that is new is looked at in a browser, or it is said here why not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

import services.routing.console as console
from services.routing.console.acts import ACTS
from shared.runtime import Service
from tests.integration.console.views import VIEWS
from tests.integration.desks.parts import console_at

HERE = Path(console.__file__).parent
NO_PAGE = {
    "GET /": "leads on to the first screen of the role",
    "GET /masuk/mulai": "leads on to the issuer",
    "GET /kotak/jumlah": "a fragment, which stands in the inbox as well",
    "GET /kelola/tertunda/jumlah": "a number",
    "GET /kabar": "a stream",
    "GET /laporan/{complaint_id}/berkas": "a download",
    "GET /health/live": "for machines",
    "GET /health/ready": "for machines",
    "GET /metrics": "for machines",
    "GET /openapi.json": "for machines",
    "POST /keluar": "leads on to the page of signing out",
    "POST /sesi": "leads back to where the officer was",
    "POST /bahasa": "leads back to where the officer was",
    "POST /kotak/tampilan/hapus": "leads back to the inbox",
    "POST /loket/mirip": "a fragment, which stands in the form as well",
    "POST /kelola/tertunda/{bagian}/baris/{aside_id}/lepaskan": "leads back to the list",
    "POST /kelola/pesan/{name}/lanjutkan": "leads back to the list",
}


@pytest.fixture(scope="module")
def service() -> Service:
    return console_at("http://127.0.0.1:1")


def routes(service: Service) -> Iterator[str]:
    """Method and path of each; below ``/static/`` lie styles, scripts and borders."""
    for context in iter_route_contexts(service.app.routes):
        path = context.path or ""
        for method in {"GET", "POST"} & set(context.methods or ()):
            if not path.startswith("/static/"):
                yield f"{method} {path}"


def is_looked_at(name: str) -> bool:
    method, _, path = name.partition(" ")
    pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path))
    return any(pattern.fullmatch(each) for each in looked_at(method))


def looked_at(method: str) -> set[str]:
    """Addresses of pages: opened, or answered to a form."""
    if method == "POST":
        return {view.posted for view in VIEWS if view.posted}
    return {view.path.partition("?")[0] for view in VIEWS}


def test_every_address_is_looked_at_or_is_no_page(service: Service) -> None:
    found = set(routes(service))
    assert len(found) > 50
    assert {each for each in found - NO_PAGE.keys() if not is_looked_at(each)} == set()


def test_nothing_is_excused_that_there_is_not(service: Service) -> None:
    assert NO_PAGE.keys() - set(routes(service)) == set()


def test_every_template_of_a_page_is_looked_at() -> None:
    pages = {
        path.name
        for path in HERE.rglob("*.html")
        if path.name != "console.html" and "{% extends" in path.read_text()
    }
    assert len(pages) > 30
    assert pages == {view.template for view in VIEWS if view.template}


def test_the_form_of_every_act_is_looked_at() -> None:
    missing = {f"/{act.slug}" for act in ACTS} - {
        view.path[view.path.rindex("/") :] for view in VIEWS if view.template == "act.html"
    }
    assert missing == set()


def test_no_picture_takes_the_place_of_another() -> None:
    names = [view.name for view in VIEWS]
    assert len(names) == len(set(names))
