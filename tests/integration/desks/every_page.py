"""Every page and every form of the console with the calls that it makes, by hand.

A route of the application without a row here turns `test_every_page` red.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from services.routing.console.acts import ACTS, Act
from shared.auth import Role
from tests.integration.desks.contract import example
from tests.integration.desks.parts import (
    BIRO,
    CASE,
    KOMINFO,
    MEDIA,
    TEBET,
    TRIAGE,
    Parts,
    a_case,
    a_list,
    a_step,
)

Who = tuple[Role, str]
WORKER: Final[Who] = (Role.UNIT_OFFICER, TEBET)
JUDGE: Final[Who] = (Role.BIRO, BIRO)
PLACER: Final[Who] = (Role.TRIAGE_OFFICER, TRIAGE)
CLERK: Final[Who] = (Role.DESK_OFFICER, TEBET)
ADMIN: Final[Who] = (Role.ADMIN, KOMINFO)
AUDITOR: Final[Who] = (Role.AUDITOR, "inspektorat")

ONE, OVER = CASE.format(1), CASE.format(2)
"""A case in which everything is open, and one that is over and has words that nobody has read."""
DISCARD = CASE.format(3)
LOCKED = CASE.format(4)
"""A locked file of the case in which everything is open."""
VIEW = "019300aa-0000-7000-8000-000000000001"

NOON: Final = "2026-11-26T05:00:00Z"
CANNOT: Final = "tidak dapat dibaca saat ini."
REPORTS = f"Laporan {CANNOT}"
MESSAGES = f"Pesan kepada pelapor {CANNOT}"
SILENCE = "Belum pasti terkirim."


@dataclass(frozen=True, slots=True)
class Call:
    """``of``: part, method and path. ``away``: what the page says while that call has no answer,
    ``status``: with which status; ``stays``: what is shown all the same."""

    of: str
    away: str = REPORTS
    status: int = 200
    stays: str = "</html>"

    @property
    def part(self) -> str:
        return self.of.split()[0]


@dataclass(frozen=True, slots=True)
class Asked:
    """A page as an officer asks for it, with what it asks of services. ``route``: of the
    application. ``status``: of its answer. ``{s}`` of an address stands for sealed words."""

    route: str
    who: Who | None
    address: str
    calls: tuple[Call, ...] = ()
    status: int = 200

    def __str__(self) -> str:
        return f"{self.route} {self.address}"


ROOM: Final = "<h1>"
"""The page's own heading: it stands, and a box in it is empty."""
INBOX = Call("routing GET /v1/inbox", status=503, stays="Tampilan tersimpan")
VIEWS = Call("routing GET /v1/views", f"Tampilan tersimpan {CANNOT}", stays="JK2611260001")
WAITING = Call("routing GET /v1/inbox", stays=ROOM)
UNREAD = Call("routing GET /v1/unread", stays=ROOM)
TRIAGED = Call("routing GET /v1/triage", stays=ROOM)
IN_QUEUE = "Mobil sudah diderek"
"""Of the case that is judged: that can be done without its queue."""


def the_case(case: str = ONE) -> Call:
    """A page that is about one case has nothing to show without it, and says so."""
    return Call(f"routing GET /v1/cases/{case}", status=503)


CHOICES: Mapping[str, Call] = {
    "tugaskan": Call("routing GET /v1/officers", f"Daftar petugas {CANNOT}", stays="act-form"),
    **{
        slug: Call(f"routing GET /v1/cases/{ONE}/neighbours", f"Laporan sekitar {CANNOT}",
                   stays="Laporan ini")
        for slug in ("gabungkan", "pisahkan")
    },
    **{
        slug: Call("routing GET /v1/reply-templates", f"Balasan siap pakai {CANNOT}",
                   stays="act-form")
        for slug in (
            "kembalikan-rencana", "pertahankan-tenggat", "kerjakan-ulang", "hasil", "rencana",
            "disposisikan", "koordinasikan", "kembalikan", "tanya", "ews", "tolak", "buka-kembali",
        )
    },
}  # fmt: skip
"""What the fields of an act's form choose from, by the act."""


MEDIA_ROUTE = "/laporan/{complaint_id}/foto/{ref}"
TEXT_ROUTE = "/laporan/{complaint_id}/isi"


