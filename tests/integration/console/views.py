"""Every page of the console as an officer meets it: who opens what, and does what there.

A page that is new stands here, or `test_every_page_is_looked_at` says which one is missing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from playwright._impl._api_structures import FilePayload, SetCookieParam
from playwright.async_api import BrowserContext, Page

from services.routing.console.acts import ACTS
from shared.auth import Role
from tests.integration.console.house import (
    A_VIEW,
    LONG_UNIT,
    ONE,
    WORDS,
    a_case,
    a_file_of,
    closed,
    from_now,
    show_parked,
)
from tests.integration.desks.parts import (
    BIRO,
    CASE,
    KOMINFO,
    TEBET,
    TRIAGE,
    Parts,
    a_list,
    cookies_of,
)

Told = Callable[[Parts], None]
Does = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Seat:
    """Who is signed in, as what, where; ``unit_name`` stands in the bar."""

    role: Role
    unit: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class View:
    """``template``: what is shown in the end; empty for a page of the local issuer. ``seat``: None
    before the sign-in. ``told``: what the services answer besides. ``does``: what the officer does
    on the page that was opened. ``posted``: the address of the form that answers itself."""

    name: str
    template: str
    seat: Seat | None
    path: str
    told: Told | None = None
    does: Does | None = None
    posted: str = ""


OFFICER = Seat(Role.UNIT_OFFICER, TEBET, LONG_UNIT)
JUDGE = Seat(Role.BIRO, BIRO, "Biro Pemerintahan")
AT_TRIAGE = Seat(Role.TRIAGE_OFFICER, TRIAGE, "Meja Triase")
AT_COUNTER = Seat(Role.DESK_OFFICER, TEBET, "Kelurahan Tebet Timur")
ADMIN = Seat(Role.ADMIN, KOMINFO, "Dinas Komunikasi, Informatika dan Statistik")
AUDITOR = Seat(Role.AUDITOR, "inspektorat", "Inspektorat")

LOCKED: Final = a_file_of(3)
TYPED: Final = "Ini yang petugas tulis, dan itu tidak boleh hilang."
CASE_PAGE: Final = f"/laporan/{ONE}"
JUDGED: Final = f"/nilai/{ONE}"
TRIAGED: Final = f"/triase/{ONE}"
EVENT_PAGE: Final = "/kelola/tertunda/routing/17"


# --- what services answer, what officers do ----------------------------------------------------


def away(*parts: str) -> Told:
    return lambda served: served.away.update(parts)


def case_is(**changes: Any) -> Told:
    def tell(served: Parts) -> None:
        served.answer("routing", "GET", f"/v1/cases/{ONE}", a_case(**changes))

    return tell


def case_has_left(served: Parts) -> None:
    """The act was taken, and the officer's unit does not see the case any more."""
    served.answer("routing", "GET", f"/v1/cases/{ONE}", {"status": 404}, 404)


def refuses(verb: str, status: int, **told: str) -> Told:
    """The command ``verb`` on the case."""

    def tell(served: Parts) -> None:
        served.answer("routing", "POST", f"/v1/cases/{ONE}/{verb}", told, status)

    return tell


def opens_locked(served: Parts) -> None:
    """The locked picture of the case is shown to whoever gives a reason."""
    opened = {"at": from_now(), "unit_id": BIRO, "unit_name": "Biro Pemerintahan", "reason": TYPED}
    shown = a_file_of(3, lock="private_report", opened=[opened])
    served.answer("routing", "POST", f"/v1/cases/{ONE}/media/{LOCKED['ref']}/open", shown)


def takes_a_picture(served: Parts) -> None:
    """Media takes a file, and what becomes of it is not known yet."""
    taken: dict[str, Any] = {
        "media_ref": CASE.format(9), "state": "waiting", "kind": None, "flags": [], "reason": None
    }  # fmt: skip
    served.answer("media", "POST", f"/v1/evidence/{ONE}", taken, 202)


def takes_a_scan(served: Parts) -> None:
    taken = {"upload_id": "made-for-a-scan", "size": 9, "expires_at": from_now(hours=20)}
    served.answer("intake", "POST", "/v1/desks/kelurahan/complaints/uploads", taken, 201)


