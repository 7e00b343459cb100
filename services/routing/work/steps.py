"""What the steps of a case are called for officers (Indonesian)."""

from collections.abc import Mapping

STEP_LABELS: Mapping[str, str] = {
    "CaseRouted": "Diteruskan ke unit",
    "CaseTriaged": "Masuk meja triase",
    "CaseAccepted": "Diterima unit",
    "CaseCoordinated": "Dikoordinasikan ke unit lain",
    "CaseDelegated": "Didisposisikan",
    "CaseReturned": "Dikembalikan",
    "PlanSubmitted": "Rencana diajukan",
    "PlanApproved": "Rencana disetujui",
    "PlanReturned": "Rencana dikembalikan",
    "WorkStarted": "Mulai dikerjakan",
    "CitizenQuestioned": "Pelapor ditanya",
    "CitizenAnswered": "Pelapor menjawab",
    "ExtensionRequested": "Perpanjangan diminta",
    "ExtensionApproved": "Perpanjangan disetujui",
    "ExtensionRefused": "Perpanjangan ditolak",
    "FollowUpSubmitted": "Tindak lanjut dilaporkan",
    "VerificationOrdered": "Pemeriksaan lapangan",
    "FollowUpRefused": "Tindak lanjut ditolak",
    "CaseCompleted": "Selesai",
    "CaseRejected": "Laporan ditolak",
    "CaseReopened": "Dibuka kembali",
    "CaseMerged": "Digabungkan",
    "CaseSplit": "Dipisahkan kembali",
    "CaseWithdrawn": "Dicabut",
}
"""By the name of the event in the history; one for every event of a case."""