def _about_a_case() -> list[Asked]:
    page = f"/laporan/{ONE}"
    deliveries = Call("notify GET /v1/deliveries", MESSAGES, stays="JK2611260001")
    case = Call(f"routing GET /v1/cases/{ONE}", status=503, stays="Pesan kepada pelapor")
    file = Call(f"routing GET /v1/cases/{ONE}/file", status=503)
    near = Call(f"routing GET /v1/cases/{ONE}/neighbours", status=503)
    return [
        Asked("/laporan/{complaint_id}", WORKER, page, (case, deliveries)),
        Asked("/laporan/{complaint_id}/riwayat", WORKER, f"{page}/riwayat", (the_case(),)),
        Asked("/laporan/{complaint_id}/cetak", WORKER, f"{page}/cetak", (file,)),
        Asked("/laporan/{complaint_id}/sekitar", WORKER, f"{page}/sekitar", (near,)),
        Asked("/laporan/{complaint_id}/berkas", WORKER, f"{page}/berkas", (file,)),
        Asked(MEDIA_ROUTE, WORKER, f"{page}/foto/{LOCKED}", (the_case(),)),
        Asked(TEXT_ROUTE, JUDGE, f"{page}/isi", (the_case(),)),
    ] + [
        Asked(
            "/laporan/{complaint_id}/{tindakan}", WORKER, f"{page}/{act.slug}",
            (the_case(), *((CHOICES[act.slug],) if act.slug in CHOICES else ())),
        )
        for act in ACTS
    ]  # fmt: skip


def _judging() -> list[Asked]:
    listed = Call("routing GET /v1/inbox", f"Antrean penilaian {CANNOT}", stays=IN_QUEUE)
    unread = Call("routing GET /v1/unread", f"Antrean penilaian {CANNOT}", stays="JK2611260002")
    kinds = ("rencana", "hasil", "lapangan", "ews")
    return [
        *(Asked("/nilai", JUDGE, f"/nilai?jenis={kind}", (WAITING,)) for kind in kinds),
        Asked("/nilai", JUDGE, "/nilai?jenis=keberatan", (UNREAD,)),
        Asked("/nilai/{complaint_id}", JUDGE, f"/nilai/{ONE}", (the_case(), listed)),
        Asked(
            "/nilai/{complaint_id}", JUDGE, f"/nilai/{OVER}?jenis=keberatan",
            (the_case(OVER), unread),
        ),
    ]  # fmt: skip


def _managing() -> list[Asked]:
    rules = Call("routing GET /v1/rules", stays=ROOM)
    health = Call("intake GET /v1/channels/health", f"Penerimaan laporan {CANNOT}", stays=ROOM)
    gateways = Call("notify GET /v1/gateways", MESSAGES, stays="Pesan yang gagal")
    failed = Call("notify GET /v1/deliveries/failed", MESSAGES, stays="Gerbang yang ditahan")
    openings = Call("routing GET /v1/openings", stays=ROOM)
    return [
        Asked("/kelola/unit", ADMIN, "/kelola/unit?cari=tebet"),
        Asked("/kelola/kategori", ADMIN, "/kelola/kategori", (rules,)),
        Asked("/kelola/aturan", ADMIN, "/kelola/aturan", (rules,)),
        Asked("/kelola/kanal", ADMIN, "/kelola/kanal", (health,)),
        Asked("/kelola/pesan", ADMIN, "/kelola/pesan", (gateways, failed)),
        Asked("/jejak", AUDITOR, "/jejak", (openings,)),
    ]


PART_NAMES: Mapping[str, str] = {
    "routing": "Laporan", "sla": "Tenggat", "notify": "Pesan kepada pelapor",
    "tracking": "Pelacakan", "intake": "Penerimaan laporan", "vault": "Brankas pelapor",
}  # fmt: skip


def _quarantine() -> list[Asked]:
    found = []
    for part, name in PART_NAMES.items():
        away = f"{name} {CANNOT}"
        parked = Call(f"{part} GET /internal/v1/parked", away, stays="Baris tersisih")
        rows = Call(f"{part} GET /internal/v1/set-aside", away, stays="Peristiwa tertunda")
        count = [Call(each.of, "?", stays="") for each in (parked, rows)]
        record = Call(f"{part} GET /internal/v1/parked/17/record", away, status=503)
        address = "/kelola/tertunda"
        found += [
            Asked(address, ADMIN, f"{address}?bagian={part}", (parked, rows)),
            Asked(f"{address}/jumlah", ADMIN, f"{address}/jumlah?bagian={part}", tuple(count)),
        ]
        # Intake hears nothing of the stream, so that it never has an event to park.
        if part != "intake":
            route = f"{address}/{{bagian}}/{{parked_id}}"
            found.append(Asked(route, ADMIN, f"{address}/{part}/17", (record,)))
    return found


