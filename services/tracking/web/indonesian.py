"""The page in Indonesian."""

from typing import Final

from services.tracking.web.words import Words
from shared.events.vocabulary import CaseState, RejectionReason, ReopenReason
from shared.web.labels import CASE_STATE_LABELS, MEDIA_REFUSAL_ADVICE, MESSAGE_NAMES

_S = CaseState

INDONESIAN: Final = Words(
    language="id",
    texts={
        "title": "Lacak laporan",
        "new_report": "Sampaikan laporan",
        "switch": "English",
        "question": "Sampai mana laporan Anda?",
        "lead": "Masukkan kode pelacakan yang Anda terima saat melapor. "
        "Tidak perlu nama, nomor telepon, atau kata sandi.",
        "code": "Kode pelacakan",
        "code_hint": "16 huruf dan angka. Huruf besar atau kecil, spasi, dan tanda hubung "
        "tidak berpengaruh.",
        "submit": "Lihat perkembangan",
        "where_heading": "Di mana kode pelacakan saya?",
        "where": "Kode pelacakan ada pada pesan konfirmasi di kanal tempat Anda melapor, atau pada "
        "tanda terima dari petugas. Kode ini berbeda dari nomor laporan yang diawali JK.",
        "keep_heading": "Simpan baik-baik",
        "keep": "Siapa pun yang memegang kode ini dapat membaca seluruh laporan, termasuk tulisan "
        "Anda. Jangan berikan kepada orang lain. Identitas pelapor tidak pernah ditampilkan.",
        "emergency_heading": "Keadaan darurat?",
        "emergency": "Hubungi 112, gratis, 24 jam.",
        "not_found_heading": "Kode tidak ditemukan",
        "not_found": "Tidak ada laporan dengan kode itu. Periksa lagi setiap huruf dan angka. "
        "Laporan yang baru dikirim dapat memerlukan beberapa saat sampai terlihat di sini.",
        "report": "Laporan",
        "private_report": "Laporan Anda",
        "status": "Status",
        "holder": "Ditangani oleh",
        "category": "Kategori",
        "area": "Wilayah",
        "channel": "Dilaporkan melalui",
        "received": "Diterima",
        "due": "Tenggat penyelesaian",
        "due_was": "Tenggat semula",
        "extension": "Perpanjangan tenggat",
        "extension_until": "Sampai",
        "extension_requested": "diminta unit, menunggu keputusan",
        "extension_approved": "disetujui",
        "extension_refused": "tidak disetujui",
        "due_passed": "Tenggat ini telah lewat dan keterlambatannya tercatat.",
        "closed": "Ditutup",
        "due_unknown": "Tenggat sedang ditetapkan.",
        "next": "Selanjutnya",
        "history": "Perjalanan laporan",
        "newest_first": "Yang terbaru di atas",
        "at": "pukul",
        "restricted": "Laporan ini dilindungi khusus. Yang ditampilkan hanya tahapan, tanggal, "
        "jawaban, nasib berkas Anda, dan pertanyaan kepada Anda selama belum dijawab.",
        "confidential": "Laporan ini rahasia: tidak ditampilkan kepada umum maupun unit lain. "
        "Hanya pemegang kode pelacakan yang melihat halaman ini.",
        "erased": "Data pelapor, semua tulisan, dan fotonya sudah dihapus atas permintaan pelapor. "
        "Laporannya tetap tercatat.",
        "merged": "Laporan ini digabung dengan laporan lain tentang masalah yang sama. "
        "Yang tampil di sini adalah perkembangan penanganan bersama itu.",
        "question_heading": "Pertanyaan petugas kepada Anda",
        "question_late": "Waktu menjawab sudah lewat dan penanganan dilanjutkan; Anda masih dapat "
        "menjawab.",
        "question_open": "Jawablah di sini; bila Anda menerima surel dari kami, Anda juga dapat "
        "membalas surel itu. Penanganan dilanjutkan setelah jawaban Anda kami terima.",
        "answer": "Jawaban Anda",
        "answer_hint": "Jangan menuliskan nama atau nomor telepon bila tidak diminta.",
        "answer_submit": "Kirim jawaban",
        "answer_taken_heading": "Jawaban Anda sudah kami terima",
        "answer_taken": "Terima kasih. Petugas dapat membacanya dan penanganan dilanjutkan. "
        "Perubahannya terlihat di halaman ini beberapa saat lagi.",
        "answer_kept": "Yang Anda tulis:",
        "answer_text_heading": "Jawaban belum dapat diterima",
        "answer_text": "Tulislah jawaban Anda, paling banyak 10.000 huruf.",
        "answer_other_heading": "Pertanyaan ini sudah dijawab",
        "answer_other": "Jawaban yang lebih dahulu kami terima tetap berlaku; yang ini tidak "
        "disimpan.",
        "answer_closed_heading": "Tidak ada pertanyaan yang menunggu jawaban",
        "answer_closed": "Bila Anda baru saja menjawab, jawaban itu sudah kami terima. Yang "
        "dikirim sekarang tidak disimpan.",
        "answer_gone_heading": "Jawaban tidak dapat disimpan",
        "answer_gone": "Data pelapor laporan ini sudah dihapus; tidak ada lagi yang disimpan.",
        "answer_away_heading": "Jawaban belum kami terima",
        "answer_away": "Layanan sedang terganggu. Silakan coba kirim lagi beberapa saat lagi; "
        "mengirim dua kali tidak apa-apa.",
        "delayed_heading": "Kabar laporan Anda tertunda",
        "delayed": "Ada perkembangan yang belum dapat kami tampilkan sejak",
        "delayed_kept": "Laporan Anda tidak hilang. Yang tertulis di halaman ini mungkin belum "
        "yang terbaru; silakan lihat lagi nanti.",
        "words_away": "Tulisan ini belum dapat ditampilkan. Muat ulang halaman ini beberapa saat "
        "lagi.",
        "words_erased": "Tulisan ini sudah dihapus atas permintaan pelapor.",
        "own": "Yang Anda sampaikan",
        "own_complaint": "Laporan",
        "own_note": "Keterangan tambahan",
        "own_edit": "Perubahan",
        "own_answer": "Jawaban",
        "address": "Lokasi",
        "point": "Titik lokasi diterima",
        "exchanges": "Tanya jawab",
        "asked": "Pertanyaan petugas",
        "answered": "Jawaban Anda",
        "unanswered": "Tidak dijawab.",
        "evidence": "Bukti hasil kerja",
        "pictures": "Foto yang Anda kirim",
        "files": "Berkas yang Anda kirim",
        "before_after": "Sebelum dan sesudah",
        "after_alone": "Foto hasil pekerjaan",
        "before": "Sebelum",
        "after": "Sesudah",
        "picture_own": "Foto {number} yang Anda kirim, {date}",
        "picture_evidence": "Foto {number} hasil pekerjaan petugas",
        "picture_large": "Buka ukuran besar",
        "pictures_more": "Foto lainnya",
        "pictures_hint": "Foto terbuka selama lima menit; sesudah itu muat ulang halaman ini. "
        "Keterangan tempat dan perangkat sudah dibuang dari foto.",
        "file": "Berkas",
        "file_checking": "Sedang diperiksa agar aman ditampilkan. Lihat lagi beberapa saat lagi.",
        "file_shown": "Diterima.",
        "file_locked": "Diterima. Dokumen dan video hanya dibuka oleh petugas.",
        "file_removed": "Sudah dihapus.",
        "file_unavailable": "Belum dapat ditampilkan. Muat ulang halaman ini beberapa saat lagi.",
        "file_refused": "Tidak dapat kami terima.",
        "file_again": "Laporan Anda tetap diproses.",
        "evidence_away": "Foto hasil pekerjaan belum dapat ditampilkan. Muat ulang halaman ini "
        "beberapa saat lagi.",
        "objection_until": "Keberatan diterima sampai",
        "objection_over": "Masa keberatan sudah lewat. Bila masalahnya muncul lagi, buatlah "
        "laporan baru.",
        "erased_next": "Tidak ada yang perlu Anda lakukan.",
        "note": "Keterangan petugas",
        "note_done": "Yang telah dikerjakan",
        "notices": "Pesan yang dikirim kepada Anda",
        "again": "Lacak laporan lain",
        "progress": "Kemajuan",
        "step_done": "selesai",
        "step_current": "sedang berjalan",
        "step_future": "belum",
        "unavailable_heading": "Layanan sedang terganggu",
        "unavailable": "Data belum dapat dibaca. Coba lagi beberapa saat lagi.",
        "footer": "Setiap laporan ditindaklanjuti paling lama 7 hari. Waktu dalam WIB (UTC+7).",
    },
    labels=CASE_STATE_LABELS,
    headlines={
        _S.RECEIVED: "Laporan Anda sudah diterima",
        _S.COORDINATED: "Sedang dikoordinasikan dengan unit yang berwenang",
        _S.DELEGATED: "Sudah ditugaskan ke unit pelaksana",
        _S.PLANNED: "Rencana tindak lanjut sedang diperiksa",
        _S.IN_PROGRESS: "Sedang dikerjakan",
        _S.AWAITING_VALIDATION: "Sudah ditindaklanjuti, menunggu pemeriksaan",
        _S.VERIFYING: "Hasilnya sedang diperiksa di lapangan",
        _S.FOLLOW_UP_REFUSED: "Hasilnya belum diterima, harus dikerjakan ulang",
        _S.COMPLETED: "Selesai",
        _S.REJECTED: "Laporan tidak dapat ditindaklanjuti",
        _S.MERGED: "Digabung dengan laporan lain",
        _S.WITHDRAWN: "Laporan dicabut",
    },
    following={
        _S.RECEIVED: "Unit yang berwenang memeriksa laporan, lalu menangani sendiri atau "
        "meneruskannya ke unit yang tepat.",
        _S.COORDINATED: "Unit penerima memastikan laporan menjadi tugasnya, lalu mulai "
        "menindaklanjuti.",
        _S.DELEGATED: "Unit pelaksana menyusun rencana atau langsung mulai bekerja.",
        _S.PLANNED: "Biro Pemerintahan menyetujui atau mengembalikan rencana unit. "
        "Setelah disetujui, pekerjaan dimulai.",
        _S.IN_PROGRESS: "Setelah pekerjaan rampung, unit mengirim bukti hasil kerja untuk "
        "diperiksa Biro Pemerintahan.",
        _S.AWAITING_VALIDATION: "Biro Pemerintahan memeriksa bukti hasil kerja. Laporan baru "
        "dinyatakan selesai setelah hasilnya diterima.",
        _S.VERIFYING: "Petugas Biro Pemerintahan mendatangi lokasi sebelum memutuskan apakah "
        "hasilnya diterima.",
        _S.FOLLOW_UP_REFUSED: "Unit mengulangi pekerjaan sampai hasilnya benar.",
        _S.COMPLETED: "Hasilnya tidak sesuai? Sampaikan keberatan dalam 10 hari melalui kanal "
        "tempat Anda melapor.",
        _S.REJECTED: "Tidak setuju? Ajukan keberatan dalam 10 hari melalui kanal tempat Anda "
        "melapor.",
        _S.MERGED: "Anda tetap menerima jawaban yang sama melalui kanal tempat Anda melapor.",
        _S.WITHDRAWN: "Tidak ada langkah lanjutan. Anda dapat membuat laporan baru kapan saja.",
    },
    events={
        "ComplaintReceived": "Laporan diterima",
        "CaseRouted": "Diteruskan ke unit",
        "CaseTriaged": "Diperiksa petugas untuk menentukan unit",
        "CaseReturned": "Dikembalikan ke unit sebelumnya",
        "CaseReopened": "Dibuka kembali",
        "CaseSplit": "Dipisahkan kembali",
    },
    rail=("Diterima", "Diteruskan", "Dikerjakan", "Diperiksa", "Selesai"),
    rejections={
        RejectionReason.OFF_TOPIC: "Isinya bukan pengaduan tentang layanan atau lingkungan kota.",
        RejectionReason.NOT_CITY_COMPETENCE: "Masalah ini bukan wewenang Pemprov DKI Jakarta.",
        RejectionReason.INCOMPLETE: "Keterangan tidak lengkap dan pertanyaan kami tidak terjawab.",
        RejectionReason.ABUSIVE: "Isinya melanggar ketentuan pelaporan.",
        RejectionReason.EMERGENCY: "Ini keadaan darurat. Hubungi 112.",
    },
    reopenings={
        ReopenReason.CITIZEN_OBJECTION: "Keberatan Anda diterima.",
        ReopenReason.NEW_FACTS: "Ada keadaan baru.",
        ReopenReason.SUSPECTED_FRAUD: "Bukti hasil kerjanya diragukan.",
        ReopenReason.APPEAL: "Keberatan Anda atas penolakan diterima.",
    },
    refusals=MEDIA_REFUSAL_ADVICE,
    notices=MESSAGE_NAMES,
    outcomes={
        "sent": "Terkirim",
        "failed": "Tidak terkirim",
        "suppressed": "Tidak dikirim",
    },
)
