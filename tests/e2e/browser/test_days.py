"""A day's work of each role in a real browser: phone and desk, with script and without."""

import re

import pytest
from playwright.async_api import ViewportSize, expect

from deploy.rehearsal.callers import TEBET_TIMUR
from tests.e2e.browser.conftest import Opens
from tests.e2e.browser.officer import DESK, PHONE, OfficerAtWork
from tests.e2e.city import ADMIN, AUDITOR, BIRO, KELURAHAN, City, Officer, Reported, officer_of

SUDIN = "sudin-bina-marga-31.74"
DINAS = "dinas-bina-marga"
JUDGE = Officer("biro", BIRO)
TRIAGE = Officer("triage_officer", "triage")

ways = pytest.mark.parametrize(
    ("size", "scripted"),
    [(PHONE, True), (DESK, True), (PHONE, False), (DESK, False)],
    ids=["phone", "desk", "phone without script", "desk without script"],
)


async def open_case(at: OfficerAtWork, reported: Reported) -> None:
    await at.open(f"/laporan/{reported.complaint_id}")
    await expect(at.page.get_by_role("heading", name=reported.report_number)).to_be_visible()


async def press(at: OfficerAtWork, act: str) -> None:
    """The act as a button of the case, or as a link to its form."""
    acts = at.page.locator("#acts")
    direct = acts.get_by_role("button", name=act, exact=True)
    if await direct.count():
        await direct.click()
        return
    link = acts.get_by_role("link", name=act, exact=True)
    if not await link.is_visible():
        await acts.locator("summary").first.click()
    await link.click()


async def send(at: OfficerAtWork, act: str) -> None:
    await at.page.locator("#act-form").get_by_role("button", name=act, exact=True).click()


async def give_to(at: OfficerAtWork, act: str, unit: str) -> None:
    """A name that several units begin with is answered with a choice."""
    await at.page.locator("#f-to_unit").fill(unit)
    await send(at, act)
    choice = at.page.get_by_role("radio", name=unit, exact=True)
    if await choice.count():
        await choice.check()
        await send(at, act)
    await is_recorded(at)


async def is_recorded(at: OfficerAtWork) -> None:
    await expect(at.page.locator(".ok[role=status]")).to_be_visible()
    await expect(at.page.get_by_role("alert")).to_have_count(0)


@ways
async def test_a_kelurahan_finds_takes_and_does_what_the_biro_then_accepts(
    city: City, opens: Opens, size: ViewportSize, scripted: bool
) -> None:
    reported = await city.report("sampah", text="Tumpukan sampah di depan pos sudah lima hari.")
    async with opens(officer_of(KELURAHAN), size, scripted=scripted) as at:
        await at.open("/kotak?tab=baru")
        row = at.page.locator(f"#l-{reported.complaint_id}")
        await expect(row).to_contain_text(reported.report_number)
        await row.get_by_role("link").first.click()
        await press(at, "Ambil")
        await is_recorded(at)
        await press(at, "Mulai kerjakan")
        await is_recorded(at)
        await press(at, "Kirim hasil")
        await (
            at.page.get_by_label("Hasil")
            .or_(at.page.locator("textarea"))
            .first.fill("Sampah sudah diangkut oleh regu kelurahan.")
        )
        await send(at, "Kirim hasil")
        await is_recorded(at)
        assert at.faults == []
    async with opens(JUDGE, size, scripted=scripted) as judge:
        await judge.open(f"/nilai/{reported.complaint_id}?jenis=hasil")
        await expect(judge.page.locator("main")).to_contain_text("Sampah sudah diangkut")
        await judge.page.locator("#f-selesai").get_by_role("button").click()
        await is_recorded(judge)
        assert judge.faults == []
    await city.tracked_state(reported, "completed")


@ways
async def test_a_case_goes_from_the_kelurahan_by_the_dinas_to_its_suku_dinas(
    city: City, opens: Opens, size: ViewportSize, scripted: bool
) -> None:
    reported = await city.report("sampah", text="Jalan di muka pasar amblas selebar dua meter.")
    async with opens(officer_of(KELURAHAN), size, scripted=scripted) as at:
        await open_case(at, reported)
        await press(at, "Koordinasikan")
        await (
            at.page.get_by_role("combobox")
            .or_(at.page.locator("input[list]"))
            .first.fill("Dinas Bina Marga")
        )
        await send(at, "Koordinasikan")
        if await at.page.get_by_role("radio").count():
            await at.page.get_by_role("radio").first.check()
            await send(at, "Koordinasikan")
        await is_recorded(at)
    assert await city.holder(reported) == DINAS
    async with opens(officer_of(DINAS), size, scripted=scripted) as dinas:
        await open_case(dinas, reported)
        await press(dinas, "Disposisikan")
        await give_to(dinas, "Disposisikan", "Suku Dinas Bina Marga Jakarta Selatan")
    assert await city.holder(reported) == SUDIN
    async with opens(officer_of(SUDIN), size, scripted=scripted) as sudin:
        await sudin.open("/kotak?tab=baru&status=delegated")
        await expect(sudin.page.locator("#rows")).to_contain_text(reported.report_number)