def hands_over_scans(count: int) -> Does:
    """Chooses so many scans, and a place that there is not."""

    async def do(page: Page) -> None:
        file: FilePayload = {"name": "SCAN_1.jpg", "mimeType": "image/jpeg", "buffer": b"a scan"}
        await page.locator("#loket-berkas").set_input_files([file] * count)
        await sends(ENTER, loket__masalah=TYPED, loket__tempat="Antah")(page)

    return do


def hands_over(count: int) -> Does:
    """Chooses so many files and files the result without a word."""

    async def do(page: Page) -> None:
        file: FilePayload = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": b"a picture"}
        await page.locator("#f-berkas").set_input_files([file] * count)
        await page.locator(ACT).click()

    return do


def opens_text(served: Parts) -> None:
    """The whole of the case's words is shown to whoever gives a reason."""
    whole = [{"ref": ONE, "status": "ok", "text": TYPED, "masked": False}]
    opened = {"contents": whole, "text_opened": []}
    served.answer("routing", "POST", f"/v1/cases/{ONE}/text/open", opened)


def nothing_listed(served: Parts) -> None:
    for path in ("inbox", "triage"):
        served.answer("routing", "GET", f"/v1/{path}", a_list(total=0))
    served.answer("routing", "GET", "/v1/unread", {"cases": [], "next_cursor": None})


def nothing_broken(served: Parts) -> None:
    served.answer("notify", "GET", "/v1/gateways", {"gateways": []})
    served.answer("notify", "GET", "/v1/deliveries/failed", {"deliveries": [], "next_cursor": None})


def nothing_suggested(served: Parts) -> None:
    del served.answers["routing", "GET", f"/v1/cases/{ONE}/suggestions"]


def nobody_looked(served: Parts) -> None:
    served.answer("routing", "GET", "/v1/openings", {"openings": [], "next_cursor": None})


def plain_case(served: Parts) -> None:
    """Little is known, nothing is open."""
    case_is(
        allowed=[], not_allowed=[closed("accept", "It is completed.", "Sudah selesai.")],
        state="completed", confidential=False, restricted=False, about_unit=None, contents=[],
        notes=[], watchers=[], merged=[], head_id=None, question_open=False, due_at=None,
        original_due_at=None, next_due_at=None, under_judgement=None, address=None,
        area_name=None, assignee=None, category=None, citizen_category=None, explanation=None,
    )(served)  # fmt: skip
    served.away.add("notify")


def sends(button: str, **typed: str) -> Does:
    """Fills fields (by id, ``_`` for ``-``) and presses: ``button`` is its CSS."""

    async def do(page: Page) -> None:
        for name, value in typed.items():
            await page.locator(f"#{name.replace('__', '-')}").fill(value)
        await page.locator(button).first.click()

    return do


def chooses(button: str, *choices: str, **typed: str) -> Does:
    """Likewise, and ticks what is found by CSS before."""

    async def do(page: Page) -> None:
        for each in choices:
            await page.locator(each).first.check()
        await sends(button, **typed)(page)

    return do


def unfolds(summary: str, then: Does) -> Does:
    async def do(page: Page) -> None:
        await page.locator(f"details:has({summary})").first.evaluate("box => { box.open = true }")
        await then(page)

    return do


def in_turn(*each: Does) -> Does:
    async def do(page: Page) -> None:
        for one in each:
            await one(page)

    return do


async def session_ends(page: Page) -> None:
    """The browser is the same, its session is over."""
    await page.context.clear_cookies(name="__Host-sesi")


async def unit_changes(page: Page) -> None:
    """The officer is the same, of another unit than when the form was opened."""
    await sit_down(page.context, page.url, Seat(Role.UNIT_OFFICER, "31.74.01.1002", "Unit lain"))


async def sit_down(context: BrowserContext, origin: str, seat: Seat) -> None:
    """The browser is that of an officer who has signed in just now."""
    kept = cookies_of(seat.role, seat.unit, seat.unit_name)
    await context.add_cookies([cookie(origin, name, value) for name, value in kept.items()])


