"""A day's work of each role in a real browser: phone and desk, with script and without.

Each act is done by the role that it belongs to, and the next one in the chain sees what came of it.
"""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from playwright.async_api import expect

from deploy.rehearsal.callers import TEBET_TIMUR, governor_meta_request
from deploy.rehearsal.scenes import street
from shared.clock import JAKARTA
from shared.cloudevents import BusMessage
from shared.events.intake import ComplaintReceived
from tests.e2e.books import execute, query
from tests.e2e.browser.conftest import Opens
from tests.e2e.browser.days import Office, day
from tests.e2e.browser.hands import (
    accept_result,
    be_sure,
    choose,
    do,
    do_at_desk,
    file_result,
    fill_desk,
    find_in,
    give_to,
    is_recorded,
    open_case,
    open_from,
    press,
    reads,
    row_of,
    send,
)
from tests.e2e.browser.officer import DESK, PHONE, OfficerAtWork
from tests.e2e.city import BIRO, KELURAHAN, City, Officer, Reported, officer_of, until
from tests.e2e.strange_events import message, parked, publish, received, wait_parked

SUDIN = "sudin-bina-marga-31.74"
DINAS = "dinas-bina-marga"
LURAH, COLLEAGUE = officer_of(KELURAHAN), officer_of(KELURAHAN, "2")
JUDGE = Officer("biro", BIRO)
TRIAGE = Officer("triage_officer", "triage")


def day_in(days: int) -> str:
    """As a field for a date takes it."""
    return (datetime.now(JAKARTA) + timedelta(days=days)).date().isoformat()


# --- the kelurahan, the Biro, the citizen --------------------------------------------------


@day(PHONE, DESK, "laporan/ambil laporan/catatan laporan/tugaskan laporan/tanya tombol:sisip "
     "tombol:bahasa laporan/mulai laporan/hasil laporan/sudah-dibaca nilai/periksa nilai/catatan "
     "nilai/kerjakan-ulang nilai/selesai nilai/sudah-dibaca nilai/buka-kembali")  # fmt: skip
async def test_a_kelurahan_takes_asks_and_does_what_the_biro_visits_refuses_accepts_and_reopens(
    city: City, office: Office
) -> None:
    reported = await city.report("sampah", text="Tumpukan sampah di depan pos sudah lima hari.")
    await _reply_template(city, "Mohon sebutkan patokannya.")
    lurah, colleague = await office.seat(LURAH), await office.seat(COLLEAGUE)
    await open_from(lurah, "/kotak?tab=baru", reported)
    await do(lurah, "Ambil")
    await do(lurah, "Catatan", text="Gerobak ada di pos dua.")
    await do(lurah, "Tugaskan", chosen=re.compile(" 2,"))

    await open_from(colleague, "/kotak?tab=dikerjakan&petugas=saya", reported)
    await reads(colleague, "Gerobak ada di pos dua.")
    await _ask_with_a_template(colleague, "Pos yang mana?")
    page = await office.tracking_page(reported)
    await expect(page.locator("main")).to_contain_text("Pos yang mana?")
    await page.locator("#text").fill("Pos RW 05, dekat lapangan.")
    await page.locator("form.answer button").click()
    await expect(page.get_by_role("status")).to_be_visible()
    await open_from(colleague, "/kotak?tab=dikerjakan&petugas=saya", reported)
    await reads(colleague, "Pos RW 05, dekat lapangan.", "Ada tulisan baru dari pelapor")
    await do(colleague, "Sudah dibaca", note="Regu dua tahu tempatnya.")
    await expect(colleague.page.locator("main")).not_to_contain_text("Ada tulisan baru")
    await do(colleague, "Mulai kerjakan")
    await do(colleague, "Kirim hasil", text="Sampah sudah diangkut oleh regu kelurahan.")

    judge = await office.seat(JUDGE)
    await open_from(judge, "/nilai?jenis=hasil", reported)
    await reads(judge, "Sampah sudah diangkut oleh regu kelurahan.", "Hasil tanpa foto bukti")
    await do_at_desk(judge, "periksa", "Diperiksa di lapangan")
    await open_from(judge, "/nilai?jenis=lapangan", reported)
    await do_at_desk(judge, "catatan", "Catatan kunjungan", catatan="Sisa karung di sisi utara.")
    await do_at_desk(judge, "kerjakan-ulang", "Diminta dikerjakan ulang", alasan="Belum bersih.")

    row = await find_in(colleague, "/kotak?tab=dikerjakan", reported)
    await expect(row).to_contain_text("TL Ditolak")
    await row.get_by_role("link").first.click()
    await reads(colleague, "Belum bersih.", "Sisa karung di sisi utara.")
    await do(colleague, "Mulai kerjakan")
    work = street(f"bersih-{office.scripted}")
    await file_result(colleague, "Sisi utara juga sudah bersih.", work)
    await open_from(judge, "/nilai?jenis=hasil", reported)
    await reads(judge, "Sisi utara juga sudah bersih.", "Hasil pernah ditolak")
    await expect(judge.page.get_by_role("img", name="Foto 1 hasil pekerjaan")).to_be_visible()
    await expect(judge.page.locator("main")).not_to_contain_text("Hasil tanpa foto bukti")
    await accept_result(judge)
    await open_case(colleague, reported)
    await reads(colleague, "Selesai")
    await city.tracked_state(reported, "completed")
    page = await office.tracking_page(reported)
    await expect(page.locator("main")).to_contain_text("Sisi utara juga sudah bersih.")

    await city.answer_question(reported, words="Terima kasih, tetapi masih bau.")
    await open_from(judge, "/nilai?jenis=keberatan", reported)
    await reads(judge, "Terima kasih, tetapi masih bau.")
    await do_at_desk(judge, "sudah-dibaca", "Sudah dibaca", catatan="Bau dari saluran tetangga.")
    await judge.open("/nilai?jenis=keberatan")
    await expect(row_of(judge, reported)).to_have_count(0)
    await city.answer_question(reported, words="Karungnya kembali lagi.")
    await open_from(judge, "/nilai?jenis=keberatan", reported)
    form = await fill_desk(judge, "buka-kembali", catatan="Karung kembali.")
    await form.locator("select").select_option("citizen_objection")
    await form.get_by_role("button").click()
    await be_sure(judge, "Buka kembali")
    await is_recorded(judge, "Dibuka kembali")
    await open_from(lurah, "/kotak?tab=baru", reported)
    await reads(lurah, "Karungnya kembali lagi.", "Karung kembali.")
    await city.tracked_state(reported, "received")