@pytest.mark.parametrize("scripted", [True, False], ids=["with script", "without script"])
async def test_who_comes_second_sees_what_happened_and_keeps_his_words(
    city: City, opens: Opens, scripted: bool
) -> None:
    reported = await city.report("sampah", text="Lampu taman padam sejak Senin.")
    first, second = officer_of(KELURAHAN, "1"), officer_of(KELURAHAN, "2")
    async with (
        opens(first, DESK, scripted=scripted) as one,
        opens(second, PHONE, scripted=scripted) as two,
    ):
        await open_case(two, reported)
        await press(two, "Tanya pelapor")
        words = "Lampu yang di sebelah mana?"
        await two.page.locator("#f-question").fill(words)
        await open_case(one, reported)
        await press(one, "Ambil")
        await is_recorded(one)
        await send(two, "Tanya pelapor")
        await expect(two.page.get_by_role("alert")).to_contain_text("Laporan berubah saat Anda")
        await expect(two.page.locator("#f-question")).to_have_value(words)
        await send(two, "Tanya pelapor")
        await is_recorded(two)
    view = await city.tracked(reported, lambda seen: seen["questions"], "the question")
    assert words in str(view["questions"])


async def test_what_a_colleague_does_arrives_in_an_open_inbox_and_moves_no_row(
    city: City, opens: Opens
) -> None:
    reported = await city.report("sampah", text="Keranjang sampah di taman penuh.")
    async with opens(officer_of(KELURAHAN), DESK) as at:
        news, row = at.page.locator("#news"), at.page.locator(f"#l-{reported.complaint_id}")
        async with at.page.expect_response("**/kabar") as stream:
            await at.open("/kotak?tab=baru")
        assert (await stream.value).status == 200
        await expect(row).to_be_visible()
        await expect(news).to_be_hidden()
        count = at.page.locator("#tabs [aria-current] .count")
        before = int(await count.inner_text())
        await at.page.evaluate("window.sameDocument = true")
        await city.does(reported, "accept", officer_of(KELURAHAN, "s-colleague"))
        await expect(news).to_be_visible()
        await expect(count).to_have_text(str(before - 1))
        await expect(row).to_be_visible()
        assert await at.page.evaluate("window.sameDocument"), "nothing was loaded anew"
        await news.get_by_role("link").click()
        await expect(row).to_have_count(0)

        await open_case(at, reported)
        await at.page.get_by_role("button", name="Tampilkan peta").click()
        await expect(at.page.locator("#map .leaflet-tooltip")).to_have_text("Tebet Timur")
        assert at.faults == []


@ways
async def test_at_a_counter_a_citizen_leaves_with_a_receipt_of_which_no_address_tells(
    city: City, opens: Opens, size: ViewportSize, scripted: bool
) -> None:
    async with opens(Officer("desk_officer", "biro-pemerintahan"), size, scripted=scripted) as at:
        await at.open("/loket")
        await at.page.locator("#loket-masalah").fill("Saluran air di depan rumah tersumbat.")
        await at.page.locator("#loket-tempat").fill(TEBET_TIMUR.kelurahan_code)
        await at.page.locator("#loket-form button[type=submit]").first.click()
        code = (await at.page.locator("#kode").inner_text()).strip()
        assert re.fullmatch(r"[0-9A-Z]{4}( [0-9A-Z]{4}){3}", code)
        assert not any(part in at.page.url for part in code.split())
        await expect(at.page.locator(".qr svg")).to_be_visible()
        number = (await at.page.locator("#nomor").inner_text()).strip()
        await expect(at.page.get_by_role("article")).to_contain_text("Kelurahan Tebet Timur")
        await at.keep_picture("loket-tanda-terima")
        await at.page.locator("#laporan-berikutnya").click()
        await at.page.go_back()
        await expect(at.page.locator("main")).not_to_contain_text(code)
        assert at.faults == []
    answer = await city.running.post("tracking", "/v1/track", {"code": code})
    assert answer.body["report_number"] == number


@ways
async def test_the_triage_desk_gives_a_report_without_a_place_to_a_unit(
    city: City, opens: Opens, size: ViewportSize, scripted: bool
) -> None:
    await city.mail("Pohon tumbang", words="Pohon besar tumbang menutup jalan, mohon ditangani.")
    async with opens(TRIAGE, size, scripted=scripted) as at:
        await at.open("/triase")
        row = at.page.get_by_role("listitem").filter(has_text="Pohon tumbang").first
        await expect(row).to_be_visible()
        await row.get_by_role("link").first.click()
        form = at.page.locator("#f-tetapkan")
        await form.locator("#tetapkan-saran").check()
        await form.locator("#tetapkan-unit").fill("Dinas Pertamanan dan Hutan Kota")
        await form.locator("#tetapkan-kategori").select_option("pohon")
        await form.get_by_role("button", name="Tetapkan unit").click()
        if (
            await at.page.get_by_role("alert").count()
            and await at.page.get_by_role("radio").count()
        ):
            await at.page.get_by_role("radio").last.check()
            await at.page.locator("#f-tetapkan").get_by_role("button", name="Tetapkan unit").click()
        await is_recorded(at)
        assert at.faults == []


@ways
async def test_an_administrator_and_an_auditor_see_what_is_theirs(
    city: City, opens: Opens, size: ViewportSize, scripted: bool
) -> None:
    async with opens(Officer("admin", ADMIN.unit), size, scripted=scripted) as at:
        for path in ("tertunda", "pesan", "unit", "kategori", "aturan", "kanal"):
            await at.open(f"/kelola/{path}")
            await expect(at.page.get_by_role("heading", level=1)).to_be_visible()
            await expect(at.page.get_by_role("alert")).to_have_count(0)
        assert at.faults == []
    async with opens(Officer("auditor", AUDITOR.unit), size, scripted=scripted) as auditor:
        await auditor.open("/jejak")
        await expect(auditor.page.get_by_role("heading", level=1)).to_be_visible()
        assert auditor.faults == []
