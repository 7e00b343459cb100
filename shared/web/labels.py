"""What people are shown instead of the vocabulary's words."""

from collections.abc import Mapping
from typing import Final

from shared.events.vocabulary import CaseState, Channel, NotificationTemplate

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

CASE_STATE_LABELS_IN_ENGLISH: Mapping[CaseState, str] = {
    CaseState.RECEIVED: "Waiting",
    CaseState.COORDINATED: "Coordination",
    CaseState.DELEGATED: "Delegated",
    CaseState.PLANNED: "Follow-up plan",
    CaseState.IN_PROGRESS: "In progress",
    CaseState.AWAITING_VALIDATION: "Awaiting validation",
    CaseState.VERIFYING: "Verification",
    CaseState.FOLLOW_UP_REFUSED: "Follow-up refused",
    CaseState.COMPLETED: "Completed",
    CaseState.REJECTED: "Rejected",
    CaseState.MERGED: "Merged",
    CaseState.WITHDRAWN: "Withdrawn",
}

MESSAGE_NAMES: Mapping[NotificationTemplate, str] = {
    NotificationTemplate.CONFIRMATION: "Konfirmasi dan kode pelacakan",
    NotificationTemplate.ROUTED: "Laporan diteruskan",
    NotificationTemplate.IN_PROGRESS: "Mulai dikerjakan",
    NotificationTemplate.QUESTION: "Pertanyaan petugas",
    NotificationTemplate.EXTENDED: "Tenggat diperpanjang",
    NotificationTemplate.COMPLETED: "Laporan selesai",
    NotificationTemplate.REJECTED: "Laporan ditolak",
    NotificationTemplate.REOPENED: "Laporan dibuka kembali",
    NotificationTemplate.MERGED: "Laporan digabung",
    NotificationTemplate.WITHDRAWN: "Laporan dicabut",
}
"""What a message to the reporter is called (Indonesian)."""

MESSAGE_NAMES_IN_ENGLISH: Mapping[NotificationTemplate, str] = {
    NotificationTemplate.CONFIRMATION: "Confirmation and tracking code",
    NotificationTemplate.ROUTED: "Complaint passed on",
    NotificationTemplate.IN_PROGRESS: "Work started",
    NotificationTemplate.QUESTION: "Officer's question",
    NotificationTemplate.EXTENDED: "Date extended",
    NotificationTemplate.COMPLETED: "Complaint completed",
    NotificationTemplate.REJECTED: "Complaint rejected",
    NotificationTemplate.REOPENED: "Complaint reopened",
    NotificationTemplate.MERGED: "Complaint merged",
    NotificationTemplate.WITHDRAWN: "Complaint withdrawn",
}

CHANNEL_NAMES: Final[Mapping[str, str]] = {
    Channel.JAKI: "JAKI",
    Channel.QLUE: "Qlue",
    Channel.TWITTER: "Twitter @DKIJakarta",
    Channel.FACEBOOK: "Facebook Pemprov DKI Jakarta",
    Channel.EMAIL: "E-mail dki@jakarta.go.id",
    Channel.BALAI_WARGA: "Balai Warga",
    Channel.LAPOR_1708: "LAPOR! 1708",
    Channel.SMS: "SMS",
    Channel.KELURAHAN: "Kantor Kelurahan",
    Channel.KECAMATAN: "Kantor Kecamatan",
    Channel.WALIKOTA: "Kantor Wali Kota",
    Channel.PENDOPO: "Pendopo Balai Kota",
    Channel.INSPEKTORAT: "Inspektorat",
    Channel.GUBERNUR: "Media sosial Gubernur",
}
"""Proper names, the same in both languages."""


def channel_name(channel: str) -> str:
    """A channel's proper name; of one that has none here its id: ``radio_kota`` is Radio Kota."""
    return CHANNEL_NAMES.get(channel) or channel.replace("_", " ").title()