def cookie(origin: str, name: str, value: str) -> SetCookieParam:
    """As the console sets its own."""
    host = urlsplit(origin).hostname or ""
    return {
        "name": name, "value": value, "domain": host, "path": "/", "secure": True,
        "httpOnly": True, "sameSite": "Lax",
    }  # fmt: skip


async def view_key_is_known(page: Page) -> None:
    await page.locator('form[action$="kotak/tampilan"] [name="kunci"]').evaluate(
        "(field, key) => { field.value = key }", ONE
    )


ACT: Final = "#act-form .acts button[type=submit]"
BULK: Final = "#bulk fieldset button[type=submit]"
TICK: Final = "#rows .tick input"


def bulk(verb: str) -> Does:
    async def do(page: Page) -> None:
        for box in await page.locator(TICK).all():
            await box.check()
        await page.locator("#bulk-act").select_option(verb)
        await page.locator(BULK).click()
        await page.locator("#bulk-form").wait_for()

    return do


# --- pages --------------------------------------------------------------------------------------

_ENTRANCE = (
    View("masuk-penerbit", "", None, "/masuk/mulai"),
    View("masuk", "sign_in.html", None, "/masuk"),
    View("masuk-ditolak", "sign_in.html", None, "/masuk/kembali?error=access_denied"),
    View("keluar", "sign_out.html", None, "/keluar/penerbit"),
    View("profil", "profile.html", OFFICER, "/profil"),
    View("profil-tersimpan", "profile.html", OFFICER, "/profil",
         does=sends('form[action$="profil/tombol"] button'), posted="/profil/tombol"),
    View("tidak-ada", "error.html", OFFICER, "/tidak-ada"),
    View("parameter-asing", "error.html", OFFICER, "/kotak?asing=1"),
)  # fmt: skip

_INBOX = (
    View("kotak", "inbox.html", OFFICER, "/kotak?tab=baru"),
    View("kotak-disaring", "inbox.html", OFFICER,
         f"/kotak?tab=lewat&kategori=parkir&wilayah={TEBET}&kanal=jaki&status=received"),
    View("kotak-kosong", "inbox.html", OFFICER, "/kotak?tab=menunggu&kategori=parkir",
         nothing_listed),
    View("kotak-jauh", "inbox.html", OFFICER, "/kotak", away("routing")),
    View("kotak-wilayah", "inbox.html", OFFICER, "/kotak?tab=baru&kategori=parkir",
         does=sends('form[action$="kotak/saring"] button', f__wilayah="Antah"),
         posted="/kotak/saring"),
    View("kotak-tampilan", "inbox.html", OFFICER, "/kotak",
         lambda served: served.answer("routing", "PUT", f"/v1/views/{ONE}", A_VIEW),
         in_turn(view_key_is_known, unfolds("#view-name", sends(
             'form[action$="kotak/tampilan"] button', view__name="Parkir"))),
         "/kotak/tampilan"),
    View("massal-tanpa-pilihan", "inbox.html", OFFICER, "/kotak", does=sends(BULK),
         posted="/kotak/massal"),
    View("massal-ambil", "bulk.html", OFFICER, "/kotak", does=bulk("accept"),
         posted="/kotak/massal"),
    View("massal-tugaskan", "bulk.html", OFFICER, "/kotak", does=bulk("assignee"),
         posted="/kotak/massal"),
    View("massal-unit-ragu", "bulk.html", OFFICER, "/kotak",
         does=in_turn(bulk("delegate"),
                      sends("#bulk-form .button", f__to_unit="Suku Dinas Bina Marga")),
         posted="/kotak/massal"),
    View("massal-hasil", "inbox.html", OFFICER, "/kotak",
         does=in_turn(bulk("accept"), sends("#bulk-form .button")), posted="/kotak/massal"),
    View("cari", "search.html", OFFICER, "/cari"),
    View("cari-ditemukan", "search.html", OFFICER, "/cari",
         does=sends("main form[role=search] button", kata="trotoar")),
    View("cari-kosong", "search.html", OFFICER, "/cari",
         does=sends("main form[role=search] button"), posted="/cari"),
)  # fmt: skip