SUGGESTIONS = Call(
    f"routing GET /v1/cases/{ONE}/suggestions", f"Saran {CANNOT}", stays="f-tetapkan"
)
FRAGMENT: Final = ""
"""Of what a script fetches: it is told the status alone, and leaves the page as it is."""

PAGES: Final[tuple[Asked, ...]] = (
    Asked("/", WORKER, "/", status=303),
    Asked("/masuk", None, "/masuk"),
    # The issuer, which is none of our services, is away in these tests.
    Asked("/masuk/mulai", None, "/masuk/mulai", status=503),
    Asked("/masuk/kembali", None, "/masuk/kembali?state=a&code=b", status=403),
    Asked("/keluar/penerbit", None, "/keluar/penerbit", status=303),
    Asked("/profil", WORKER, "/profil"),
    Asked("/kotak", WORKER, "/kotak?tab=baru", (INBOX, VIEWS)),
    Asked("/kotak/jumlah", WORKER, "/kotak/jumlah?tab=lewat",
          (Call("routing GET /v1/inbox", FRAGMENT, 503, FRAGMENT),)),
    Asked("/kabar", WORKER, "/kabar",
          (Call("routing GET /v1/inbox/changes", FRAGMENT, 503, FRAGMENT),)),
    Asked("/cari", WORKER, "/cari"),
    Asked("/cari", WORKER, "/cari?s={s}",
          (Call("routing POST /v1/search", status=503, stays="search"),)),
    *_about_a_case(),
    *_judging(),
    Asked("/triase", PLACER, "/triase", (TRIAGED,)),
    Asked("/triase/gubernur", PLACER, "/triase/gubernur", (WAITING,)),
    Asked("/triase/{complaint_id}", PLACER, f"/triase/{ONE}", (the_case(), SUGGESTIONS)),
    Asked("/triase/selesai/{act}", PLACER, "/triase/selesai/tolak"),
    Asked("/loket", CLERK, "/loket"),
    Asked("/loket/tanda-terima", CLERK, "/loket/tanda-terima", status=410),
    *_managing(),
    *_quarantine(),
)  # fmt: skip
NO_PAGES: Final = frozenset({"/health/live", "/health/ready", "/metrics", "/openapi.json"})
"""Routes for machines, and what lies below ``/static``: files of the release."""


def answered(parts: Parts) -> None:
    """All parts answer as their contracts' examples do; the cases are the two."""
    calls = {call.of for asked in PAGES for call in asked.calls}
    calls |= {call.of for sent in FORMS for call in sent.calls if "{" not in call.of}
    for part, method, path in (each.split() for each in calls):
        status, body = example(part, method, path)
        parts.answer(part, method, path, body, status)
    parts.answer("routing", "GET", "/v1/inbox", a_list(a_case(1), total=2))
    parts.answer("routing", "GET", "/v1/triage", a_list(a_case(1), total=1))
    parts.answer("routing", "GET", "/v1/unread", {"cases": [over()], "next_cursor": None})
    parts.answer("routing", "GET", f"/v1/cases/{ONE}", all_open())
    parts.answer("routing", "POST", f"/v1/cases/{ONE}/media/{LOCKED}/open", a_document())
    parts.answer("routing", "GET", f"/v1/cases/{OVER}", over())
    for part in set(PART_NAMES) - {"intake"}:
        path = "/internal/v1/parked/17/record"
        _, record = example(part, "GET", path)
        asks = {**record["discard"], "discard_id": DISCARD, "own": False}
        open_now = {"replayed_at": None, "discarded_at": None, "discard": asks}
        parts.answer(part, "GET", path, {**record, "id": 17, **open_now})


def all_open() -> dict[str, Any]:
    return a_case(
        1, state="verifying", allowed=[act.verb for act in ACTS if not act.always],
        assignee={"officer_id": VIEW, "name": "Petugas Contoh", "is_me": False},
        media=[a_document(links=None)],
        contents=[{"ref": VIEW, "status": "ok", "text": "hp [nomor telepon]", "masked": True}],
    )  # fmt: skip


