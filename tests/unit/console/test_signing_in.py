"""Who is signed in: by the issuer's word, in this browser, for so long."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.console.city import CASE, KELURAHAN, Browser, City, a_case, a_city, an_inbox

PATHS = ("/", "/kotak", f"/laporan/{CASE}", f"/laporan/{CASE}/ambil", "/cari", "/profil")


@pytest.mark.parametrize("path", PATHS)
async def test_a_stranger_is_led_to_the_sign_in_and_back_to_the_page(city: City, path: str) -> None:
    city.services.answers |= {"GET /inbox": an_inbox(), f"GET /cases/{CASE}": a_case()}
    async with city.browser() as browser:
        await browser.open(path)
        assert urlsplit(browser.address).path == "/masuk"
        back = parse_qs(urlsplit(browser.address).query)["ke"][0]
        assert path.strip("/") not in back or path == "/", "the way back is sealed"
        leave = await browser.http.get(f"/masuk/mulai?ke={back}")
        way = await browser.choose(leave.headers["location"], "unit_officer", KELURAHAN)
        await browser.open(way)
        assert browser.status in (200, 422)
        assert urlsplit(browser.address).path == (path if path != "/" else "/kotak")


async def test_nobody_else_says_where_an_officer_goes_after_the_sign_in(city: City) -> None:
    city.services.answers |= {"GET /inbox": an_inbox()}
    async with city.browser() as browser:
        for forged in ("https://evil.test/", "//evil.test", "aHR0cHM6Ly9ldmls"):
            leave = await browser.http.get("/masuk/mulai", params={"ke": forged})
            way = await browser.choose(leave.headers["location"], "unit_officer", KELURAHAN)
            await browser.open(way)
            assert browser.address.startswith("/kotak")
            browser.http.cookies.clear()


async def test_the_cookies_are_of_this_origin_alone_and_hold_nothing_readable(city: City) -> None:
    async with city.browser() as browser:
        answer = await browser.http.get(
            await browser.choose(await browser.leave(), "unit_officer", KELURAHAN)
        )
        cookies = answer.headers.get_list("set-cookie")
        assert {each.split("=")[0] for each in cookies} >= {"__Host-sesi", "__Host-masuk"}
        for each in cookies:
            assert each.startswith("__Host-")
            assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(each.split("; "))
            assert "Domain" not in each
            assert KELURAHAN not in each
        assert "token" not in answer.headers["location"]


async def test_an_answer_of_the_issuer_is_taken_once_and_by_the_browser_that_left(
    city: City,
) -> None:
    city.services.answers |= {"GET /inbox": an_inbox()}
    async with city.browser() as victim, city.browser() as thief:
        way = await victim.choose(await victim.leave(), "unit_officer", KELURAHAN)
        await thief.open(way)
        assert thief.status == 403, "it never left"
        await thief.leave()
        await thief.open(way)
        assert thief.status == 403, "it left with another state"
        await victim.open(way)
        assert victim.status == 200
        await victim.open(way)
        assert victim.status == 403, "the answer was used"


async def test_a_code_is_worth_nothing_without_the_verifier_of_its_browser(city: City) -> None:
    async with city.browser() as browser:
        way = await browser.choose(await browser.leave(), "unit_officer", KELURAHAN)
        code = parse_qs(urlsplit(way).query)["code"][0]
        stolen = {
            "grant_type": "authorization_code", "code": code, "client_id": "crm-console",
            "redirect_uri": "https://console.test/masuk/kembali", "code_verifier": "guessed",
        }  # fmt: skip
        assert (await browser.issuer_http.post("/issuer/token", data=stolen)).status_code == 400


@pytest.mark.parametrize(
    "change", [{"redirect_uri": "https://evil.test/"}, {"code_challenge_method": "plain"}]
)
async def test_the_issuer_serves_its_clients_alone_and_only_with_pkce(
    city: City, change: dict[str, str]
) -> None:
    async with city.browser() as browser:
        parts = urlsplit(await browser.leave())
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer = await browser.issuer_http.get(parts.path, params=asked | change)
        assert answer.status_code == 400


async def test_an_office_that_there_is_not_cannot_be_chosen(city: City) -> None:
    async with city.browser() as browser:
        parts = urlsplit(await browser.leave())
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        chosen = {"role": "biro", "unit": KELURAHAN}
        answer = await browser.issuer_http.get(parts.path, params=asked | chosen)
        assert answer.status_code == 200
        assert 'role="alert"' in answer.text


async def test_a_session_goes_on_with_use_and_ends_after_half_an_hour_without(
    city: City, officer: Browser
) -> None:
    for _ in range(3):
        city.clock.advance(timedelta(minutes=20))
        await officer.open("/profil")
        assert officer.address == "/profil"
    city.clock.advance(timedelta(minutes=31))
    await officer.open("/profil")
    assert officer.address.startswith("/masuk")


async def test_what_a_page_fetches_by_itself_is_no_use(city: City, officer: Browser) -> None:
    for _ in range(4):
        city.clock.advance(timedelta(minutes=9))
        assert (await officer.http.get("/kabar")).status_code in (303, 503)
    await officer.open("/profil")
    assert officer.address.startswith("/masuk")


async def test_a_session_in_use_is_sealed_anew_and_no_longer_than_eight_hours(
    city: City, officer: Browser
) -> None:
    first = officer.http.cookies["__Host-sesi"]
    for _ in range(16):
        city.clock.advance(timedelta(minutes=29))
        await officer.open("/profil")
    assert officer.address == "/profil"
    assert officer.http.cookies["__Host-sesi"] != first
    city.clock.advance(timedelta(minutes=17))
    await officer.open("/profil")
    assert officer.address.startswith("/masuk")


async def test_typing_counts_as_use_and_signing_out_ends_it(city: City, officer: Browser) -> None:
    await officer.open("/profil")
    city.clock.advance(timedelta(minutes=25))
    await officer.post("/sesi", {"kembali": "/profil"})
    city.clock.advance(timedelta(minutes=25))
    await officer.open("/profil")
    assert officer.address == "/profil"
    answer = await officer.post("/keluar")
    assert [each.headers.get("clear-site-data") for each in answer.history] == ['"storage"']
    await officer.open("/profil")
    assert officer.address.startswith("/masuk")


async def test_the_first_screen_is_the_roles(city: City) -> None:
    for role, unit, path in (
        ("biro", "biro-pemerintahan", "/nilai"),
        ("triage_officer", "triage", "/triase"),
        ("desk_officer", KELURAHAN, "/loket"),
        ("admin", "biro-pemerintahan", "/kelola/tertunda"),
        ("auditor", "biro-pemerintahan", "/jejak"),
    ):
        async with city.browser() as browser:
            await browser.sign_in(role, unit)
            assert browser.address == path


async def test_an_issuer_that_is_away_is_said_so() -> None:
    async with a_city(issuer_url="http://127.0.0.1:1/issuer") as dark, dark.browser() as browser:
        answer = await browser.http.get("/masuk/mulai")
        assert answer.status_code == 503
        assert "tidak dapat dihubungi" in answer.text
        assert answer.headers["retry-after"] == "2"


async def test_a_browser_that_brings_any_cookie_is_a_stranger(city: City) -> None:
    async with city.browser() as browser:
        for cookie in (
            b"__Host-sesi=x",
            b"__Host-sesi=",
            b"=;;=",
            b"__Host-pilihan=xx.k",
            b"\x80=1",
        ):
            answer = await browser.http.get("/profil", headers={b"cookie": cookie})
            assert answer.status_code == 303


async def test_a_sign_in_asks_the_services_once(city: City) -> None:
    """Who the officer is: all else the issuer has said."""
    async with city.browser() as browser:
        back = await browser.choose(await browser.leave(), "desk_officer", KELURAHAN)
        assert (await browser.http.get(back)).status_code == 303
    assert [asked[:2] for asked in city.services.asked] == [("GET", "/me")]