@day(PHONE, DESK, "laporan/foto laporan/isi")
async def test_a_private_reports_picture_is_locked_for_its_unit_and_the_biro_opens_it_for_a_reason(
    city: City, office: Office
) -> None:
    reported = await city.report_privately("sampah", street(f"rahasia-{office.scripted}"))
    lurah, judge = await office.seat(LURAH), await office.seat(JUDGE)

    async def is_cleared() -> bool:
        await open_case(judge, reported)
        return bool(await judge.page.get_by_role("link", name="Buka dengan alasan").count())

    await until(is_cleared, "the picture, locked")
    await open_case(lurah, reported)
    await reads(lurah, "Foto 1 dari pelapor", "Foto terkunci")
    await expect(lurah.page.get_by_role("link", name="Buka dengan alasan")).to_have_count(0)
    await judge.page.get_by_role("link", name="Buka dengan alasan").click()
    await judge.page.locator("#f-alasan").fill("Memastikan tempatnya.")
    await send(judge, "Buka")
    await is_recorded(judge, "tercatat")
    picture = judge.page.get_by_role("img", name="Foto 1 dari pelapor")
    await expect(picture).to_have_js_property("complete", value=True)
    await expect(picture).not_to_have_js_property("naturalWidth", 0)
    await open_case(lurah, reported)
    await reads(lurah, "Dibuka Biro Pemerintahan", "Memastikan tempatnya.", "[nomor telepon]")
    await expect(lurah.page.get_by_role("link", name="Baca isi utuh")).to_have_count(0)
    await open_case(judge, reported)
    await judge.page.get_by_role("link", name="Baca isi utuh").click()
    await judge.page.locator("#f-alasan").fill("Memastikan pelapornya.")
    await send(judge, "Buka")
    await is_recorded(judge, "tercatat")
    await reads(judge, "Warga melapor di loket, hp +62")
    await open_case(lurah, reported)
    await reads(lurah, "Memastikan pelapornya.")


async def _reply_template(city: City, words: str) -> None:
    template = {"command": "question", "title": "Patokan", "text": words}
    path = f"/v1/reply-templates/{uuid4()}"
    answer = await city.request("routing", "PUT", path, who=LURAH, json=template)
    assert answer.status == 200, answer


async def _ask_with_a_template(at: OfficerAtWork, words: str) -> None:
    """What is typed stays, while a template is added to it and while the language changes."""
    await press(at, "Tanya pelapor")
    field = at.page.locator("#f-question")
    await field.fill(words)
    await at.page.get_by_role("button", name="Sisipkan", exact=True).click()
    await expect(field).to_have_value(f"{words}\n\nMohon sebutkan patokannya.")
    await at.page.locator("#act-form").get_by_role("button", name="English").click()
    await expect(at.page.get_by_role("heading", level=1)).to_have_text("Ask the reporter")
    await at.page.locator("#act-form").get_by_role("button", name="Indonesia").click()
    await expect(field).to_have_value(f"{words}\n\nMohon sebutkan patokannya.")
    await send(at, "Tanya pelapor")
    await is_recorded(at, "Tanya pelapor")