_CASE = (
    View("laporan", "case.html", OFFICER, f"{CASE_PAGE}?dari=tab%3Dbaru"),
    View("laporan-tanpa-tindakan", "case.html", OFFICER, CASE_PAGE, plain_case),
    View("laporan-jauh", "case_away.html", OFFICER, CASE_PAGE, away("routing")),
    View("laporan-pergi", "left.html", OFFICER, f"{CASE_PAGE}?tercatat=tolak", case_has_left),
    View("riwayat", "history.html", OFFICER, f"{CASE_PAGE}/riwayat"),
    View("sekitar", "neighbours.html", OFFICER, f"{CASE_PAGE}/sekitar"),
    View("cetak", "print.html", OFFICER, f"{CASE_PAGE}/cetak"),
    View("cetak-catatan", "print.html", OFFICER, f"{CASE_PAGE}/cetak?catatan=ya"),
)

WHOLE: Final = f"{CASE_PAGE}/isi"
OPENING: Final = f"{CASE_PAGE}/foto/{LOCKED['ref']}"
_FILES = (
    View("foto-buka", "opening.html", JUDGE, OPENING),
    View("foto-salah-isi", "opening.html", JUDGE, OPENING, does=sends(ACT), posted=OPENING),
    View("foto-dibuka", "media_opened.html", JUDGE, OPENING, opens_locked,
         sends(ACT, f__alasan=TYPED), OPENING),
    View("isi-buka", "opening.html", JUDGE, WHOLE),
    View("isi-salah-isi", "opening.html", JUDGE, WHOLE, does=sends(ACT), posted=WHOLE),
    View("isi-dibuka", "text_opened.html", JUDGE, WHOLE, opens_text,
         sends(ACT, f__alasan=TYPED), WHOLE),
)  # fmt: skip

_ACTS = tuple(
    View(f"tindakan-{act.slug}", "act.html", OFFICER, f"{CASE_PAGE}/{act.slug}") for act in ACTS
)
_ANSWERED = (
    View("tindakan-tertutup", "act.html", OFFICER, f"{CASE_PAGE}/rencana",
         case_is(allowed=[], not_allowed=[closed("plan", "Take it first.", "Ambil dahulu.")])),
    View("tindakan-salah-isi", "act.html", OFFICER, f"{CASE_PAGE}/rencana", does=sends(ACT),
         posted=f"{CASE_PAGE}/rencana"),
    View("tindakan-berkas", "act.html", OFFICER, f"{CASE_PAGE}/hasil", takes_a_picture,
         hands_over(6), f"{CASE_PAGE}/hasil"),
    View("tindakan-unit-ragu", "act.html", OFFICER, f"{CASE_PAGE}/koordinasikan",
         does=sends(ACT, f__to_unit="Suku Dinas Bina Marga"), posted=f"{CASE_PAGE}/koordinasikan"),
    View("tindakan-berubah", "act.html", OFFICER, f"{CASE_PAGE}/tanya", refuses("question", 412),
         sends(ACT, f__question=TYPED), f"{CASE_PAGE}/tanya"),
    View("tindakan-belum-dapat", "act.html", OFFICER, f"{CASE_PAGE}/tanya",
         refuses("question", 409, detail="A question is open.", detail_id="Masih ada pertanyaan."),
         sends(ACT, f__question=TYPED), f"{CASE_PAGE}/tanya"),
    View("tindakan-belum-pasti", "act.html", OFFICER, f"{CASE_PAGE}/tanya",
         refuses("question", 503), sends(ACT, f__question=TYPED), f"{CASE_PAGE}/tanya"),
    View("tindakan-sisip-balasan", "act.html", OFFICER, f"{CASE_PAGE}/tanya",
         does=sends('button[name="sisip"]', f__question=TYPED), posted=f"{CASE_PAGE}/tanya"),
    View("yakin-tolak", "sure.html", OFFICER, f"{CASE_PAGE}/tolak",
         does=chooses(ACT, "#f-reason input", f__note=WORDS), posted=f"{CASE_PAGE}/tolak"),
    View("yakin-gabungkan", "sure.html", OFFICER, f"{CASE_PAGE}/gabungkan",
         does=chooses(ACT, "#f-head input"), posted=f"{CASE_PAGE}/gabungkan"),
    View("yakin-buka-kembali", "sure.html", OFFICER, f"{CASE_PAGE}/buka-kembali",
         does=chooses(ACT, '#f-reason input[value="suspected_fraud"]', f__note=TYPED),
         posted=f"{CASE_PAGE}/buka-kembali"),
    View("tulisan-tersimpan", "words_kept.html", OFFICER, f"{CASE_PAGE}/kembalikan",
         refuses("return", 404), sends(ACT, f__reason=TYPED), f"{CASE_PAGE}/kembalikan"),
    View("tulisan-kursi-lain", "words_kept.html", OFFICER, f"{CASE_PAGE}/kembalikan",
         does=in_turn(unit_changes, sends(ACT, f__reason=TYPED)),
         posted=f"{CASE_PAGE}/kembalikan"),
    View("sesi-berakhir", "expired.html", OFFICER, f"{CASE_PAGE}/kembalikan",
         does=in_turn(session_ends, sends(ACT, f__reason=TYPED)),
         posted=f"{CASE_PAGE}/kembalikan"),
)  # fmt: skip

