"""What people are shown instead of the vocabulary's words."""

from collections.abc import Mapping

from shared.events.vocabulary import CaseState

CASE_STATE_LABELS: Mapping[CaseState, str] = {
    CaseState.RECEIVED: "Menunggu",
    CaseState.COORDINATED: "Koordinasi",
    CaseState.DELEGATED: "Disposisi",
    CaseState.PLANNED: "Rencana Tindak Lanjut",
    CaseState.IN_PROGRESS: "Proses",
    CaseState.AWAITING_VALIDATION: "Menunggu Validasi",
    CaseState.VERIFYING: "Verifikasi",
    CaseState.FOLLOW_UP_REFUSED: "Tindak Lanjut Ditolak",
    CaseState.COMPLETED: "Selesai",
    CaseState.REJECTED: "Ditolak",
    CaseState.MERGED: "Digabung",
    CaseState.WITHDRAWN: "Dicabut",
}
"""What people are shown (Indonesian)."""
