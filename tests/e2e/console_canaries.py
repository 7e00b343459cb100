"""Unique words that officers type into the console: into each kind of form, taken and refused."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from tests.e2e.canaries import Planted
from tests.e2e.city import BIRO, KELURAHAN, City, Officer, officer_of
from tests.plain_browser import Page, PlainBrowser, PlainForm, sign_in

COUNTER = "console counter"


@dataclass
class AtConsole:
    """``kept``: what officers wrote that routing keeps; ``passing``: what nobody keeps. Both by
    form. ``addresses``, ``cookies``: all that their browsers asked for, and were given."""

    kept: dict[str, str] = field(default_factory=dict)
    passing: dict[str, str] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    @property
    def words(self) -> dict[str, str]:
        return {**self.kept, **self.passing}

    def keeps(self, name: str) -> str:
        """Words for a form that is taken."""
        self.kept[name] = f"kanarikantor{len(self.words):03d}q{name}"
        return f"Sudah diperiksa {self.kept[name]} tadi."

    def passes(self, name: str) -> str:
        """Words for a form that is refused, or only asks."""
        self.passing[name] = f"kanarilewat{len(self.words):03d}q{name}"
        return f"Belum {self.passing[name]} juga."

    def note(self, browser: PlainBrowser, *pages: Page) -> None:
        self.addresses += browser.been
        self.cookies += browser.given
        self.heads += [repr(page.headers) for page in pages]


@asynccontextmanager
async def at_console(city: City, who: Officer, seen: AtConsole) -> AsyncIterator[PlainBrowser]:
    """A browser whose officer has signed in; what it has met is noted."""
    http = httpx.AsyncClient(timeout=30, trust_env=False)
    async with PlainBrowser(http, city.running.url("console")) as browser:
        await browser.follow(await sign_in(browser, who.role, who.unit))
        try:
            yield browser
        finally:
            seen.note(browser)


def form_on(page: Page, path: str) -> PlainForm:
    form = page.form(path)
    assert form is not None, (page.status, page.address, path)
    return form


async def enter_report(city: City, planted: Planted, seen: AtConsole) -> bytes:
    """A report with its person at the console's counter; the form's body that filed it."""
    told = {
        "masalah": planted.words(), "alamat": planted.address(), "nama": planted.name(),
        "telepon": planted.phone(), "nik": planted.digits("nik", 16), "kategori": "coretan",
    }  # fmt: skip
    async with at_console(city, Officer("desk_officer", KELURAHAN), seen) as browser:
        form = form_on(await browser.get("/loket"), "/loket").filled(**told)
        alike = await browser.send(form.filled(langkah="mirip"))
        refused = await browser.send(form.filled(tempat=seen.passes("tempat")))
        assert (alike.status, refused.status) == (200, 422)
        filed = await browser.send(form)
        assert filed.status == 303, filed.text
        receipt = await browser.follow(filed)
        assert 'id="kode"' in receipt.text
        again = await browser.follow(filed)
        assert again.status == 410
        seen.note(browser, alike, refused, filed, receipt)
    return urlencode(form.fields).encode()


async def work_on(city: City, complaint_id: str, seen: AtConsole) -> None:
    """An officer of the kelurahan writes into each form of a case; the Biro sends it back."""
    case = f"/laporan/{complaint_id}"
    async with at_console(city, officer_of(KELURAHAN), seen) as browser:
        await _taken(browser, f"{case}/catatan", {"text": seen.keeps("note")})
        await _refused(browser, f"{case}/tolak", {"note": seen.passes("reject")}, 422)
        unsure = {"reason": "off_topic", "note": seen.passes("unsure")}
        await _refused(browser, f"{case}/tolak", unsure, 200)
        await _taken(browser, f"{case}/mulai", {})
        typed = {"to_unit": seen.passes("unit"), "note": seen.passes("note of none")}
        await _refused(browser, f"{case}/koordinasikan", typed, 422)
        await _stale(browser, f"{case}/hasil", {"text": seen.passes("conflict")})
        await _taken(browser, f"{case}/hasil", {"text": seen.keeps("follow-up")})
        await _out_of_session(browser, f"{case}/catatan", {"text": seen.passes("expired")})
        await _forged(browser, f"{case}/catatan", {"text": seen.passes("forged")})
    async with at_console(city, Officer("biro", BIRO), seen) as browser:
        page = await browser.get(f"/nilai/{complaint_id}")
        form = form_on(page, f"/nilai/{complaint_id}/kerjakan-ulang")
        taken = await browser.send(form.filled(alasan=seen.keeps("refusal")))
        assert taken.status == 303, taken.status
        await browser.follow(taken)


async def search_for(city: City, needles: Mapping[str, str], seen: AtConsole) -> None:
    """Whom and what officers look for stands in the form alone."""
    async with at_console(city, officer_of(KELURAHAN), seen) as browser:
        form = form_on(await browser.get("/cari"), "/cari")
        for words in (*needles.values(), seen.passes("search")):
            found = await browser.send(form.filled(kata=words))
            assert found.status == 303, found.text
            shown = await browser.follow(found)
            assert shown.status == 200
            seen.note(browser, found, shown)


async def _taken(browser: PlainBrowser, path: str, typed: Mapping[str, str]) -> None:
    answer = await browser.send(form_on(await browser.get(path), path).filled(**typed))
    assert answer.status == 303, (path, answer.status, answer.text)
    await browser.follow(answer)


async def _refused(browser: PlainBrowser, path: str, typed: Mapping[str, str], status: int) -> None:
    answer = await browser.send(form_on(await browser.get(path), path).filled(**typed))
    assert answer.status == status, (path, answer.status)


async def _stale(browser: PlainBrowser, path: str, typed: Mapping[str, str]) -> None:
    """Of a version that was, as if another officer had been quicker."""
    form = form_on(await browser.get(path), path)
    answer = await browser.send(form.filled(versi="1", **typed))
    assert answer.status == 412, answer.status


async def _out_of_session(browser: PlainBrowser, path: str, typed: Mapping[str, str]) -> None:
    form = form_on(await browser.get(path), path)
    session = browser.cookies.pop("__Host-sesi")
    answer = await browser.send(form.filled(**typed))
    assert answer.status == 401, answer.status
    browser.cookies["__Host-sesi"] = session


async def _forged(browser: PlainBrowser, path: str, typed: Mapping[str, str]) -> None:
    form = form_on(await browser.get(path), path)
    answer = await browser.send(form.filled(csrf="x", **typed))
    assert answer.status == 403, answer.status