def a_document(**changes: Any) -> dict[str, Any]:
    """A ``MediaView`` of a document that was opened."""
    links = {"small": None, "medium": None, "large": None, "expires_at": NOON,
             "original": f"{MEDIA}/v1/media/{LOCKED}/original?signature=a"}  # fmt: skip
    return {
        "ref": LOCKED, "kind": "document", "origin": "reporter", "content_ref": None, "number": 1,
        "state": "locked", "reason": None, "lock": "document", "links": links,
        "taken_near": "unknown", "flags": [], "opened": [], **changes,
    }  # fmt: skip


def over() -> dict[str, Any]:
    steps = [a_step("CaseRouted"), a_step("CaseCompleted", version=8)]
    return a_case(
        2, version=8, state="completed", allowed=["reopen"], unread=[ONE], history=steps
    )  # fmt: skip


# --- forms ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as an officer sends it. ``on``: the page that has it, ``to``: where it goes, ``form``:
    where a form goes that a script sends elsewhere.
    ``typed``: what is written into it. ``calls``: of its act, and of the page that it is answered
    with; ``{kunci}`` stands for the form's key. ``status``: of the answer."""

    route: str
    who: Who
    on: str
    to: str
    typed: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    status: int = 303
    form: str = ""

    def __str__(self) -> str:
        return f"{self.route} {self.to} {' '.join(self.typed)}"


def _command(act: Act) -> Call:
    return Call(f"routing {act.method} /v1{act.command(UUID(ONE))}", SILENCE, 503)


def _act(verb: str, case: str = ONE) -> Call:
    return Call(f"routing POST /v1/cases/{case}/{verb}", SILENCE, 503)


ACT_ROUTE = "/laporan/{complaint_id}/{tindakan}"
TYPED: Mapping[str, Mapping[str, str]] = {
    "kembalikan-rencana": {"reason": "Belum lengkap."},
    "pertahankan-tenggat": {"reason": "Masih cukup."},
    "kerjakan-ulang": {"reason": "Belum bersih."},
    "tetapkan": {"unit": "satpol-pp", "category": "sampah"},
    "hasil": {"text": "Sudah diangkut."},
    "rencana": {"plan": "Diangkut besok.", "complete_by": "2030-01-02"},
    "disposisikan": {"to_unit": "satpol-pp"},
    "koordinasikan": {"to_unit": "satpol-pp"},
    "kembalikan": {"reason": "Bukan wilayah kami."},
    "tanya": {"question": "Di sisi mana?"},
    "ews": {"reason": "Alat rusak.", "complete_by": "2030-01-02"},
    "sudah-dibaca": {"refs": OVER, "note": "Sudah dibaca."},
    "catatan": {"text": "Sudah ditelepon."},
    "tolak": {"reason": "off_topic", "pasti": "ya"},
    "gabungkan": {"head": OVER, "pasti": "ya"},
    "buka-kembali": {"reason": "new_facts"},
}
"""What is written into the form of an act, by the act."""


def _acts() -> list[Sent]:
    page = f"/laporan/{ONE}"
    number = {"head_nomor": "JK2611250001"}
    found = Call("routing POST /v1/search", SILENCE, 503)
    # Nothing was sent to the case; but the whole form is there to be sent again.
    again = Call(f"routing GET /v1/cases/{ONE}", SILENCE, 503)
    return [
        Sent(ACT_ROUTE, WORKER, f"{page}/{act.slug}", f"{page}/{act.slug}",
             TYPED.get(act.slug, {}), (_command(act),))
        for act in ACTS
    ] + [
        Sent(ACT_ROUTE, WORKER, f"{page}/gabungkan", f"{page}/gabungkan", number,
             (found, again), 200),
        Sent(ACT_ROUTE, WORKER, f"{page}/tolak", f"{page}/tolak", {"reason": "off_topic"},
             (again,), 200),
        Sent(ACT_ROUTE, WORKER, f"{page}/tanya", f"{page}/tanya",
             {"question": "Di sisi mana?", "bahasa": "id"}, (again, CHOICES["tanya"]), 200),
        Sent(ACT_ROUTE, WORKER, f"{page}/tanya", f"{page}/tanya",
             {"sisip": "ya", "balasan": "Terima kasih."}, (again, CHOICES["tanya"]), 200),
    ]  # fmt: skip


