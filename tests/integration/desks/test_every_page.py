"""What holds of every page and every form: it asks little, and does without whom it asks."""

import itertools
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from services.routing.console import rooms
from shared.runtime import Service
from tests import plain_browser
from tests.integration.desks.every_page import (
    FORMS,
    NO_PAGES,
    PAGES,
    PART_NAMES,
    WORKER,
    Asked,
    Call,
    Sent,
    Who,
    answered,
)
from tests.integration.desks.parts import (
    ORIGIN,
    Browser,
    Page,
    Parts,
    browser_of,
    console_at,
)
from tests.integration.notify.servers import served

PAGE_AT_MOST: Final = 2
ACT_AT_MOST: Final = 1
REFUSALS: Final = (412, 422)
IMPATIENT: Final[Mapping[str, Any]] = {"answer_seconds": 0.02, "act_seconds": 0.02}
NOON: Final = "2026-11-26T05:00:00Z"
_TOKENS = itertools.count(1)


class House:
    """The console, before parts that answer as their contracts say, and a browser for each ask."""

    def __init__(self, parts: Parts, service: Service, url: str = "") -> None:
        """``url``: of the parts."""
        self.parts = parts
        self.service = service
        self.url = url
        self.read: dict[tuple[Who, str], Page] = {}

    def browser(self, who: Who | None) -> tuple[Browser, str]:
        """With a token of its own, by which its calls are known among those of others."""
        token = f"t-{next(_TOKENS)}"
        browser = browser_of(self.service, *(who or WORKER), called=token)
        if who is None:
            browser.cookies.clear()
        return browser, token

    def calls(self, token: str) -> list[str]:
        return [each.of for each in self.parts.calls if each.token == token]


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[House]:
    parts = Parts()
    answered(parts)
    async with served(parts.app()) as url:
        service = console_at(url)
        yield House(parts, service, url)
        parts.end.set()
        for closer in reversed(service.closers):
            await closer()


def routes(app: FastAPI, method: str) -> set[str]:
    found = {
        str(context.path)
        for context in iter_route_contexts(app.routes)
        if method in (context.methods or ())
    }
    return {path for path in found - NO_PAGES if not path.startswith("/static/")}


def test_every_page_and_every_form_of_the_application_has_its_row(house: House) -> None:
    assert routes(house.service.app, "GET") == {each.route for each in PAGES}
    assert routes(house.service.app, "POST") == {each.route for each in FORMS}


# --- what it asks --------------------------------------------------------------------------------


async def opened(browser: Browser, address: str) -> Page:
    """``{s}`` stands for words that are looked for, as an address of ours carries them."""
    if "{s}" in address:
        form = form_of(await browser.open("/cari"), "/cari")
        found = await browser.send("/cari", {**form.fields, "kata": "lubang"})
        address = address.format(s=found.place.partition("s=")[2])
    return await browser.open(address)


def form_of(page: Page, path: str) -> plain_browser.PlainForm:
    form = next((each for each in forms_of(page) if each.path == path), None)
    assert form is not None, f"no form for {path}"
    return form


def forms_of(page: Page) -> Sequence[plain_browser.PlainForm]:
    return plain_browser.Page(page.address, page.status, page.text, {}).forms


async def test_a_page_asks_services_twice_at_most_and_no_more_when_it_is_new(house: House) -> None:
    """Nobody has asked this console before; the second time it has all that it remembers."""
    findings = [f"{each}: too many" for each in PAGES if len(each.calls) > PAGE_AT_MOST]
    for asked in (*PAGES, *PAGES):
        browser, token = house.browser(asked.who)
        page = await opened(browser, asked.address)
        wanted = (asked.status, sorted(call.of for call in asked.calls))
        if (page.status, sorted(house.calls(token))) != wanted:
            findings.append(f"{asked}: {page.status} {house.calls(token)}")
    assert not (found := findings + house.parts.strange), "\n".join(found)


async def test_a_form_costs_one_call_for_its_act_and_those_of_the_page_that_answers(
    house: House,
) -> None:
    most = ACT_AT_MOST + PAGE_AT_MOST
    findings = [f"{each}: too many" for each in FORMS if len(each.calls) > most]
    for sent in FORMS:
        form = await empty(house, sent)
        page, calls = await posted(house, sent, form)
        wanted = (sent.status, sorted(each.of for each in sent.calls))
        if (page.status, sorted(calls)) != wanted:
            findings.append(f"{sent}: {page.status} {calls}")
        for status in REFUSALS if sent.calls else ():
            page, calls = await posted(house, sent, form, sent.calls[0], status)
            if len(calls) > most:
                findings.append(f"{sent} refused with {status}: {page.status} {calls}")
    assert not (found := findings + house.parts.strange), "\n".join(found)


