"""Mails as people's programs write them, and the words that an officer must read of each."""

import base64
import quopri
from collections.abc import Sequence
from dataclasses import dataclass

SENDER = "pelapor@example.org"
MAILBOX = "dki@jakarta.go.id"


@dataclass(frozen=True, slots=True)
class Letter:
    """subject: also its name. phrases: must be read in this order, each once.

    whole: nothing else is read. chunked: handed over with BDAT, all in one write; pipelined: with
    DATA, the commands before it in one write.
    """

    subject: str
    raw: bytes
    phrases: tuple[str, ...]
    whole: bool = True
    sender: str = SENDER
    recipients: tuple[str, ...] = (MAILBOX,)
    options: tuple[str, ...] = ()
    chunked: bool = False
    pipelined: bool = False

    @property
    def text(self) -> str:
        """The complaint's text, where it is the whole of the letter."""
        return "\n\n".join((self.subject, *self.phrases))


def head(subject: str, *more: str, sender: str = f"Warga <{SENDER}>") -> bytes:
    """The headers of a mail; its Message-ID is made of the subject."""
    number = base64.b16encode(subject.encode()).decode().lower()[:60]
    lines = (
        f"From: {sender}",
        f"To: {MAILBOX}",
        f"Subject: {subject}",
        "Date: Tue, 24 Nov 2026 08:10:00 +0700",
        f"Message-ID: <{number}@example.org>",
        "MIME-Version: 1.0",
        *more,
    )
    return "\n".join(lines).encode() + b"\n\n"


def text_type(charset: str, encoding: str) -> tuple[str, str]:
    return (
        f"Content-Type: text/plain; charset={charset}",
        f"Content-Transfer-Encoding: {encoding}",
    )


def plain(subject: str, text: str, charset: str = "utf-8", encoding: str = "8bit") -> bytes:
    return head(subject, *text_type(charset, encoding)) + encoded(text.encode(charset), encoding)


def encoded(content: bytes, encoding: str) -> bytes:
    match encoding:
        case "base64":
            return base64.encodebytes(content)
        case "quoted-printable":
            return quopri.encodestring(content)
        case _:
            return content + b"\n"


def in_parts(subject: str, kind: str, *parts: bytes) -> bytes:
    joined = b"".join(b"--batas\n" + part.rstrip(b"\n") + b"\n" for part in parts)
    return (
        head(subject, f'Content-Type: multipart/{kind}; boundary="batas"') + joined + b"--batas--\n"
    )


def part(kind: str, text: str, *more: str) -> bytes:
    headers = "\n".join((f"Content-Type: {kind}; charset=utf-8", *more))
    return f"{headers}\n\n{text}\n".encode()


