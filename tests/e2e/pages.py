"""Every page of the console, by who opens it; ``{id}`` is a case of the kelurahan."""

from tests.e2e.city import ADMIN, AUDITOR, BIRO, KELURAHAN, Officer, officer_of

UNIT, JUDGE, TRIAGE = (
    officer_of(KELURAHAN), Officer("biro", BIRO), Officer("triage_officer", "triage"),
)  # fmt: skip
PAGES = (
    (UNIT, (
        "/kotak?tab=baru", "/kotak?tab=dikerjakan&petugas=saya", "/kotak?tab=menunggu",
        "/kotak?tab=nilai", "/kotak?tab=lewat", "/cari", "/profil", "/laporan/{id}",
        "/laporan/{id}/riwayat", "/laporan/{id}/sekitar", "/laporan/{id}/cetak",
        "/laporan/{id}/koordinasikan", "/laporan/{id}/rencana", "/laporan/{id}/tanya",
        "/laporan/{id}/tolak", "/laporan/{id}/gabungkan", "/laporan/{id}/catatan",
    )),
    (JUDGE, ("/nilai?jenis=rencana", "/nilai?jenis=hasil", "/nilai?jenis=ews",
             "/nilai?jenis=keberatan")),
    (TRIAGE, ("/triase", "/triase/gubernur")),
    (Officer("desk_officer", KELURAHAN), ("/loket",)),
    (Officer("admin", ADMIN.unit), (
        "/kelola/tertunda", "/kelola/pesan", "/kelola/unit", "/kelola/kategori", "/kelola/aturan",
        "/kelola/kanal",
    )),
    (Officer("auditor", AUDITOR.unit), ("/jejak",)),
)  # fmt: skip