async def posted(
    house: House,
    sent: Sent,
    form: plain_browser.PlainForm,
    call: Call | None = None,
    status: int = 200,
) -> tuple[Page, Sequence[str]]:
    """The form, sent by the same person with another token; its page and its calls. ``status``:
    what ``call`` is answered with."""
    key = form.fields.get("kunci", "")
    for each in sent.calls:
        if "{kunci}" in each.of:
            part, method, path = each.of.split()
            view = {"view_id": key, "name": "Pagi", "query": {}, "changed_at": NOON}
            house.parts.answer(part, method, path.format(kunci=key), view)
    browser, token = house.browser(sent.who)
    if call:
        house.parts.refuse(token, call.of.replace("{kunci}", key), status)
    page = await browser.send(sent.to, {**form.fields, **sent.typed})
    return page, [each.replace(key or "{kunci}", "{kunci}") for each in house.calls(token)]


async def empty(house: House, sent: Sent) -> plain_browser.PlainForm:
    """The form as its page shows it."""
    return form_of(await page_of(house, sent), sent.form or sent.to)


async def page_of(house: House, sent: Sent) -> Page:
    """The page that has the form; it is read once."""
    if (sent.who, sent.on) not in house.read:
        browser, _ = house.browser(sent.who)
        house.read[sent.who, sent.on] = await browser.open(sent.on)
    return house.read[sent.who, sent.on]


# --- without whom it asks ------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def cut_off(house: House) -> AsyncIterator[tuple[House, House]]:
    """A console that stands before closed doors, and one that waits for nobody."""
    nowhere: dict[str, Any] = {f"{part}_url": "http://127.0.0.1:1" for part in PART_NAMES}
    services = console_at(house.url, **nowhere), console_at(house.url, **IMPATIENT)
    closed, waiting = (House(house.parts, each) for each in services)
    yield closed, waiting
    for service in services:
        for closer in reversed(service.closers):
            await closer()


async def test_a_page_without_an_answer_says_what_cannot_be_read_and_shows_the_rest(
    house: House,
) -> None:
    findings = []
    for asked, call in [(each, call) for each in PAGES for call in each.calls]:
        browser, token = house.browser(asked.who)
        house.parts.refuse(token, call.of, 503)
        findings += lacks(asked, call, await opened(browser, asked.address))
    assert not findings, "\n".join(findings)


async def test_a_form_without_an_answer_says_so_and_keeps_what_was_typed(house: House) -> None:
    findings = []
    for sent, call in [(each, call) for each in FORMS for call in each.calls]:
        page, _ = await posted(house, sent, await empty(house, sent), call, 503)
        findings += lacks(sent, call, page)
    assert not findings, "\n".join(findings)


async def test_closed_doors_and_silence_are_no_worse_than_a_refusal(
    house: House, cut_off: tuple[House, House]
) -> None:
    closed, waiting = cut_off
    findings = []
    for asked in (each for each in PAGES if each.calls):
        first = asked.calls[0]
        browser, _ = closed.browser(asked.who)
        findings += lacks(asked, first, await opened(browser, asked.address), alone=False)
        browser, token = waiting.browser(asked.who)
        house.parts.silent.add(token)
        findings += lacks(asked, first, await opened(browser, asked.address), alone=False)
    for sent in (each for each in FORMS if each.calls):
        form, first = await empty(house, sent), sent.calls[0]
        browser, token = waiting.browser(sent.who)
        house.parts.silent.add(token)
        page = await browser.send(sent.to, {**form.fields, **sent.typed})
        findings += lacks(sent, first, page, alone=False)
    assert not findings, "\n".join(findings)


def lacks(asked: Asked | Sent, call: Call, page: Page, *, alone: bool = True) -> list[str]:
    """A line, if the page does not say that the answer of ``call`` is missing, or has lost what it
    should show all the same. ``alone``: no other answer is missing."""
    shown, wanted = unescape(page.text), [call.away]
    if alone:
        wanted.append(call.stays)
    if isinstance(asked, Sent) and not page.is_fragment:
        wanted += [each for each in asked.typed.values() if " " in each]
    lacking = [text for text in wanted if text not in shown]
    if page.status in (call.status, asked.status) and not lacking:
        return []
    return [f"{asked} without {call.of}: {page.status}, lacks {lacking}"]


# --- whose token no service takes ----------------------------------------------------------------

OVER: Final = 204
"""Of the live line: the browser does not come again."""


async def test_a_page_that_no_service_shows_any_more_leads_to_the_sign_in(house: House) -> None:
    findings = []
    for asked in (each for each in PAGES if each.calls):
        browser, token = house.browser(asked.who)
        for call in asked.calls:
            house.parts.refuse(token, call.of, 401)
        page = await opened(browser, asked.address)
        if page.status != OVER and (page.status, "masuk?ke=" in page.place) != (303, True):
            findings.append(f"{asked}: {page.status}")
    assert not findings, "\n".join(findings)


