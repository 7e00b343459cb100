"""The sentences of all messages, in Indonesian and English: data, no logic.

``{number}`` report number, ``{unit}`` public name of a unit, ``{due}`` a date in WIB,
``{reason}`` why a report was rejected or a file not kept. No sentence says what the report
is about. An officer's words stand below ``heading`` and are never part of a pattern.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from shared.events.vocabulary import MediaRefusal as M
from shared.events.vocabulary import NotificationTemplate as T
from shared.events.vocabulary import RejectionReason as R

Language: TypeAlias = Literal["id", "en"]


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one stage.

    title: the subject of a mail. says: what has happened. then: what comes next, or what the
    reporter can do. short: the same for a short message, before the tracking code. heading: the
    line above an officer's words, where the stage can have some.
    """

    title: str
    says: str
    then: str
    short: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """The sentences that every message of a language has."""

    greeting: str
    number: str
    code: str
    track: str
    closing: str
    short_code: str
    short_site: str
    public_number: str
    public_code: str
    public_notice: str
    public_emergency: str
    receipt_title: str
    receipt_keep: str
    someone: str
    words_rest: str


FRAMES: Mapping[Language, Frame] = {
    "id": Frame(
        greeting="Yth. Bapak/Ibu Pelapor,",
        number="Nomor laporan: {number}",
        code="Kode pelacakan: {code}",
        track="Lacak laporan di {site} dengan kode tersebut. Kode ini rahasia; mohon disimpan.",
        closing="Hormat kami,\nCepat Respon Masyarakat\nPemerintah Provinsi DKI Jakarta",
        short_code="Kode pelacakan: {code}",
        short_site="Cek: {site}",
        public_number="Nomor laporan: {number}.",
        public_code="Untuk memperoleh kode pelacakan, silakan kirim pesan langsung kepada kami.",
        public_notice=(
            "Ada pemberitahuan untuk laporan {number}. Silakan lacak dengan kode Anda atau kirim "
            "pesan langsung kepada kami."
        ),
        public_emergency="Darurat: 112.",
        receipt_title="TANDA TERIMA LAPORAN",
        receipt_keep="Simpan tanda terima ini.",
        someone="unit yang berwenang",
        words_rest="(selengkapnya di {site} dengan kode pelacakan)",
    ),
    "en": Frame(
        greeting="Dear Sir or Madam,",
        number="Report number: {number}",
        code="Tracking code: {code}",
        track="Follow your report at {site} with this code. The code is secret; please keep it.",
        closing="Yours faithfully,\nCepat Respon Masyarakat\nJakarta Provincial Government",
        short_code="Tracking code: {code}",
        short_site="See {site}",
        public_number="Report number: {number}.",
        public_code="For your tracking code, please send us a direct message.",
        public_notice=(
            "There is news about report {number}. Please follow it with your code or send us a "
            "direct message."
        ),
        public_emergency="Emergency: 112.",
        receipt_title="RECEIPT OF A REPORT",
        receipt_keep="Please keep this receipt.",
        someone="the unit in charge",
        words_rest="(in full at {site} with your code)",
    ),
}

REASONS: Mapping[Language, Mapping[R, str]] = {
    "id": {
        R.OFF_TOPIC: "isinya bukan laporan tentang layanan atau fasilitas kota",
        R.NOT_CITY_COMPETENCE: "hal tersebut bukan kewenangan Pemerintah Provinsi DKI Jakarta",
        R.INCOMPLETE: "keterangan yang kami perlukan tidak lengkap",
        R.ABUSIVE: "isinya melanggar ketentuan kesantunan",
        R.EMERGENCY: "hal tersebut keadaan darurat; segera hubungi 112",
    },
    "en": {
        R.OFF_TOPIC: "it is not about a service or facility of the city",
        R.NOT_CITY_COMPETENCE: "the matter is outside the competence of the Jakarta government",
        R.INCOMPLETE: "information that we need is missing",
        R.ABUSIVE: "it breaks the rules of courtesy",
        R.EMERGENCY: "it is an emergency; please call 112 at once",
    },
}

REFUSALS: Mapping[Language, Mapping[M, str]] = {
    "id": {
        M.TYPE: "jenisnya bukan foto, PDF, atau video yang dapat kami buka",
        M.EMPTY: "berkasnya kosong",
        M.TOO_LARGE: "ukurannya terlalu besar",
        M.TOO_MANY_PIXELS: "gambarnya terlalu besar untuk dibuka",
        M.DAMAGED: "berkasnya rusak atau terpotong di jalan",
        M.HOSTILE: "berkasnya tidak dapat dibuka dengan aman",
        M.INFECTED: "pemindai menemukan virus di dalamnya; periksa perangkat Anda",
        M.NOT_FETCHED: "layanan tempat berkas itu diunggah tidak menyerahkannya kepada kami",
    },
    "en": {
        M.TYPE: "it is no photo, PDF or video of a kind that we can open",
        M.EMPTY: "it is empty",
        M.TOO_LARGE: "it is too large",
        M.TOO_MANY_PIXELS: "the picture is too large to be opened",
        M.DAMAGED: "it is damaged or was cut short on its way",
        M.HOSTILE: "it cannot be opened safely",
        M.INFECTED: "a scanner found a virus in it; please check your device",
        M.NOT_FETCHED: "the service to which it was uploaded did not hand it to us",
    },
}