REDO: Final = "#f-kerjakan-ulang"
_JUDGING = (
    *(View(f"nilai-{kind}", "judging.html", JUDGE, f"/nilai?jenis={kind}")
      for kind in ("hasil", "keberatan")),
    View("nilai-kosong", "judging.html", JUDGE, "/nilai", nothing_listed),
    View("nilai-laporan", "judged.html", JUDGE, f"{JUDGED}?jenis=hasil"),
    View("nilai-lapangan-laporan", "judged.html", JUDGE, f"{JUDGED}?jenis=lapangan",
         case_is(state="verifying", allowed=["validation", "follow-up/refuse"])),
    View("nilai-keberatan-laporan", "judged.html", JUDGE, f"{JUDGED}?jenis=keberatan",
         case_is(state="completed", allowed=["reopen"], unread=[ONE], under_judgement=None)),
    View("nilai-tercatat", "judged.html", JUDGE, f"{JUDGED}?jenis=hasil&tercatat=selesai",
         case_is(state="completed", allowed=[], under_judgement=None, history=[], notes=[])),
    View("nilai-salah-isi", "judged.html", JUDGE, JUDGED,
         refuses("follow-up/refuse", 422, detail="Write less.", field="reason"),
         unfolds(REDO, sends(f"{REDO} button", kerjakan__ulang__alasan=TYPED)),
         f"{JUDGED}/kerjakan-ulang"),
    View("nilai-berubah", "judged.html", JUDGE, JUDGED, refuses("follow-up/refuse", 412),
         unfolds(REDO, sends(f"{REDO} button", kerjakan__ulang__alasan=TYPED)),
         f"{JUDGED}/kerjakan-ulang"),
    View("nilai-yakin", "confirm_act.html", JUDGE, JUDGED, case_is(allowed=["reopen"]),
         unfolds("#f-buka-kembali",
                 sends("#f-buka-kembali button", buka__kembali__catatan=TYPED)),
         f"{JUDGED}/buka-kembali"),
)  # fmt: skip

_TRIAGE = (
    View("triase", "triage.html", AT_TRIAGE, "/triase"),
    View("triase-gubernur", "governor.html", AT_TRIAGE, "/triase/gubernur"),
    View("triase-laporan", "triaged.html", AT_TRIAGE, TRIAGED),
    View("triase-tempat-asing", "triaged.html", AT_TRIAGE, TRIAGED,
         does=sends("#f-tempat button", ubah__tempat="Tebet"), posted=f"{TRIAGED}/tempat"),
    View("triase-unit-asing", "triaged.html", AT_TRIAGE, TRIAGED,
         does=sends("#f-tetapkan > button", tetapkan__unit="Antah"),
         posted=f"{TRIAGED}/tetapkan"),
    View("triase-berubah", "triaged.html", AT_TRIAGE, TRIAGED, refuses("question", 412),
         unfolds("#f-tanya", sends("#f-tanya button", tanya__pertanyaan=TYPED)),
         f"{TRIAGED}/tanya"),
    View("triase-yakin", "confirm_act.html", AT_TRIAGE, TRIAGED,
         does=unfolds("#f-tolak", sends("#f-tolak button", tolak__catatan=TYPED)),
         posted=f"{TRIAGED}/tolak"),
    View("triase-tanpa-saran", "triaged.html", AT_TRIAGE, TRIAGED,
         nothing_suggested),
    View("triase-selesai", "placed.html", AT_TRIAGE, "/triase/selesai/tetapkan"),
)  # fmt: skip