async def test_a_form_that_no_service_takes_any_more_keeps_what_was_typed(house: House) -> None:
    """But for what is only listed beside it: the page does without."""
    findings = []
    for sent, call in [(each, call) for each in FORMS for call in each.calls]:
        page, _ = await posted(house, sent, await empty(house, sent), call, 401)
        words = [] if page.is_fragment else [each for each in sent.typed.values() if " " in each]
        kept = all(each in unescape(page.text) for each in words)
        if not kept or (page.status != 401 and call.status == 503):
            findings.append(f"{sent} without {call.of}: {page.status}, kept: {kept}")
    assert not findings, "\n".join(findings)


# --- what nobody sees in a form ------------------------------------------------------------------

HARMLESS: Final = 0
HIDDEN: Final[Mapping[str, int]] = {
    "csrf": 403,  # another browser's
    "petugas_formulir": 403,  # another officer's
    "kunci": 422,
    "versi": 422,
    "tab": 422,
    "laporan": 422,
    "tindakan": 422,
    "tampilan": 422,
    "permintaan": 404,
    "tempat": 422,
    "ikut": HARMLESS,  # leads to the page of another case, whose id it must be
    "refs": HARMLESS,  # routing knows the reports of a case
    "instead_of": HARMLESS,  # routing compares it with whose hand the case is in
    "alasan": HARMLESS,  # one of routing's own list
    "foto": HARMLESS,  # routing knows the files of a case, intake those of its desks
    "ref": HARMLESS,  # routing knows the reports of a case
    "pasti": HARMLESS,  # the officer's own word
    "yakin": HARMLESS,
    "saran": HARMLESS,  # routing knows its units and categories
    "nomor": HARMLESS,  # shown again to whoever wrote it
    "kembali": HARMLESS,  # leads to an address of ours
    "tombol": HARMLESS,
    "jenis": HARMLESS,  # where in a queue the officer stands
    "mulai": HARMLESS,
    "hal": HARMLESS,
    "lanjut": HARMLESS,
}
"""The status that a changed one is answered with, by the field's name."""
CHANGED: Final = (
    "x", "../../internal/v1/parked/1/discard", "https://evil.example/", "/\\evil.example",
    "a\r\nx-evil: 1", "é\0", "9" * 3000,
)  # fmt: skip


def test_every_hidden_field_of_a_template_has_its_row() -> None:
    folders = (Path(rooms.__file__).parent / "templates", *rooms.templates())
    written = "\n".join(page.read_text() for each in folders for page in each.glob("*.html"))
    named = set(re.findall(r'type="hidden" name="([^"]+)"', written))
    assert {name for name in named if "{{" not in name} <= set(HIDDEN)
    # The others carry what stood in another form, under its own name.
    assert {name for name in named if "{{" in name} == {
        "{{ name }}",
        "{{ field.name }}",
        "{{ sure }}",
    }


@dataclass(frozen=True, slots=True)
class Hidden:
    """A hidden field of a form that goes to ``path`` with these ``fields``."""

    name: str
    who: Who
    path: str
    fields: Mapping[str, str]


async def hidden_fields(house: House) -> Collection[Hidden]:
    """Each once for each route that takes it, in forms that are right but for it."""
    pages = [(sent.who, await page_of(house, sent)) for sent in FORMS]
    for sent in (each for each in FORMS if each.status == 200):
        page, _ = await posted(house, sent, await empty(house, sent))
        pages.append((sent.who, page))
    routes_of = {sent.to: sent.route for sent in FORMS}
    typed = {sent.to: sent.typed for sent in reversed(FORMS) if sent.status == 303}
    found: dict[tuple[str, str], Hidden] = {}
    for who, page in pages:
        for form in forms_of(page):
            fields = {**form.fields, **typed.get(form.path, {})}
            for name in form.hidden:
                place = routes_of.get(form.path, form.path), name
                found.setdefault(place, Hidden(name, who, form.path, fields))
    return found.values()


async def test_a_hidden_field_that_was_changed_is_refused_or_reaches_nothing_else(
    house: House,
) -> None:
    known = {call.of for each in PAGES for call in each.calls}
    known |= {call.of for each in FORMS for call in each.calls}
    found = await hidden_fields(house)
    assert {name for name in HIDDEN if HIDDEN[name]} <= {each.name for each in found}
    findings = []
    for hidden in found:
        wanted = HIDDEN.get(hidden.name, HARMLESS)
        for value in CHANGED[:2] if wanted == 403 else CHANGED:
            browser, token = house.browser(hidden.who)
            page = await browser.send(hidden.path, {**hidden.fields, hidden.name: value})
            calls = house.calls(token)
            onward = urljoin(f"{ORIGIN}{hidden.path}", page.place)
            acts = [each for each in calls if "GET" not in each]
            if (
                page.status >= 500
                or not onward.startswith(f"{ORIGIN}/")
                or not {each for each in calls if "/v1/views/" not in each} <= known
                or (wanted and (page.status != wanted or acts))
            ):
                findings.append(
                    f"{hidden.path} {hidden.name}={value[:40]!r}: {page.status} {calls}"
                )
    house.parts.strange.clear()
    assert not findings, "\n".join(findings)