WORDINGS: Mapping[Language, Mapping[T, Wording]] = {
    "id": {
        T.CONFIRMATION: Wording(
            "Laporan Anda telah kami terima",
            "Terima kasih, laporan Anda telah kami terima.",
            "Laporan akan diteruskan kepada unit yang berwenang. Kami akan mengabari Anda bila "
            "ada perkembangan. Keadaan darurat: hubungi 112.",
            "laporan {number} telah kami terima. Darurat: 112.",
        ),
        T.ROUTED: Wording(
            "Laporan Anda telah diteruskan",
            "Laporan Anda telah diteruskan kepada {unit}.",
            "Unit tersebut akan memeriksa laporan Anda. Kami akan mengabari Anda saat penanganan "
            "dimulai.",
            "laporan {number} diteruskan ke {unit}.",
        ),
        T.IN_PROGRESS: Wording(
            "Laporan Anda sedang ditangani",
            "Laporan Anda sedang ditangani oleh {unit}.",
            "Hasilnya diperiksa lebih dahulu sebelum laporan dinyatakan selesai, lalu kami "
            "sampaikan kepada Anda.",
            "laporan {number} sedang ditangani {unit}.",
        ),
        T.QUESTION: Wording(
            "Kami memerlukan keterangan Anda",
            "{unit} memerlukan keterangan tambahan dari Anda.",
            "Jawablah di {site} dengan kode pelacakan Anda. Bila pesan ini surel, Anda juga dapat "
            "membalasnya. Tenggat tindak lanjut berhenti sementara sampai jawaban Anda kami "
            "terima.",
            "ada pertanyaan untuk laporan {number}. Jawab dengan kode.",
            "Pertanyaan petugas:",
        ),
        T.EXTENDED: Wording(
            "Tenggat penyelesaian diperpanjang",
            "Tenggat penyelesaian laporan Anda diperpanjang sampai {due}.",
            "Tenggat semula tetap tercatat dan dapat Anda lihat saat melacak laporan.",
            "tenggat laporan {number} menjadi {due}.",
        ),
        T.COMPLETED: Wording(
            "Laporan Anda telah selesai",
            "Laporan Anda telah selesai ditindaklanjuti oleh {unit}.",
            "Bila hasilnya belum sesuai, Anda dapat mengajukan keberatan dalam 10 hari.",
            "laporan {number} selesai. Keberatan dapat diajukan dalam 10 hari.",
            "Yang telah dikerjakan:",
        ),
        T.REJECTED: Wording(
            "Laporan Anda tidak dapat ditindaklanjuti",
            "Mohon maaf, laporan Anda tidak dapat kami tindaklanjuti karena {reason}.",
            "Bila Anda tidak setuju, Anda dapat mengajukan keberatan dalam 10 hari.",
            "laporan {number} ditolak. Keberatan: 10 hari. Darurat: 112.",
            "Keterangan petugas:",
        ),
        T.REOPENED: Wording(
            "Laporan Anda dibuka kembali",
            "Laporan Anda dibuka kembali.",
            "Penanganannya diperiksa ulang. Kami akan mengabari Anda bila ada perkembangan.",
            "laporan {number} dibuka kembali untuk diperiksa ulang.",
        ),
        T.MERGED: Wording(
            "Laporan Anda digabungkan",
            "Laporan Anda digabungkan dengan laporan lain tentang masalah yang sama.",
            "Nomor dan kode pelacakan Anda tetap berlaku, dan hasilnya akan kami sampaikan kepada "
            "Anda.",
            "laporan {number} digabung dengan laporan serupa. Kode berlaku.",
        ),
        T.WITHDRAWN: Wording(
            "Laporan Anda telah dicabut",
            "Laporan Anda telah dicabut dan tidak ditindaklanjuti lagi.",
            "Anda dapat menyampaikan laporan baru kapan saja.",
            "laporan {number} telah dicabut.",
        ),
        T.FILE_REFUSED: Wording(
            "Berkas Anda tidak dapat kami terima",
            "Berkas yang Anda kirim bersama laporan tidak dapat kami terima karena {reason}.",
            "Laporan Anda tetap kami proses. Kirimkan foto baru (JPEG atau PNG, paling besar 20 "
            "MB) lewat JAKI atau surel, dan sebutkan nomor laporan {number}. Keterangan tiap "
            "berkas ada di halaman pelacakan.",
            "berkas laporan {number} tidak diterima; kirim JPEG via JAKI/surel.",
        ),
        T.EMERGENCY: Wording(
            "Keadaan darurat: hubungi 112",
            "Bila ada bahaya, jangan menunggu jawaban kami: segera hubungi 112, gratis, 24 jam.",
            "112 mengirim pertolongan; kami tidak. Laporan Anda tetap kami teruskan.",
            "bila ada bahaya, segera telepon 112. Laporan {number} tercatat.",
        ),
    },
    "en": {
        T.CONFIRMATION: Wording(
            "We have received your report",
            "Thank you, we have received your report.",
            "It will be passed to the unit in charge. We will tell you when there is news. In an "
            "emergency call 112.",
            "we have received report {number}. Emergency: 112.",
        ),
        T.ROUTED: Wording(
            "Your report has been passed on",
            "Your report has been passed to {unit}.",
            "The unit will look into it. We will tell you when the work begins.",
            "report {number} was passed to {unit}.",
        ),
        T.IN_PROGRESS: Wording(
            "Your report is being handled",
            "Your report is being handled by {unit}.",
            "The result is checked before the report is closed; then we will tell you.",
            "report {number} is being handled by {unit}.",
        ),
        T.QUESTION: Wording(
            "We need an answer from you",
            "{unit} needs more information from you.",
            "Please answer at {site} with your tracking code. If this is an e-mail, you may also "
            "reply to it. The time limit for the work rests until we have your answer.",
            "we need your answer about report {number}: use the code.",
            "The officer asks:",
        ),
        T.EXTENDED: Wording(
            "The time limit has been extended",
            "The time limit of your report has been extended to {due}.",
            "The original time limit stays on record; you can see it when you follow the report.",
            "report {number} has a new time limit: {due}.",
        ),
        T.COMPLETED: Wording(
            "Your report has been completed",
            "Your report has been completed by {unit}.",
            "If the result is not right, you may object within 10 days.",
            "report {number} is completed. You may object within 10 days.",
            "What was done:",
        ),
        T.REJECTED: Wording(
            "We cannot act on your report",
            "We are sorry, we cannot act on your report because {reason}.",
            "If you disagree, you may appeal within 10 days.",
            "we cannot act on report {number}. Appeal: 10 days. Emergency: 112.",
            "The officer explains:",
        ),
        T.REOPENED: Wording(
            "Your report has been reopened",
            "Your report has been reopened.",
            "Its handling is being looked at again. We will tell you when there is news.",
            "report {number} has been reopened.",
        ),
        T.MERGED: Wording(
            "Your report has been joined with another",
            "Your report has been joined with another about the same problem.",
            "Your number and tracking code stay valid, and we will tell you the result.",
            "report {number} was joined with a similar one. Your code is valid.",
        ),
        T.WITHDRAWN: Wording(
            "Your report has been withdrawn",
            "Your report has been withdrawn and will not be followed up.",
            "You may send a new report at any time.",
            "report {number} has been withdrawn.",
        ),
        T.FILE_REFUSED: Wording(
            "We could not take your file",
            "We could not take a file that you sent with your report because {reason}.",
            "Your report goes on all the same. Please send a new photo (JPEG or PNG, at most 20 "
            "MB) by JAKI or e-mail and give the report number {number}. The tracking page says "
            "what became of each file.",
            "file of report {number} not taken; send a JPEG by JAKI or mail.",
        ),
        T.EMERGENCY: Wording(
            "In an emergency call 112",
            "If there is danger, do not wait for us: call 112 at once, free of charge, day and "
            "night.",
            "112 sends help; we do not. Your report is passed on all the same.",
            "if there is danger, call 112 at once. Report {number} is kept.",
        ),
    },
}

ASKING_FOR_WORDS: Mapping[Language, Wording] = {
    "id": Wording(
        "Tuliskan apa yang terjadi dan di mana",
        "Terima kasih, kiriman Anda telah kami terima tanpa keterangan. Tuliskan apa yang terjadi "
        "dan di mana.",
        "Kirimkan keterangan itu dengan cara yang sama dan sebutkan nomor laporan {number}, supaya "
        "tersambung dengan kiriman ini. Keadaan darurat: hubungi 112.",
        "laporan {number}: tulis apa yang terjadi, di mana. Darurat: 112.",
    ),
    "en": Wording(
        "Please write what happened and where",
        "Thank you, we have received what you sent, without any words. Please write what happened "
        "and where.",
        "Send it the same way and give the report number {number}, so that it is joined with this "
        "report. In an emergency call 112.",
        "report {number}: please write what happened, where. Emergency: 112.",
    ),
}
"""The receipt of a report that came without words, such as a picture alone."""