def _openings() -> list[Sent]:
    """Nothing is opened while the case cannot be read: the page could not say of what it is."""
    page = f"/laporan/{ONE}/foto/{LOCKED}"
    case = Call(f"routing GET /v1/cases/{ONE}", SILENCE, 503)
    opened, text = _act(f"media/{LOCKED}/open"), f"/laporan/{ONE}/isi"
    return [
        Sent(MEDIA_ROUTE, WORKER, page, page, {"alasan": "Perlu dilihat."}, (opened, case), 200),
        Sent(MEDIA_ROUTE, WORKER, page, page, {}, (case,), 422),
        Sent(
            TEXT_ROUTE,
            JUDGE,
            text,
            text,
            {"alasan": "Perlu dibaca."},
            (_act("text/open"), case),
            200,
        ),
        Sent(TEXT_ROUTE, JUDGE, text, text, {}, (case,), 422),
    ]


def _judgements() -> list[Sent]:
    route, page, over_ = "/nilai/{complaint_id}/{act}", f"/nilai/{ONE}", f"/nilai/{OVER}"
    plain = {"setujui-rencana": "plan/approve", "setujui-tenggat": "extension/approve",
             "selesai": "validation", "periksa": "verification"}  # fmt: skip
    said = {"kembalikan-rencana": "plan/return", "pertahankan-tenggat": "extension/refuse",
            "kerjakan-ulang": "follow-up/refuse"}  # fmt: skip
    read = Call(f"routing POST /v1/unread/{OVER}/look", SILENCE, 503)
    list_of_over = f"{over_}?jenis=keberatan"
    reopening = {"alasan": "new_facts"}
    return [
        *(Sent(route, JUDGE, page, f"{page}/{act}", {}, (_act(verb),))
          for act, verb in plain.items()),
        *(Sent(route, JUDGE, page, f"{page}/{act}", {"alasan": "Belum."}, (_act(verb),))
          for act, verb in said.items()),
        Sent(route, JUDGE, page, f"{page}/catatan", {"catatan": "Kosong."}, (_act("notes"),)),
        Sent(route, JUDGE, list_of_over, f"{over_}/sudah-dibaca", {}, (read,)),
        Sent(route, JUDGE, list_of_over, f"{over_}/buka-kembali", reopening, (), 200),
        Sent(route, JUDGE, list_of_over, f"{over_}/buka-kembali", {**reopening, "yakin": "ya"},
             (_act("reopen", OVER),)),
    ]  # fmt: skip


def _at_triage() -> list[Sent]:
    route, page = "/triase/{complaint_id}/{act}", f"/triase/{ONE}"
    said = {"alasan": "off_topic"}
    chosen = {"unit": "satpol-pp", "kategori": "sampah"}
    return [
        Sent("/triase/{complaint_id}/tempat", PLACER, page, f"{page}/tempat",
             {"tempat": "Tebet Timur"}),
        Sent("/triase/{complaint_id}/tempat", PLACER, page, f"{page}/tempat",
             {"tempat": "Jl. Contoh 5"}, (the_case(), SUGGESTIONS), 200),
        Sent(route, PLACER, page, f"{page}/tetapkan", chosen, (_act("assign"),)),
        Sent(route, PLACER, page, f"{page}/tanya", {"pertanyaan": "Di mana?"},
             (_act("question"),)),
        Sent(route, PLACER, page, f"{page}/tolak", said, (), 200),
        Sent(route, PLACER, "/triase/gubernur", f"{page}/tolak", {}, (), 200),
        Sent(route, PLACER, page, f"{page}/tolak", {**said, "yakin": "ya"}, (_act("reject"),)),
    ]  # fmt: skip


