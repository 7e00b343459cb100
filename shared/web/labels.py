"""What people are shown instead of the vocabulary's words."""

from collections.abc import Mapping
from typing import Final

from shared.events.vocabulary import CaseState, Channel, MediaRefusal, NotificationTemplate

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
    NotificationTemplate.FILE_REFUSED: "Berkas tidak dapat diterima",
    NotificationTemplate.EMERGENCY: "Diarahkan ke 112",
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
    NotificationTemplate.FILE_REFUSED: "File not taken",
    NotificationTemplate.EMERGENCY: "Pointed to 112",
}

MEDIA_REFUSAL_ADVICE: Mapping[MediaRefusal, str] = {
    MediaRefusal.TYPE: "Isinya bukan foto, PDF, atau video yang dapat kami terima. Kirimkan lagi "
    "sebagai foto biasa (JPEG).",
    MediaRefusal.EMPTY: "Berkasnya kosong. Kirimkan lagi fotonya.",
    MediaRefusal.TOO_LARGE: "Berkasnya terlalu besar. Kirimkan foto paling besar 20 MB, PDF 10 MB, "
    "atau video 25 MB.",
    MediaRefusal.TOO_MANY_PIXELS: "Gambarnya terlalu besar untuk dibuka. Kecilkan ukurannya, lalu "
    "kirimkan lagi.",
    MediaRefusal.DAMAGED: "Berkasnya rusak atau terpotong di jalan. Kirimkan lagi fotonya.",
    MediaRefusal.HOSTILE: "Berkasnya tidak dapat dibuka dengan aman. Ambil foto baru atau kirimkan "
    "tangkapan layarnya.",
    MediaRefusal.INFECTED: "Pemindai menemukan virus di dalamnya. Periksa perangkat Anda, lalu "
    "kirimkan foto yang baru.",
    MediaRefusal.NOT_FETCHED: "Layanan tempat Anda mengunggahnya tidak menyerahkan berkas ini "
    "kepada kami. Kirimkan lagi fotonya.",
}
"""Why a file was not kept, and what its sender can do (Indonesian)."""

MEDIA_REFUSAL_ADVICE_IN_ENGLISH: Mapping[MediaRefusal, str] = {
    MediaRefusal.TYPE: "It holds no photo, PDF or video of a kind that we take. Send it as an "
    "ordinary photo (JPEG).",
    MediaRefusal.EMPTY: "The file is empty. Send the photo again.",
    MediaRefusal.TOO_LARGE: "The file is too large. Send a photo of 20 MB, a PDF of 10 MB or a "
    "video of 25 MB at most.",
    MediaRefusal.TOO_MANY_PIXELS: "The picture is too large to be opened. Make it smaller and send "
    "it again.",
    MediaRefusal.DAMAGED: "The file is damaged or was cut short on its way. Send the photo again.",
    MediaRefusal.HOSTILE: "The file cannot be opened safely. Take a new photo or send a screenshot "
    "of it.",
    MediaRefusal.INFECTED: "A scanner found a virus in it. Check your device and send a new photo.",
    MediaRefusal.NOT_FETCHED: "The service to which you uploaded it did not hand this file to us. "
    "Send the photo again.",
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
