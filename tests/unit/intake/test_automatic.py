"""What a machine answers is told from what people write, conservatively."""

import time

import pytest

from services.intake.words.automatic import looks_automatic, only_quotes

NOTICES = (
    "Automatic reply: [JK2611260107] Kami memerlukan keterangan Anda\n\nI am away.",
    "Balasan otomatis: Laporan Anda\n\nSaya sedang cuti.",
    "Out of Office: Re: Laporan\n\nI am on leave.",
    "Auto-Reply: terima kasih",
    "[Auto Reply] Kami tutup",
    "Ini adalah pesan otomatis. Nomor ini tidak dipantau.",
    "Pesan ini dikirim secara otomatis, mohon tidak dibalas.",
    "This is an automated message. Please do not reply.",
    "This is an auto-reply",
    "Saya sedang cuti sampai 5 Januari. Untuk keperluan mendesak hubungi rekan saya.",
    "Mohon maaf, saat ini saya sedang tidak berada di kantor dan akan membalas hari Senin.",
    "Yth. Bapak/Ibu,\nSaya sedang dinas luar hingga 12 Desember.",
    "Maaf saya masih cuti melahirkan, saya akan kembali pada 1 Februari",
    "Kantor kami tutup sampai 2 Januari. Pesan Anda akan kami balas.",
    "Hi,\n\nI'm currently out of the office until Monday with limited access to email.",
    "I am on annual leave and will respond upon my return.",
    "Thank you for your email. I will be away from 3 to 9 November and will reply when I return.",
    "Terima kasih telah menghubungi Toko Maju! Kami akan segera membalas pesan Anda.",
    "Halo! Terima kasih sudah menghubungi kami. Jam operasional 08.00-17.00.",
    "Thanks for contacting us! We'll get back to you within one business day.",
    "Hi, thank you for your message. We have received your message and our team will respond.",
)

WORDS_OF_PEOPLE = (
    "Kantor lurah tutup, cuti bersama terus.",
    "Kantor kelurahan libur terus, sampai kapan?",
    "Petugas kelurahan cuti semua, loket tutup sampai siang.",
    "Balasan otomatis terus yang saya terima dari kelurahan, tidak ada tindakan.",
    "Saya sudah lapor tiga kali, jawabannya pesan otomatis. Tolong ditindak.",
    "Lampu merah otomatis di perempatan mati.",
    "Pintu air otomatis macet, akan banjir lagi sampai ke rumah.",
    "Saya akan kembali melapor sampai jalan ini diperbaiki.",
    "Terima kasih telah menghubungi saya. Lokasinya di depan masjid, gang dua.",
    "Terima kasih, lampunya sudah menyala.",
    "Saya sedang di luar kota, tolong cek rumah saya kebanjiran.",
    "Saya cuti karena sakit akibat asap pembakaran sampah tetangga.",
    "Di luar kantor kecamatan banyak parkir liar sampai malam.",
    "Kami tidak di kantor, kami di lokasi: Jalan Melati 5.",
    "The traffic light is out of order until now, urgent!",
    "The office is always full, nobody answers.",
    "I am out on the street every night because of the noise.",
    "Ya, betul di sebelah kiri gerbang.",
    "Sampai sekarang belum ada yang datang, sangat mendesak!",
    "",
)


@pytest.mark.parametrize("text", NOTICES)
def test_a_notice_is_noticed(text: str) -> None:
    assert looks_automatic(text)
    assert looks_automatic(text.upper())


@pytest.mark.parametrize("text", WORDS_OF_PEOPLE)
def test_what_people_write_is_no_notice(text: str) -> None:
    assert not looks_automatic(text)


def test_a_notice_that_is_quoted_further_down_is_none() -> None:
    story = "Kelurahan tidak pernah menjawab warga. Kami sudah datang. Loket kosong. Telepon mati. "
    assert not looks_automatic(story + "Ini adalah pesan otomatis. Begitu saja jawabannya.")


def test_a_notice_takes_no_time_to_notice() -> None:
    began = time.process_time()
    for text in (
        "saya " * 10_000,
        "maaf, " * 10_000,
        ">" * 50_000,
        "akan " * 10_000,
        "\n" * 50_000,
    ):
        assert not looks_automatic(text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("text", ["> Laporan Anda kami terima.\n> Kode: x", ">\n> \n  > ya", "| a"])
def test_a_mail_of_quoted_lines_alone_says_nothing(text: str) -> None:
    assert only_quotes(text)


@pytest.mark.parametrize("text", ["> Di mana?\nDi gang dua.", "Ya", "", "5 > 3"])
def test_words_beside_a_quote_say_something(text: str) -> None:
    assert not only_quotes(text)