# --- plans and later dates ------------------------------------------------------------------


@day(DESK, PHONE, "laporan/rencana laporan/ews nilai/kembalikan-rencana nilai/setujui-rencana "
     "nilai/pertahankan-tenggat nilai/setujui-tenggat")  # fmt: skip
async def test_a_suku_dinas_plans_and_asks_for_time_until_the_biro_agrees(
    city: City, office: Office
) -> None:
    reported = await city.report("jalan", text="Jalan di muka pasar amblas selebar dua meter.")
    sudin, judge = await office.seat(officer_of(SUDIN)), await office.seat(JUDGE)
    await open_from(sudin, "/kotak?tab=baru", reported)
    await do(sudin, "Ajukan rencana", plan="Tambal dengan aspal.", complete_by=day_in(5))
    await open_from(judge, "/nilai?jenis=rencana", reported)
    await reads(judge, "Tambal dengan aspal.")
    await do_at_desk(judge, "kembalikan-rencana", "Rencana dikembalikan", alasan="Sebut regunya.")
    await open_from(sudin, "/kotak?tab=dikerjakan", reported)
    await reads(sudin, "Sebut regunya.")
    await do(sudin, "Ajukan rencana", plan="Regu 4 menambal.", complete_by=day_in(5))
    await open_from(judge, "/nilai?jenis=rencana", reported)
    await reads(judge, "Regu 4 menambal.")
    await do_at_desk(judge, "setujui-rencana", "Rencana disetujui")

    await open_from(sudin, "/kotak?tab=dikerjakan", reported)
    later = {"reason": "Menunggu aspal.", "complete_by": day_in(20)}
    await do(sudin, "Minta tenggat baru (EWS)", **later)
    await open_from(judge, "/nilai?jenis=ews", reported)
    await reads(judge, "Menunggu aspal.")
    await do_at_desk(judge, "pertahankan-tenggat", "Tenggat dipertahankan", alasan="Terlalu lama.")
    await open_case(sudin, reported)
    await reads(sudin, "Terlalu lama.")
    await do(sudin, "Minta tenggat baru (EWS)", **later)
    await open_from(judge, "/nilai?jenis=ews", reported)
    await do_at_desk(judge, "setujui-tenggat", "Tenggat baru disetujui")
    await city.tracked(reported, lambda view: view["original_due_at"], "the later date")

    async def shown() -> bool:
        await open_case(sudin, reported)
        return await sudin.page.get_by_text("Semula").count() > 0

    await until(shown, "both dates at the suku dinas")
    page = await office.tracking_page(reported)
    await expect(page.locator("main")).to_contain_text("Tenggat semula")


@day(PHONE, DESK, "laporan/kembalikan-rencana laporan/setujui-rencana laporan/pertahankan-tenggat "
     "laporan/setujui-tenggat laporan/periksa laporan/kerjakan-ulang laporan/selesai")  # fmt: skip
async def test_the_inspektorat_judges_the_biros_own_work_on_the_cases_page(
    city: City, office: Office
) -> None:
    reported = await city.report("jalan", text="Lubang di jalan di muka kantor Biro.")
    own, plan = officer_of(BIRO), {"plan": "Tambal.", "complete_by": _moment_in(5)}
    await city.does(reported, "coordinate", officer_of(SUDIN), to_unit=BIRO)
    judge = await office.seat(officer_of("inspektorat"))
    await city.does(reported, "plan", own, **plan)
    await open_from(judge, "/kotak?tab=nilai", reported)
    await do(judge, "Kembalikan rencana", reason="Kapan?")
    await city.does(reported, "plan", own, **plan)
    assert "Kapan?" in str((await city.case(reported, own)).body["history"])
    await open_from(judge, "/kotak?tab=nilai", reported)
    await do(judge, "Setujui rencana")
    later = {"reason": "Menunggu aspal.", "complete_by": _moment_in(20)}
    await city.does(reported, "extension", own, **later)
    await open_case(judge, reported)
    await do(judge, "Pertahankan tenggat", reason="Terlalu lama.")
    await city.does(reported, "extension", own, **later)
    await open_case(judge, reported)
    await do(judge, "Setujui tenggat baru")
    await city.does(reported, "follow-up", own, text="Sudah ditambal.")
    await open_case(judge, reported)
    await reads(judge, "Sudah ditambal.")
    await do(judge, "Periksa di lapangan")
    await do(judge, "Minta dikerjakan ulang", reason="Masih bergelombang.")
    await city.does(reported, "start", own)
    await city.does(reported, "follow-up", own, text="Sudah diratakan.")
    await open_case(judge, reported)
    await do(judge, "Nyatakan selesai")
    await city.tracked_state(reported, "completed")


