"""A session outlives the issuer's tokens: they are renewed, once, and as the issuer says now."""

import asyncio
import base64
import os
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import Response

from deploy.local.tokens import subject_of
from services.routing.console.browser import COOKIE_BYTES, GRANT, SESSION, sealed_session
from services.routing.console.seals import Seals
from services.routing.console.session import Grant, Officer, Session
from shared.auth import Role
from tests.unit.console.city import CASE, KELURAHAN, Browser, City, a_case

OFFICER = subject_of("unit_officer", KELURAHAN)
DUE, ENDED = timedelta(minutes=4, seconds=30), timedelta(minutes=6)
"""After a sign-in: the token is about to end, has ended."""
T = datetime(2026, 11, 26, 1, tzinfo=UTC)
WORDS = "Mobil sudah diderek, trotoar kosong."


def the_cookies(browser: Browser) -> dict[str, str]:
    return dict(browser.http.cookies)


def with_cookies(browser: Browser, cookies: dict[str, str]) -> None:
    browser.http.cookies.clear()
    browser.http.cookies.update(cookies)


async def opened(browser: Browser, tabs: int) -> list[httpx.Response]:
    """The same page in some tabs, all at the same moment and with the same cookies."""
    cookie = "; ".join(f"{name}={value}" for name, value in the_cookies(browser).items())
    async with httpx.AsyncClient(
        transport=browser.http._transport, base_url=browser.http.base_url
    ) as apart:
        return [
            *await asyncio.gather(
                *(apart.get("/profil", headers={"cookie": cookie}) for _ in range(tabs))
            )
        ]


@pytest.mark.parametrize("since", [DUE, ENDED], ids=["about to end", "ended"])
async def test_tabs_that_renew_at_the_same_moment_at_two_replicas_all_stay_signed_in(
    city: City, officer: Browser, since: timedelta
) -> None:
    async with city.browser(replica=1) as elsewhere:
        with_cookies(elsewhere, the_cookies(officer))
        city.clock.advance(since)
        answers = [
            each
            for at_one in await asyncio.gather(opened(officer, 4), opened(elsewhere, 4))
            for each in at_one
        ]
        assert [each.status_code for each in answers] == [200] * 8
        assert len(city.services.turns) == 1, "the issuer was asked once"
        # The first answers that come are lost: the browser still has what it had before.
        city.clock.advance(timedelta(minutes=5))
        for browser in (officer, elsewhere):
            await browser.open("/profil")
            assert browser.address == "/profil"


async def test_a_turn_whose_answer_was_lost_is_claimed_again_at_once_by_one_tab_alone(
    city: City, officer: Browser
) -> None:
    city.services.lost_answers = 2
    city.clock.advance(ENDED)
    for _ in range(2):
        assert (await officer.open("/profil")).status_code == 503
    answers = await opened(officer, 4)
    assert [each.status_code for each in answers] == [200] * 4
    assert len(city.services.turns) == 1, "the issuer was asked once"


async def test_a_late_answer_does_not_bring_an_old_refresh_token_back(
    city: City, officer: Browser
) -> None:
    city.clock.advance(timedelta(minutes=2))
    late = await officer.http.get("/profil")
    assert [each.split("=")[0] for each in late.headers.get_list("set-cookie")] == [SESSION]
    city.clock.advance(DUE - timedelta(minutes=2))
    renewed = await officer.http.get("/profil")
    named = {each.split("=")[0] for each in renewed.headers.get_list("set-cookie")}
    assert named == {SESSION, GRANT}


async def test_what_a_page_fetches_by_itself_renews_but_is_no_use(
    city: City, officer: Browser
) -> None:
    city.clock.advance(DUE)
    answer = await officer.http.get("/kabar")
    assert [each.split("=")[0] for each in answer.headers.get_list("set-cookie")] == [GRANT]


async def test_a_changed_role_is_the_officer_s_from_the_next_renewal_on(
    city: City, officer: Browser
) -> None:
    desk = {"sub": OFFICER, "role": "desk_officer", "unit": "31.74.01", "name": "Petugas"}
    city.sign_ins.move(OFFICER, desk)
    try:
        await officer.open("/profil")
        assert "Tebet Timur" in officer.page
        form = officer.page
        city.clock.advance(DUE)
        await officer.open("/profil")
        assert officer.address == "/profil"
        assert "Tebet Timur" not in officer.page
        assert (await officer.open("/kotak")).status_code == 403, "the inbox is for another role"
        city.sign_ins.move(OFFICER, {**desk, "role": "unit_officer", "unit": "31.74.01.1002"})
        city.clock.advance(DUE)
        officer.page = form
        await officer.post(f"/laporan/{CASE}/hasil", {"teks": WORDS})
        assert officer.status == 403, "the form is the former unit's"
        assert WORDS in officer.page
    finally:
        city.sign_ins.move(OFFICER, {**desk, "role": "unit_officer", "unit": KELURAHAN})