def picture(size: int) -> bytes:
    headers = (
        b"Content-Type: image/jpeg; name=foto.jpg\nContent-Transfer-Encoding: base64\n"
        b"Content-Disposition: attachment; filename=foto.jpg\n\n"
    )
    return headers + base64.encodebytes(bytes(range(256)) * (size // 256))


def simple(subject: str, text: str, charset: str = "utf-8", encoding: str = "8bit") -> Letter:
    return Letter(subject, plain(subject, text, charset, encoding), (text,))


HOLE = "Jalan berlubang di depan pasar, sudah tiga minggu."
SEVERAL_LINES = "Baris pertama.\nBaris kedua = 50% selesai?\nBaris ketiga: a=3D, b=20."
DOTS = ".titik di depan\n..dua titik\n.\nsesudah titik sendiri"
LONG_WORDS = " ".join(f"kata{number}" for number in range(1000))
ONE_WORD = "a" * 3000
CURLY = "Warga bilang “tolong” – itu kata Pak RT… sampai €5."

CODED: Sequence[Letter] = (
    simple("ascii", HOLE, "us-ascii", "7bit"),
    simple("utf-8 delapan bit", "Café di Jl. Merdeka ramai 🚧 sampai malam."),
    simple(
        "utf-8 quoted-printable",
        "Café 🚧 " + "panjang " * 30 + "habis.",
        "utf-8",
        "quoted-printable",
    ),
    simple("utf-8 base64", "Lampu jalan padam — gelap sekali 🌑.", "utf-8", "base64"),
    simple("latin-1", "Café près du marché, élève déçu.", "iso-8859-1", "quoted-printable"),
    simple("latin-1 delapan bit", "Café près du marché.", "iso-8859-1", "8bit"),
    simple("latin-9", "Denda €50 tanpa kuitansi.", "iso-8859-15", "quoted-printable"),
    simple("windows-1252 delapan bit", CURLY, "windows-1252", "8bit"),
    simple("utf-16", "Saluran air mampet.", "utf-16", "base64"),
    simple("gb18030", "垃圾没有人收。 Sampah menumpuk.", "gb18030", "base64"),
    simple("sama dengan", SEVERAL_LINES, "utf-8", "quoted-printable"),
    simple("titik", DOTS),
    simple("dari", "From kemarin lampu padam.\nFrom sini gelap."),
    simple("baris panjang", LONG_WORDS),
    simple("satu kata panjang", ONE_WORD),
)
UNDECLARED = Letter(
    "tanpa mime",
    f"From: {SENDER}\nTo: {MAILBOX}\nSubject: tanpa mime\n\nCafé tutup jalan.\n".encode(),
    ("Café tutup jalan.",),
)
ONE_BAD_BYTE = Letter(
    "satu byte rusak",
    head("satu byte rusak", *text_type("utf-8", "8bit"))
    + "Trotoar rusak di dekat café ".encode() + b"\xe9" + " sampai gereja – tolong.\n".encode(),
    ("Trotoar rusak di dekat café ", " sampai gereja – tolong."),
    whole=False,
)  # fmt: skip
SUBJECT_IN_WORDS = Letter(
    "Pohon tumbang – Jl. Café menutup jalan 🌳",
    head(
        "=?utf-8?B?UG9ob24gdHVtYmFuZyDigJMg?=\n =?iso-8859-1?Q?Jl=2E_Caf=E9_?="
        "\n =?utf-8?Q?menutup_jalan_=F0=9F=8C=B3?=",
        *text_type("utf-8", "8bit"),
    )
    + b"Mohon dibantu.\n",
    ("Mohon dibantu.",),
)
BUILT: Sequence[Letter] = (
    Letter(
        "dua bentuk",
        in_parts(
            "dua bentuk",
            "alternative",
            part("text/plain", "Genangan air di terowongan."),
            part("text/html", "<p>Genangan air di <b>terowongan</b>.</p>"),
        ),
        ("Genangan air di terowongan.",),
    ),
    Letter(
        "html saja",
        head("html saja", "Content-Type: text/html; charset=utf-8")
        + b"<html><body><p>Parkir liar &amp; macet<br>setiap pagi</p></body></html>\n",
        ("Parkir liar & macet\nsetiap pagi",),
    ),
    Letter(
        "dengan foto",
        in_parts(
            "dengan foto",
            "mixed",
            part("text/plain", "Lihat foto di bawah."),
            picture(512),
            part("text/plain", "Itu tadi fotonya."),
        ),
        ("Lihat foto di bawah.", "Itu tadi fotonya."),
        whole=False,
    ),
    Letter(
        "lampiran besar",
        in_parts("lampiran besar", "mixed", part("text/plain", HOLE), picture(150_000)),
        (HOLE, "(foto)"),
    ),
)
_LETTER_WITHIN = (
    "From: Tetangga <tetangga@example.net>\nTo: Warga <pelapor@example.org>\n"
    "Subject: tiang miring\nContent-Type: text/plain; charset=utf-8\n\n"
    "Tiang listrik di gang kami miring sekali.\n"
)
ANSWERED: Sequence[Letter] = (
    Letter(
        "diteruskan di bawah satu baris",
        plain(
            "diteruskan di bawah satu baris",
            "Mohon ditindak.\n\n---------- Forwarded message ---------\n"
            "Dari: Tetangga <tetangga@example.net>\nDate: Sel, 24 Nov 2026\n"
            "Subject: tiang miring\n\n"
            "Tiang listrik di gang kami miring sekali.",
        ),
        ("Mohon ditindak.", "Tiang listrik di gang kami miring sekali."),
        whole=False,
    ),
    Letter(
        "diteruskan sebagai lampiran",
        in_parts(
            "diteruskan sebagai lampiran",
            "mixed",
            part("text/plain", "Ini surat tetangga saya."),
            f"Content-Type: message/rfc822\n\n{_LETTER_WITHIN}".encode(),
        ),
        ("Ini surat tetangga saya.", "Tiang listrik di gang kami miring sekali."),
        whole=False,
    ),
    Letter(
        "Re: balasan di atas",
        plain(
            "Re: balasan di atas",
            "Sampai hari ini belum ada yang datang.\n\n"
            "Pada Sen, 23 Nov 2026 08.00, Tetangga <tetangga@example.net> menulis:\n\n"
            "> Apakah sudah diperbaiki?",
        ),
        ("Sampai hari ini belum ada yang datang.",),
        whole=False,
    ),
    Letter(
        "Re: balasan di antara",
        plain(
            "Re: balasan di antara",
            "Tetangga menulis:\n> Di mana lokasinya?\nDi depan kelurahan.\n"
            "> Sejak kapan?\nSejak hari Minggu.",
        ),
        ("Di depan kelurahan.", "Sejak hari Minggu."),
        whole=False,
    ),
)
ENVELOPES: Sequence[Letter] = (
    Letter("pengirim kosong", plain("pengirim kosong", HOLE), (HOLE,), sender=""),
    Letter(
        "pengirim verp",
        plain("pengirim verp", HOLE),
        (HOLE,),
        sender="pantulan+pelapor=example.org@surat.example.org",
    ),
    Letter(
        "dua penerima",
        plain("dua penerima", HOLE),
        (HOLE,),
        recipients=(MAILBOX, "dki+tanda@jakarta.go.id"),
    ),
    Letter(
        "alamat utf-8",
        head("alamat utf-8", *text_type("utf-8", "8bit"), sender="Café <pelapór@exämple.org>")
        + "Café tutup jalan.\n".encode(),
        ("Café tutup jalan.",),
        sender="pelapór@exämple.org",
        options=("SMTPUTF8", "BODY=8BITMIME"),
    ),
    Letter("perintah sekaligus", plain("perintah sekaligus", DOTS), (DOTS,), pipelined=True),
    Letter("bdat", plain("bdat", DOTS), (DOTS,), chunked=True),
)
LETTERS: Sequence[Letter] = (
    *CODED, UNDECLARED, ONE_BAD_BYTE, SUBJECT_IN_WORDS, *BUILT, *ANSWERED, *ENVELOPES
)  # fmt: skip