def _at_the_inbox() -> list[Sent]:
    saved = Call(f"routing DELETE /v1/views/{VIEW}", SILENCE, 503)
    bulk = Call("routing POST /v1/bulk", SILENCE, 503)
    ticked = {"laporan": f"{ONE}.7.JK2611260001"}
    officers = Call("routing GET /v1/officers", f"Daftar petugas {CANNOT}")
    route = "/kotak/massal"
    return [
        Sent("/kotak/saring", WORKER, "/kotak", "/kotak/saring", {"wilayah": "Tebet Timur"}),
        Sent("/kotak/saring", WORKER, "/kotak", "/kotak/saring", {"wilayah": "Jl. Contoh 5"},
             (INBOX, VIEWS), 422),
        Sent("/kotak/tampilan", WORKER, "/kotak", "/kotak/tampilan", {"nama": "Pagi"},
             (Call("routing PUT /v1/views/{kunci}", SILENCE, 503), INBOX, VIEWS), 200),
        Sent("/kotak/tampilan", WORKER, "/kotak", "/kotak/tampilan", {}, (INBOX, VIEWS), 422),
        Sent("/kotak/tampilan/hapus", WORKER, "/kotak", "/kotak/tampilan/hapus", {}, (saved,)),
        Sent(route, WORKER, "/kotak", route, {}, (INBOX, VIEWS), 422),
        Sent(route, WORKER, "/kotak", route, {**ticked, "tindakan": "accept"}, (), 200),
        Sent(route, WORKER, "/kotak", route, {**ticked, "tindakan": "assignee"}, (officers,), 200),
        Sent(route, WORKER, "/kotak", route, {**ticked, "tindakan": "accept", "pasti": "ya"},
             (bulk, INBOX, VIEWS), 200),
        Sent("/cari", WORKER, "/cari", "/cari", {"kata": "lubang"}),
    ]  # fmt: skip


def _at_the_counter() -> list[Sent]:
    told = {"masalah": "Mobil menutup trotoar."}
    filed = Call("intake POST /v1/desks/kelurahan/complaints", SILENCE, 503)
    alike = Call("routing POST /v1/neighbours", stays=FRAGMENT)
    return [
        Sent("/loket", CLERK, "/loket", "/loket", told, (filed,)),
        Sent("/loket", CLERK, "/loket", "/loket", {**told, "foto": "made-for-a-scan"}, (filed,)),
        Sent("/loket", CLERK, "/loket", "/loket", {**told, "berkas_hilang": "ya"}, (), 422),
        Sent("/loket", CLERK, "/loket", "/loket",
             {**told, "langkah": "mirip", "foto": "made-for-a-scan"}, (alike,), 200),
        Sent("/loket/mirip", CLERK, "/loket", "/loket/mirip", told, (alike,), 200, "/loket"),
    ]  # fmt: skip


def _remedies() -> list[Sent]:
    page, route = "/kelola/tertunda/sla/17", "/kelola/tertunda/{bagian}/{parked_id}/{act}"
    reason = {"catatan": "Salah tulis."}

    def event(verb: str) -> Call:
        return Call(f"sla POST /internal/v1/parked/17/{verb}", SILENCE, 503)

    def discard(verb: str) -> Call:
        return Call(f"sla POST /internal/v1/discards/{DISCARD}/{verb}", SILENCE, 503)

    row = Call("sla POST /internal/v1/set-aside/1/release", SILENCE, 503)
    gateway = Call("notify POST /v1/gateways/email/resume", SILENCE, 503)
    return [
        Sent(route, ADMIN, page, f"{page}/terapkan", {}, (event("replay"),)),
        Sent(route, ADMIN, page, f"{page}/perbaiki", {**reason, "isi": "{}"}, (event("edit"),)),
        Sent(route, ADMIN, page, f"{page}/setujui", reason, (discard("confirm"),)),
        Sent(route, ADMIN, page, f"{page}/batalkan", reason, (discard("withdraw"),)),
        Sent("/kelola/tertunda/{bagian}/baris/{aside_id}/lepaskan", ADMIN,
             "/kelola/tertunda?bagian=sla", "/kelola/tertunda/sla/baris/1/lepaskan", {}, (row,)),
        Sent("/kelola/pesan/{name}/lanjutkan", ADMIN, "/kelola/pesan",
             "/kelola/pesan/email/lanjutkan", {}, (gateway,)),
    ]  # fmt: skip


FORMS: Final[tuple[Sent, ...]] = (
    *_acts(),
    *_openings(),
    *_judgements(),
    *_at_triage(),
    *_at_the_inbox(),
    *_at_the_counter(),
    *_remedies(),
    Sent("/profil/tombol", WORKER, "/profil", "/profil/tombol"),
    Sent("/bahasa", WORKER, "/profil", "/bahasa", {"bahasa": "en"}),
    Sent("/sesi", WORKER, "/profil", "/sesi", {"kembali": "/kotak"}, form="/keluar"),
    Sent("/keluar", WORKER, "/profil", "/keluar"),
)  # fmt: skip
