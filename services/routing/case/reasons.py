"""Why an officer's act is refused: a stable code for programs, a sentence for people. Pure.

One list for both who are told: `openings` before the act, and the answer to it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from uuid import UUID

from services.routing.case.relations import Relation
from shared.errors import Reason
from shared.events.vocabulary import CaseState, MediaFlag
from shared.web.labels import CASE_STATE_LABELS

ACCEPTED_ALREADY = Reason(
    "accepted_already", "The case is already accepted.", "Kasus ini sudah diterima."
)
HELD_ALREADY = Reason(
    "held_already",
    "Your unit holds the case already.",
    "Kasus ini sudah dipegang unit Anda.",
)
COMPLAINED_OF = Reason(
    "complained_of",
    "The complaint is about that unit. Choose another.",
    "Laporan ini mengenai unit tersebut. Pilihlah unit lain.",
)
NO_UNIT_BENEATH = Reason(
    "no_unit_beneath",
    "Your unit has no unit of its own for this case. Coordinate it instead.",
    "Unit Anda tidak memiliki unit di bawahnya untuk kasus ini. Gunakan koordinasi.",
)
NOT_BENEATH = Reason(
    "not_beneath",
    "Delegate only to a unit of your own. Else coordinate.",
    "Disposisi hanya kepada unit di bawah unit Anda. Selain itu gunakan koordinasi.",
)
NOT_PASSED_ON = Reason(
    "not_passed_on",
    "No unit passed this case on. Coordinate it with the responsible one.",
    "Tidak ada unit yang meneruskan kasus ini. Koordinasikan dengan unit yang berwenang.",
)
PLAN_NEEDED = Reason(
    "plan_needed",
    "This category needs an approved plan first. Submit a plan.",
    "Kategori ini memerlukan rencana yang disetujui. Ajukan rencana dahulu.",
)
QUESTION_OPEN = Reason(
    "question_open",
    "A question is open. Wait for its answer.",
    "Masih ada pertanyaan yang menunggu jawaban pelapor.",
)
NO_LATER_DATE = Reason(
    "no_later_date",
    "This category allows no later date.",
    "Kategori ini tidak memperbolehkan perpanjangan waktu.",
)
REQUEST_OPEN = Reason(
    "request_open",
    "A request for a later date waits for its answer.",
    "Masih ada permohonan perpanjangan yang menunggu keputusan.",
)
NO_REQUEST = Reason(
    "no_request",
    "No request for a later date is open.",
    "Tidak ada permohonan perpanjangan yang menunggu keputusan.",
)
FOUR_EYES = Reason(
    "four_eyes",
    "Who filed it may not decide on it. Ask a colleague (four eyes).",
    "Yang mengajukan tidak boleh memutuskan sendiri. Mintalah rekan Anda.",
)
NOT_ASKED = Reason(
    "not_asked",
    "Ask the citizen for what is missing first.",
    "Tanyakan dahulu kepada pelapor apa yang kurang.",
)
ANSWER_AWAITED = Reason(
    "answer_awaited",
    "Wait for the answer, or until the time for it is over.",
    "Tunggulah jawaban pelapor, atau sampai waktu menjawab habis.",
)
NEW_WORDS = Reason(
    "new_words",
    "New words of the citizen have come. Read the case again in a moment.",
    "Ada pesan baru dari pelapor. Bacalah kasus ini lagi sebentar lagi.",
)
WORK_BEGUN = Reason(
    "work_begun",
    "Work has been taken on: only a question that stays unanswered lets the case be rejected.",
    "Penanganan sudah dimulai: kasus hanya dapat ditolak bila pertanyaan tidak dijawab.",
)
ONLY_INCOMPLETE = Reason(
    "only_incomplete",
    "After an unanswered question only 'incomplete' fits.",
    "Setelah pertanyaan tidak dijawab hanya alasan 'incomplete' yang berlaku.",
)
SAME_UNIT = Reason(
    "same_unit",
    "On suspected fraud another unit must take the case.",
    "Bila diduga ada kecurangan, unit lain harus menangani kasus ini.",
)
HEAD_CLOSED = Reason(
    "head_closed",
    "The head is closed or merged itself. Choose an open case.",
    "Kasus induk sudah ditutup atau digabung. Pilihlah kasus yang masih terbuka.",
)
ABOUT_ANOTHER = Reason(
    "about_another",
    "Only complaints about the same unit, or about none, belong together.",
    "Hanya laporan mengenai unit yang sama, atau tanpa unit, yang dapat digabung.",
)
HAS_MERGED = Reason(
    "has_merged",
    "Cases were merged into this one. Split them first.",
    "Ada kasus yang digabung ke kasus ini. Pisahkan dahulu.",
)
BEING_MERGED = Reason(
    "being_merged",
    "Cases are being merged into this one. Read it again.",
    "Ada kasus yang sedang digabung ke kasus ini. Bacalah lagi.",
)

PHOTO_NEEDED = Reason(
    "photo_needed",
    "Work of this category is proved by a picture. Send one to POST /v1/evidence/{complaint_id} of"
    " media and name its media_ref in media.",
    "Penanganan kategori ini dibuktikan dengan foto. Unggah foto hasil kerja lalu sertakan.",
)
EVIDENCE_NOT_READY = Reason(
    "evidence_not_ready",
    "A picture that you name is still being checked. Send the same again in a moment.",
    "Foto yang disertakan masih diperiksa. Kirim lagi sebentar lagi.",
)
NOT_EVIDENCE = Reason(
    "not_evidence",
    "Name only pictures that were taken in as evidence of this case and cleared. Send another one"
    " to POST /v1/evidence/{complaint_id} of media.",
    "Sertakan hanya foto bukti kasus ini yang lolos pemeriksaan. Unggahlah foto lain.",
)
DRAWN_FOR_SITE_CHECK = Reason(
    "drawn_for_site_check",
    "This case was drawn at random to be checked on site. Order the verification, then validate.",
    "Kasus ini terpilih acak untuk diperiksa di lapangan. Perintahkan verifikasi, lalu validasi.",
)
NOT_LOCKED = Reason(
    "not_locked",
    "Nothing locks this file: read the case again, it is shown there.",
    "Berkas ini tidak terkunci: bacalah kasus ini lagi, berkasnya ditampilkan di sana.",
)
NOT_MASKED = Reason(
    "not_masked",
    "This report is not confidential: its text is shown whole with the case.",
    "Laporan ini tidak rahasia: isinya ditampilkan utuh bersama kasus.",
)
ERASED = Reason(
    "erased",
    "The contents were erased on the reporter's wish.",
    "Isi laporan dihapus atas permintaan pelapor.",
)
NOT_YET_CLEARED = Reason(
    "not_yet_cleared",
    "This file is still being checked. Read the case again in a moment.",
    "Berkas ini masih diperiksa. Bacalah kasus ini lagi sebentar lagi.",
)
NOTHING_LEFT = Reason(
    "nothing_left",
    "Nothing is kept of this file: it was refused or erased.",
    "Berkas ini tidak lagi disimpan: ditolak atau sudah dihapus.",
)


@cache
def wrong_state(state: CaseState, wanted: frozenset[CaseState]) -> Reason:
    """``wanted``: the states in which the command may be given.

    Worded once: a list asks for the refusal of twenty commands for each of its cases, and wording
    them anew took more than half of the time of a page of 200."""
    states = [each for each in CaseState if each in wanted]
    named = " or ".join(f"{each} ({CASE_STATE_LABELS[each]})" for each in states)
    labels = " atau ".join(CASE_STATE_LABELS[each] for each in states)
    label = CASE_STATE_LABELS[state]
    return Reason(
        "wrong_state",
        f"The case is in state {state} ({label}). This is for a case in state {named}.",
        f"Kasus ini berstatus {label}. Ini hanya untuk kasus berstatus {labels}.",
    )


@cache
def not_yours(whom: frozenset[Relation]) -> Reason:
    """``whom``: what one must be to the case."""
    return Reason(
        "not_yours",
        f"Only the {' or '.join(sorted(whom))} of the case may do this.",
        f"Hanya {' atau '.join(sorted(_WHOM[each] for each in whom))} yang boleh melakukannya.",
    )


def flags_not_named(missing: Sequence[tuple[UUID, MediaFlag]]) -> Reason:
    """``missing``: what was found in pictures of the follow-up, and the command does not accept."""
    named = ", ".join(f"{flag} of {ref}" for ref, flag in missing)
    flags = ", ".join(f"{flag} pada {ref}" for ref, flag in missing)
    return Reason(
        "flags_not_named",
        f"Look at the pictures; if you accept what was found, name it in accepted_flags: {named}.",
        f"Periksa fotonya; bila temuan diterima, sebutkan di accepted_flags: {flags}.",
    )


def requests_used_up(at_most: int) -> Reason:
    return Reason(
        "requests_used_up",
        f"A later date may be asked for {at_most} times at most.",
        f"Perpanjangan hanya dapat dimohon paling banyak {at_most} kali.",
    )


def fits_another_state(wanted: CaseState) -> Reason:
    label = CASE_STATE_LABELS[wanted]
    return Reason(
        "fits_another_state",
        f"This reason fits a case in state {wanted} ({label}).",
        f"Alasan ini hanya untuk kasus berstatus {label}.",
    )


def objection_over(days: int) -> Reason:
    return Reason(
        "objection_over",
        f"The {days} days for it are over. Only new facts reopen the case.",
        f"Masa {days} hari sudah lewat. Hanya fakta baru yang dapat membuka kasus ini lagi.",
    )


_WHOM: Mapping[Relation, str] = {
    Relation.HOLDER: "unit pemegang",
    Relation.TRIAGE: "meja triase",
    Relation.REVIEWER: "penilai",
}