GONE = [
    None,
    {"sub": OFFICER, "role": "unit_officer", "unit": "31.99.99.9999", "name": "Petugas"},
    {"sub": OFFICER, "role": "biro", "unit": KELURAHAN, "name": "Petugas"},
    {"sub": "somebody-else", "role": "unit_officer", "unit": KELURAHAN, "name": "Petugas"},
]


@pytest.mark.parametrize("claims", GONE, ids=["left", "unit removed", "no such office", "another"])
async def test_whoever_is_refused_signs_in_again_and_keeps_the_words_of_the_form(
    city: City, officer: Browser, claims: dict[str, str] | None
) -> None:
    follow_up = a_case(state="in_progress", allowed=["follow-up"], accepted=True)
    city.services.answers |= {f"GET /cases/{CASE}": follow_up}
    await officer.open(f"/laporan/{CASE}/hasil")
    assert officer.status == 200
    city.sign_ins.move(OFFICER, claims)
    try:
        city.clock.advance(DUE)
        await officer.post(f"/laporan/{CASE}/hasil", {"teks": WORDS})
    finally:
        city.sign_ins.move(OFFICER, {**a_seat(), "sub": OFFICER})
    assert officer.status == 401
    assert WORDS in officer.page
    assert "masuk/mulai" in officer.page
    assert WORDS not in officer.address
    assert city.services.told(f"POST /cases/{CASE}/follow-up") == []
    await officer.open("/profil")
    assert urlsplit(officer.address).path == "/masuk"


def a_seat() -> dict[str, str]:
    return {"role": "unit_officer", "unit": KELURAHAN, "name": "Petugas"}


async def test_while_nothing_can_be_renewed_the_token_is_used_to_its_end_and_words_are_kept(
    city: City, officer: Browser
) -> None:
    follow_up = a_case(state="in_progress", allowed=["follow-up"], accepted=True)
    city.services.answers |= {f"GET /cases/{CASE}": follow_up}
    await officer.open(f"/laporan/{CASE}/hasil")
    form, city.services.no_turns = officer.page, True
    city.clock.advance(DUE)
    await officer.open("/profil")
    assert officer.address == "/profil"
    city.clock.advance(ENDED - DUE)
    assert (await officer.open("/profil")).status_code == 503
    officer.page = form
    await officer.post(f"/laporan/{CASE}/hasil", {"teks": WORDS})
    assert officer.status == 503
    assert WORDS in officer.page
    city.services.no_turns = False
    await officer.open("/profil")
    assert officer.address == "/profil", "nobody was signed out"


@pytest.mark.parametrize("ends", ["while the issuer is waited for", "on the way to routing"])
async def test_whose_token_ends_while_the_issuer_is_away_is_not_told_to_sign_in_again(
    city: City, officer: Browser, ends: str
) -> None:
    command, form = f"POST /cases/{CASE}/plan", f"/laporan/{CASE}/rencana"
    planned = a_case(state="accepted", allowed=["plan"], accepted=True)
    city.services.answers |= {f"GET /cases/{CASE}": planned, command: Response(status_code=401)}
    await officer.open(form)
    city.services.no_turns = True
    if ends == "while the issuer is waited for":
        city.services.while_refused = lambda: city.clock.advance(ENDED - DUE)
    city.clock.advance(DUE)
    await officer.post(form, {"plan": WORDS, "complete_by": "2030-01-01"})
    assert officer.status == 503
    assert WORDS in officer.page
    assert "Layanan masuk tidak dapat dihubungi" in officer.page
    assert (len(city.services.told(command)) == 1) == (ends == "on the way to routing")


READ = {
    f"/laporan/{CASE}": f"GET /cases/{CASE}",
    f"/laporan/{CASE}/rencana": f"GET /cases/{CASE}",
    "/kotak": "GET /inbox",
    "/kabar": "GET /inbox/changes",
}