ENTER: Final = "#loket-form .acts .button:not(.second)"
_COUNTER = (
    View("loket", "counter.html", AT_COUNTER, "/loket"),
    View("loket-tanpa-meja", "counter.html", Seat(Role.DESK_OFFICER, KOMINFO, "Dinas"), "/loket"),
    View("loket-salah-isi", "counter.html", AT_COUNTER, "/loket",
         does=sends(ENTER, loket__masalah=TYPED, loket__tempat="Antah"), posted="/loket"),
    View("loket-berkas", "counter.html", AT_COUNTER, "/loket", takes_a_scan, hands_over_scans(6),
         "/loket"),
    View("loket-mirip", "counter.html", AT_COUNTER, "/loket",
         does=sends("#loket-form .second", loket__masalah=TYPED), posted="/loket"),
    View("tanda-terima", "receipt.html", AT_COUNTER, "/loket",
         does=sends(ENTER, loket__masalah=TYPED, loket__alamat="Depan Puskesmas Tebet")),
    View("tanda-terima-lewat", "receipt.html", AT_COUNTER, "/loket/tanda-terima"),
)  # fmt: skip

_MANAGED = (
    View("kelola-tertunda", "set_aside.html", ADMIN, "/kelola/tertunda"),
    View("kelola-tertunda-kosong", "set_aside.html", ADMIN, "/kelola/tertunda?bagian=sla"),
    View("kelola-tertunda-jauh", "set_aside.html", ADMIN, "/kelola/tertunda?bagian=vault",
         away("vault")),
    View("kelola-peristiwa", "parked.html", ADMIN, EVENT_PAGE),
    View("kelola-peristiwa-baru", "parked.html", ADMIN, EVENT_PAGE,
         lambda served: show_parked(served, discard=None, edits=[], discards=[])),
    View("kelola-peristiwa-salah-isi", "parked.html", ADMIN, EVENT_PAGE,
         does=unfolds("#f-perbaiki", sends("#f-perbaiki button", perbaiki__catatan=TYPED,
                                           perbaiki__isi='{"state":')),
         posted=f"{EVENT_PAGE}/perbaiki"),
    View("kelola-pesan", "messages.html", ADMIN, "/kelola/pesan"),
    View("kelola-pesan-kosong", "messages.html", ADMIN, "/kelola/pesan", nothing_broken),
    View("kelola-unit", "units.html", ADMIN, "/kelola/unit"),
    View("kelola-unit-dicari", "units.html", ADMIN, "/kelola/unit?cari=tebet"),
    View("kelola-kategori", "categories.html", ADMIN, "/kelola/kategori"),
    View("kelola-aturan", "rules.html", ADMIN, "/kelola/aturan"),
    View("kelola-kanal", "channels.html", ADMIN, "/kelola/kanal"),
    View("jejak", "trail.html", AUDITOR, "/jejak"),
    View("jejak-kosong", "trail.html", AUDITOR, "/jejak", nobody_looked),
)  # fmt: skip

VIEWS: Final = (
    *_ENTRANCE, *_INBOX, *_CASE, *_FILES, *_ACTS, *_ANSWERED, *_JUDGING, *_TRIAGE, *_COUNTER,
    *_MANAGED,
)  # fmt: skip


def first_views() -> frozenset[View]:
    """Of each template, and of each kind of form of an act, the view that stands first."""
    first = {view.template: view for view in reversed(VIEWS)}
    forms = {tuple(field.kind for field in act.fields): act.slug for act in ACTS}
    acts = {f"tindakan-{slug}" for slug in forms.values()}
    return frozenset((*first.values(), *(view for view in _ACTS if view.name in acts)))