def _moment_in(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


# --- from unit to unit ----------------------------------------------------------------------


@day(PHONE, DESK, "laporan/koordinasikan laporan/disposisikan laporan/kembalikan "
     "laporan/berhenti-memantau kotak/massal/delegate")  # fmt: skip
async def test_a_case_goes_by_the_dinas_to_its_suku_dinas_comes_back_and_is_given_to_another(
    city: City, office: Office
) -> None:
    reported = await city.report("sampah", text="Tumpukan sampah di bahu jalan, dua meter.")
    lurah, dinas = await office.seat(LURAH), await office.seat(officer_of(DINAS))
    await open_case(lurah, reported)
    await press(lurah, "Koordinasikan")
    await lurah.page.locator("#f-note").fill("Jalan provinsi.")
    await give_to(lurah, "Koordinasikan", "Dinas Bina Marga")
    assert await city.holder(reported) == DINAS

    await open_from(dinas, "/kotak?tab=baru&status=coordinated", reported)
    await reads(dinas, "Jalan provinsi.")
    await press(dinas, "Disposisikan")
    await give_to(dinas, "Disposisikan", "Suku Dinas Bina Marga Jakarta Selatan")
    sudin = await office.seat(officer_of(SUDIN))
    await open_from(sudin, "/kotak?tab=baru&status=delegated", reported)
    await do(sudin, "Kembalikan", reason="Itu wilayah Jakarta Timur.")

    await open_from(dinas, "/kotak?tab=baru", reported)
    await reads(dinas, "Itu wilayah Jakarta Timur.")
    await find_in(dinas, "/kotak?tab=baru", reported)
    await _choose_in_bulk(dinas, "Disposisikan", reported)
    await dinas.page.locator("#f-to_unit").fill("Suku Dinas Bina Marga Jakarta Timur")
    await dinas.page.get_by_role("button", name="Ya, Disposisikan").click()
    await reads(dinas, "1 berhasil, 0 tidak.")
    assert await city.holder(reported) == "sudin-bina-marga-31.75"

    await find_in(lurah, "/kotak?tab=menunggu", reported)
    await open_case(lurah, reported)
    await press(lurah, "Berhenti memantau")
    await send(lurah, "Berhenti memantau")
    await is_recorded(lurah, "Berhenti memantau")
    await lurah.open("/kotak?tab=menunggu")
    await expect(row_of(lurah, reported)).to_have_count(0)
    assert (await city.case(reported, LURAH)).status == 404


async def _choose_in_bulk(at: OfficerAtWork, act: str, *reports: Reported) -> None:
    """To the page that asks whether it is meant so."""
    for each in reports:
        await row_of(at, each).get_by_role("checkbox").check()
    await at.page.locator("#bulk-act").select_option(label=act)
    await at.page.locator("#bulk").get_by_role("button", name="Lanjutkan").click()
    await reads(at, f"berlaku untuk {len(reports)} laporan")


@day(DESK, PHONE, "kotak/saring kotak/tampilan kotak/tampilan/hapus kotak/massal/accept "
     "kotak/massal/assignee kotak/massal/coordinate cari profil/tombol bahasa keluar")  # fmt: skip
async def test_an_officer_narrows_the_inbox_and_acts_on_many_at_once_with_one_result_for_each(
    city: City, office: Office
) -> None:
    first, second = [await city.report("coretan", text="Coretan di tembok.") for _ in range(2)]
    lurah = await office.seat(LURAH)
    await lurah.open("/kotak?tab=baru")
    await lurah.page.locator("summary", has_text="Filter").click()
    await lurah.page.locator("#f-kategori").select_option("coretan")
    await lurah.page.get_by_role("button", name="Terapkan").click()
    await expect(lurah.page.get_by_role("list", name="Filter yang dipakai")).to_contain_text(
        "Coretan"
    )
    name = f"Coretan {city.number()}"
    await lurah.page.locator("summary", has_text="Tampilan tersimpan").click()
    await lurah.page.locator("#view-name").fill(name)
    await lurah.page.get_by_role("button", name="Simpan tampilan ini").click()
    await is_recorded(lurah, "Tampilan tersimpan.")
    await lurah.open("/kotak?tab=lewat")
    await lurah.page.locator("summary", has_text="Tampilan tersimpan").click()
    await lurah.page.get_by_role("link", name=name).click()

    await expect(row_of(lurah, first)).to_be_visible()
    await city.does(second, "start", officer_of(KELURAHAN, "s-colleague"))
    await _choose_in_bulk(lurah, "Ambil", first, second)
    await lurah.page.get_by_role("button", name="Ya, Ambil").click()
    await reads(lurah, "1 berhasil, 1 tidak.", f"{second.report_number}: berubah sejak halaman")
    colleague = await office.seat(COLLEAGUE)
    await find_in(colleague, "/kotak?tab=dikerjakan&kategori=coretan", first)
    await _choose_in_bulk(colleague, "Tugaskan", first, second)
    await colleague.page.get_by_role("radio", name="(Anda)").check()
    await colleague.page.get_by_role("button", name="Ya, Tugaskan").click()
    await reads(colleague, "berhasil")
    await find_in(colleague, "/kotak?tab=dikerjakan&petugas=saya", first)
    await _choose_in_bulk(colleague, "Koordinasikan", first)
    await colleague.page.locator("#f-to_unit").fill("satpol-pp")
    await colleague.page.get_by_role("button", name="Ya, Koordinasikan").click()
    await reads(colleague, "1 berhasil, 0 tidak.")
    assert await city.holder(first) == "satpol-pp"

    await lurah.open("/cari")
    await lurah.page.locator("#nomor").fill(second.report_number)
    await (
        lurah.page.locator("#kata")
        .locator("xpath=ancestor::form")
        .get_by_role("button", name="Cari")
        .click()
    )
    await expect(row_of(lurah, second)).to_contain_text("Proses")
    await lurah.open("/kotak?tab=baru")
    await lurah.page.locator("summary", has_text="Tampilan tersimpan").click()
    await lurah.page.get_by_role("button", name=f"Hapus {name}").click()
    await expect(lurah.page.get_by_role("link", name=name)).to_have_count(0)
    await lurah.open("/profil")
    await lurah.page.get_by_role("button", name="Nyalakan tombol pintas").click()
    await reads(lurah, "Tombol pintas menyala.")
    await lurah.page.get_by_role("button", name="English").click()
    await reads(lurah, "Profile")
    await lurah.page.get_by_role("button", name="Sign out").click()
    # The issuer's page leads back by itself; whoever leaves it before is still on the way.
    await lurah.page.wait_for_url("**/masuk?*")
    await lurah.open("/kotak")
    await expect(lurah.page.locator("#rows")).to_have_count(0)


# --- which are one, and which are none -------------------------------------------------------


@day(DESK, PHONE, "laporan/gabungkan laporan/pisahkan laporan/tolak laporan/buka-kembali")
async def test_two_reports_become_one_and_two_again_and_a_rejected_one_comes_back_on_appeal(
    city: City, office: Office
) -> None:
    head = await city.report("coretan", text="Coretan merah di dinding taman kota.")
    child = await city.report("coretan", text="Dinding taman dicoret lagi.")
    lurah = await office.seat(LURAH)
    await open_from(lurah, "/kotak?tab=baru", child)
    await press(lurah, "Gabungkan")
    await lurah.page.locator("#f-head-nomor").fill(head.report_number)
    await send(lurah, "Gabungkan")
    await be_sure(lurah, "Gabungkan")
    await is_recorded(lurah, "Gabungkan")
    await reads(lurah, "Digabung")
    await open_case(lurah, head)
    await lurah.page.get_by_role("link", name=child.report_number).click()
    await do(lurah, "Pisahkan")
    await open_case(lurah, head)
    await expect(lurah.page.get_by_role("link", name=child.report_number)).to_have_count(0)

    await open_from(lurah, "/kotak?tab=baru", child)
    await press(lurah, "Tolak laporan")
    await lurah.page.get_by_role("radio", name="Bukan wewenang Pemprov").check()
    await lurah.page.locator("#f-note").fill("Dinding itu milik pusat.")
    await send(lurah, "Tolak laporan")
    await be_sure(lurah, "Tolak laporan")
    await is_recorded(lurah, "Tolak laporan")
    await city.tracked_state(child, "rejected")
    page = await office.tracking_page(child)
    await expect(page.locator("main")).to_contain_text("Dinding itu milik pusat.")
    judge = await office.seat(JUDGE)
    await open_case(judge, child)
    await do(judge, "Buka kembali", chosen="Keberatan atas penolakan", note="Dinding milik kota.")
    await open_from(lurah, "/kotak?tab=baru", child)
    await reads(lurah, "Dinding milik kota.")
    await city.tracked_state(child, "received")


# --- the triage desk -------------------------------------------------------------------------


@day(PHONE, DESK, "triase/tempat triase/tanya triase/tetapkan triase/tolak laporan/tetapkan")
async def test_the_triage_desk_asks_places_and_rejects_and_the_unit_has_what_was_placed(
    city: City, office: Office
) -> None:
    mark = city.number()
    await city.mail(f"Pohon {mark}", words="Pohon besar miring menutup jalan.")
    await _written_to_the_governor(city, f"Pak, taman kami {mark} gelap.")
    await _written_to_the_governor(city, f"Semangat pagi Pak {mark}.")
    at, lurah = await office.seat(TRIAGE), await office.seat(LURAH)
    asked = await _waiting(at, "/triase", f"Pohon {mark}")
    await row_of(at, asked).get_by_role("link").first.click()
    await do_at_desk(at, "tanya", "Pelapor ditanya", pertanyaan="Di kelurahan mana?")
    await city.answer_question(asked, words="Di Tebet Timur.")

    async def answered() -> bool:
        await at.open(f"/triase/{asked.complaint_id}")
        return await at.page.get_by_text("Di Tebet Timur.").count() > 0

    await until(answered, "the answer at the triage desk")
    await fill_desk(at, "tempat", tempat="Tebet Timur")
    await at.page.get_by_role("button", name="Ubah tempat").click()
    await expect(at.page.locator("#ubah-tempat")).to_have_value("Kelurahan Tebet Timur")
    await at.page.locator("#tetapkan-unit").fill("Kelurahan Tebet Timur")
    await at.page.locator("#tetapkan-kategori").select_option("ppsu")
    await at.page.locator("#f-tetapkan").get_by_role("button", name="Tetapkan unit").click()
    await is_recorded(at, "Unit ditetapkan")
    await open_from(lurah, "/kotak?tab=baru&kategori=ppsu", asked)

    taken = await _waiting(at, "/triase/gubernur", f"taman kami {mark}")
    await row_of(at, taken).get_by_role("link", name="Jadikan laporan").click()
    await at.page.get_by_role("link", name="Lihat laporan lengkap").click()
    await press(at, "Tetapkan unit")
    await at.page.locator("#f-unit").fill("Kelurahan Tebet Timur")
    await at.page.locator("#f-category").select_option("fasos-fasum")
    await at.page.locator("#f-kelurahan").fill("Kelurahan Tebet Timur")
    await send(at, "Tetapkan unit")
    await is_recorded(at, "Tetapkan unit")
    await open_from(lurah, "/kotak?tab=baru&kanal=gubernur", taken)
    thanks = await _waiting(at, "/triase/gubernur", f"Semangat pagi Pak {mark}")
    await row_of(at, thanks).get_by_role("button", name="Bukan laporan").click()
    await be_sure(at, "Tolak laporan")
    await is_recorded(at, "Laporan ditolak")
    await at.open("/triase/gubernur")
    for gone in (taken, thanks):
        await expect(row_of(at, gone)).to_have_count(0)


async def _written_to_the_governor(city: City, words: str) -> None:
    sent = governor_meta_request(
        city.secrets, external_id=city.number(), text=words, now=datetime.now(UTC)
    )
    assert (await city.running.send(sent)).status == 200


async def _waiting(at: OfficerAtWork, queue: str, words: str) -> Reported:
    """The case of a queue whose row has these words."""
    row = at.page.locator("#rows > li").filter(has_text=words)

    async def look() -> bool:
        await at.open(queue)
        return await row.count() == 1

    await until(look, f"{words!r} in {queue}")
    complaint_id = str(await row.get_attribute("id")).removeprefix("l-")
    return Reported(complaint_id, await row.locator(".number").inner_text(), "")


# --- the counter -----------------------------------------------------------------------------


@day(PHONE, DESK, "loket loket/mirip tombol:langkah")
async def test_at_a_counter_a_citizen_leaves_with_a_receipt_of_which_no_address_tells(
    city: City, office: Office
) -> None:
    before = await city.report("fasos-fasum", text="Kursi di balai warga patah.")
    at = await office.seat(Officer("desk_officer", BIRO))
    await at.open("/loket")
    await at.page.locator("#loket-masalah").fill("Kursi balai warga patah, anak-anak bisa luka.")
    await at.page.locator("#loket-kategori").select_option("fasos-fasum")
    await at.page.locator("#loket-tempat").fill(TEBET_TIMUR.kelurahan_code)
    if office.scripted:
        await at.page.locator("#loket-alamat").focus()
        await expect(at.page.locator("#mirip")).to_contain_text(before.report_number)
    look = at.page.get_by_role("button", name="Cari laporan mirip")
    await look.click()
    await expect(at.page.locator("#mirip")).to_contain_text(before.report_number)
    await choose(at, "#loket-berkas", street(f"bangku-{office.scripted}"))
    await look.click()
    await expect(at.page.get_by_text("1 berkas sudah diterima")).to_be_visible()
    await at.page.get_by_role("button", name="Simpan dan cetak").click()
    await expect(at.page.locator("#berkas")).to_have_text("1")
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
    answer = await city.running.post("tracking", "/v1/track", {"code": code})
    assert answer.body["report_number"] == number
    lurah = await office.seat(LURAH)
    entered = await _waiting(lurah, "/kotak?tab=baru&kanal=pendopo", number)
    await open_case(lurah, entered)
    await reads(lurah, "anak-anak bisa luka.", "Pendopo")


# --- two at once ------------------------------------------------------------------------------


@pytest.mark.parametrize("scripted", [True, False], ids=["with script", "without script"])
async def test_who_comes_second_sees_what_happened_and_keeps_his_words(
    city: City, opens: Opens, scripted: bool
) -> None:
    reported = await city.report("sampah", text="Tumpukan sampah bau sejak Senin.")
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
        await is_recorded(one, "Ambil")
        await send(two, "Tanya pelapor")
        await expect(two.page.get_by_role("alert")).to_contain_text("Laporan berubah saat Anda")
        await expect(two.page.locator("#f-question")).to_have_value(words)
        await send(two, "Tanya pelapor")
        await is_recorded(two, "Tanya pelapor")
    view = await city.tracked(reported, lambda seen: seen["questions"], "the question")
    assert words in str(view["questions"])


async def test_what_a_colleague_does_arrives_in_an_open_inbox_and_moves_no_row(
    city: City, opens: Opens
) -> None:
    reported = await city.report("sampah", text="Tempat sampah di gang penuh.")
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


# --- the administrator, the auditor ----------------------------------------------------------


@day(PHONE, DESK, "kelola/tertunda/terapkan kelola/tertunda/perbaiki kelola/tertunda/buang "
     "kelola/tertunda/batalkan kelola/tertunda/setujui kelola/tertunda/baris/lepaskan "
     "kelola/pesan/lanjutkan")  # fmt: skip
async def test_an_administrator_puts_right_discards_with_a_second_and_lets_go_on(
    city: City, office: Office
) -> None:
    at = await office.seat(Officer("admin", BIRO))
    torn, strange = received(), received()
    good, bad = message(torn), message(strange)
    await publish(
        city, BusMessage(good.key, good.headers, b"{}"), BusMessage(bad.key, bad.headers, b"[]")
    )
    await _an_event_is_put_right(city, at, torn)
    second = await office.seat(Officer("admin", BIRO, "2"))
    await _an_event_is_discarded_by_two(city, strange, at, second)
    await _a_row_is_released(city, at, await office.seat(LURAH))
    await _a_gateway_goes_on(city, at)
    await at.open("/kelola/unit")
    await at.page.locator("#cari-unit").fill("Kelurahan Tebet Timur")
    await at.page.get_by_role("button", name="Cari").last.click()
    await reads(at, KELURAHAN)
    for path, words in (("kategori", "kelurahan setempat"), ("aturan", "Tabel kategori versi"),
                        ("kanal", "dalam 24 jam")):  # fmt: skip
        await at.open(f"/kelola/{path}")
        await reads(at, words)


async def _an_event_is_put_right(city: City, at: OfficerAtWork, event: ComplaintReceived) -> None:
    [found] = await wait_parked(city, "tracking", event.complaint_id)
    await at.open("/kelola/tertunda?bagian=tracking")
    await at.page.locator(f"#p-{found['id']}").get_by_role("link").click()
    form = await fill_desk(at, "terapkan")
    await form.get_by_role("button").click()
    await expect(at.page.get_by_role("alert")).to_contain_text("Belum dapat dilakukan")
    body = (message(event).value or b"").decode()
    await do_at_desk(at, "perbaiki", "belum diterapkan", catatan="Isinya hilang.", isi=body)
    await do_at_desk(at, "terapkan", "Diterapkan")
    assert await parked(city, "tracking", event.complaint_id) == []
    known = "SELECT state FROM tracking.cases WHERE complaint_id = $1"
    [row] = await query(city.stack, "tracking", known, event.complaint_id)
    assert row["state"] == "received"


async def _an_event_is_discarded_by_two(
    city: City, event: ComplaintReceived, at: OfficerAtWork, second: OfficerAtWork
) -> None:
    [found] = await wait_parked(city, "sla", event.complaint_id)
    page = f"/kelola/tertunda/sla/{found['id']}"
    await at.open(page)
    await do_at_desk(at, "buang", "menunggu orang kedua", catatan="Tidak terbaca.")
    await do_at_desk(at, "batalkan", "Permintaan dibatalkan", catatan="Terlalu cepat.")
    await do_at_desk(at, "buang", "menunggu orang kedua", catatan="Memang tidak terbaca.")
    await second.open("/kelola/tertunda?bagian=sla")
    row = second.page.locator(f"#p-{found['id']}")
    await expect(row).to_contain_text("menunggu persetujuan")
    await row.get_by_role("link").click()
    await reads(second, "Memang tidak terbaca.")
    await do_at_desk(second, "setujui", "Dibuang", catatan="Setuju.")
    await at.open("/kelola/tertunda?bagian=sla")
    await expect(at.page.locator(f"#p-{found['id']}")).to_have_count(0)


async def _a_row_is_released(city: City, at: OfficerAtWork, lurah: OfficerAtWork) -> None:
    reported = await city.report("coretan", text="Coretan di pagar.")
    which = UUID(reported.complaint_id)
    [kept] = await query(
        city.stack, "routing", "SELECT body FROM routing.cases WHERE complaint_id = $1", which
    )
    put = "UPDATE routing.cases SET body = $2::jsonb WHERE complaint_id = $1"
    await execute(city.stack, "routing", put, which, "{}")
    await lurah.open("/kotak?tab=baru")
    await expect(row_of(lurah, reported)).to_have_count(0)
    await execute(city.stack, "routing", put, which, kept["body"])
    await at.open("/kelola/tertunda?bagian=routing")
    row = at.page.locator("li").filter(has_text=reported.complaint_id)
    await row.get_by_role("button", name="Lepaskan").click()
    await is_recorded(at, "Baris dilepaskan")
    await find_in(lurah, "/kotak?tab=baru", reported)


async def _a_gateway_goes_on(city: City, at: OfficerAtWork) -> None:
    reported = await city.report("sampah", text="Sampah di tepi jalan.")
    await until(lambda: city.running.left(reported.report_number), "the receipt")
    await execute(
        city.stack, "notify",
        "INSERT INTO notify.gateways (name, reason, ours, since)"
        " VALUES ('sms', 'credentials', true, now())",
    )  # fmt: skip
    await city.does(reported, "question", LURAH, question="Di tepi yang mana?")
    waits = at.page.locator("#g-sms").filter(has_text=re.compile(r"[1-9][0-9]* pesan menunggu"))

    async def look() -> bool:
        await at.open("/kelola/pesan")
        return await waits.count() == 1

    await until(look, "a message that waits for the gateway")
    before = len(await city.running.left(reported.report_number))
    await at.page.get_by_role("button", name="Lanjutkan: sms").click()
    await is_recorded(at, "Dilanjutkan")

    async def gone() -> bool:
        return len(await city.running.left(reported.report_number)) > before

    await until(gone, "the message that had waited")


@day(DESK, PHONE, "")
async def test_an_auditor_reads_who_has_opened_what_is_restricted_and_can_change_nothing(
    city: City, office: Office
) -> None:
    text = f"Petugas loket meminta uang {city.number()}."
    entry = {"entry_id": city.number(), "text": text, "about_unit": KELURAHAN, "category": "sampah"}
    desk = city.token(Officer("desk_officer", "inspektorat"))
    path = "/v1/desks/inspektorat/complaints"
    receipt = (await city.running.post("intake", path, entry, desk)).body
    reported = Reported(receipt["complaint_id"], receipt["report_number"], receipt["tracking_code"])
    overseer = await office.seat(officer_of("inspektorat"))
    await open_from(overseer, "/kotak?tab=baru", reported)
    await reads(overseer, text, "Terbatas")
    auditor = await office.seat(Officer("auditor", "inspektorat"))
    await auditor.open("/jejak")
    row = auditor.page.locator("#rows > li").filter(has_text=reported.report_number)
    await expect(row.first).to_contain_text("Laporan terbatas dibuka")
    await expect(row.first).to_contain_text("Inspektorat")
    await open_case(auditor, reported)
    await expect(auditor.page.locator("#acts form, #acts li a")).to_have_count(0)
    async with auditor.page.expect_download():
        await auditor.page.locator("a[href$='/berkas']").click()
    await auditor.open("/jejak")
    await expect(row.first).to_contain_text("Auditor")
    await expect(row.first).to_contain_text("Berkas laporan diambil")
    await auditor.open("/kelola/tertunda?bagian=routing")
    await expect(auditor.page.locator("main form")).to_have_count(0)