@pytest.mark.parametrize("page", READ)
async def test_a_page_whose_token_ends_on_its_way_while_the_issuer_is_away_signs_nobody_out(
    city: City, officer: Browser, page: str
) -> None:
    city.services.answers[READ[page]] = Response(status_code=401)
    city.services.no_turns = True
    city.clock.advance(DUE)
    assert (await officer.open(page)).status_code == 503
    city.services.no_turns = False
    await officer.open("/profil")
    assert officer.address == "/profil"


@pytest.mark.parametrize("page", [each for each in READ if each != "/kabar"])
async def test_a_page_whose_token_no_service_takes_leads_to_the_sign_in(
    city: City, officer: Browser, page: str
) -> None:
    city.services.answers[READ[page]] = Response(status_code=401)
    await officer.open(page)
    assert urlsplit(officer.address).path == "/masuk"


async def test_a_sign_out_revokes_what_a_stolen_cookie_would_be_renewed_by(
    city: City, officer: Browser
) -> None:
    await officer.open("/profil")
    stolen = the_cookies(officer)
    await officer.post("/keluar")
    assert officer.address == "/keluar/penerbit"
    [there] = {each for each in officer.page.split('"') if each.startswith("0;url=")}
    leaving = urlsplit(there.removeprefix("0;url=").replace("&amp;", "&"))
    asked = parse_qs(leaving.query)
    assert asked == {
        "client_id": ["crm-console"],
        "post_logout_redirect_uri": ["https://console.test/masuk?keluar=ya"],
    }, "no token, no person"
    back = await officer.issuer_http.get(leaving.path, params=leaving.query)
    assert back.headers["location"] == "https://console.test/masuk?keluar=ya"
    away = {"client_id": "crm-console", "post_logout_redirect_uri": "https://evil.test/"}
    assert (await officer.issuer_http.get(leaving.path, params=away)).status_code == 400
    async with city.browser() as thief:
        with_cookies(thief, stolen)
        city.clock.advance(DUE)
        await thief.open("/profil")
        assert urlsplit(thief.address).path == "/masuk"


def a_token(length: int) -> str:
    """As long as that and as hard to pack as a real one."""
    return base64.urlsafe_b64encode(os.urandom(length))[:length].decode()


def a_session(access: int = 200, refresh: int = 40, id: str = "s1") -> Session:
    officer = Officer(
        subject="0" * 36, role=Role.UNIT_OFFICER, unit=KELURAHAN, name="N" * 60,
        unit_name="Kelurahan Tebet Timur", token=a_token(access),
    )  # fmt: skip
    grant = Grant.new(officer, a_token(refresh), T, T + timedelta(minutes=5))
    return Session.begin(id, grant, T, timedelta(hours=8))


@pytest.mark.parametrize(
    ("access", "refresh", "fits"), [(1500, 1000, True), (2200, 1300, True), (2600, 1600, False)]
)
def test_tokens_of_a_real_issuer_s_length_have_room_in_a_cookie(
    access: int, refresh: int, fits: bool
) -> None:
    cookies = sealed_session(Seals([b"k" * 32]), a_session(access, refresh))
    attributes = "; Path=/; Secure; HttpOnly; SameSite=Lax"
    written = [f"{name}={value}{attributes}" for name, value in cookies.items()]
    assert (max(map(len, written)) <= COOKIE_BYTES) is fits


async def test_a_grant_beside_the_use_of_another_session_is_nobody_s(
    city: City, officer: Browser
) -> None:
    async with city.browser() as other:
        await other.sign_in(n=2)
        mixed = {**the_cookies(officer), GRANT: the_cookies(other)[GRANT]}
        with_cookies(officer, mixed)
        await officer.open("/profil")
        assert urlsplit(officer.address).path == "/masuk"


def test_without_a_refresh_token_a_session_ends_with_the_access_token() -> None:
    officer = a_session().officer
    ends = T + timedelta(minutes=5)
    session = Session.begin("s", Grant.new(officer, "", T, ends), T, timedelta(hours=8))
    assert session.ends == ends
    assert not session.grant.is_due(ends)


@pytest.mark.parametrize(("minutes", "before"), [(60, 60), (5, 60), (2, 30), (1, 15)])
def test_a_token_is_renewed_a_minute_before_its_end_and_a_short_one_later(
    minutes: int, before: int
) -> None:
    ends = T + timedelta(minutes=minutes)
    due = Grant.new(a_session().officer, "r", T, ends).due
    assert ends - due == timedelta(seconds=before)
