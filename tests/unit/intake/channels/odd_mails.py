"""Three hundred odd mails, made by structure: program, way of writing, charset, encoding, nesting.

In each stand marked words that its writer wrote. Numbers decide, and no chance, so that a mail that
fails fails again.
"""

import binascii
from base64 import encodebytes
from dataclasses import dataclass

from shared.codes import tracking_code
from shared.events.vocabulary import NotificationTemplate
from tests.builders import a_complaint_id
from tests.unit.intake.channels.mail_programs import OURS, PROGRAMS, Program, Words
from tests.unit.notify.test_message import CODE as PLACEHOLDER
from tests.unit.notify.test_message import a_message

COUNT = 300
CODE = tracking_code(bytes(32), a_complaint_id())
"""Genuine in its form: what has no check character is no code, and is not masked."""
SENDER = "pelapor.contoh@example.org"
LINK = "https://maps.example.org/?q=-6.2,106.8&zoom={}"
PHOTO = b"Content-Type: image/jpeg; name=foto.jpg\nContent-Transfer-Encoding: base64\n\n/9j/4AAQ\n"

STYLES = ("reply", "forward", "attached", "html_only", "placeholder", "absence", "bounced")
SHAPES = ("one", "alternative", "mixed", "related", "deep", "closed_late")
ENCODINGS = ("8bit", "quoted-printable", "base64", "damaged base64")
CHARSETS: tuple[tuple[str, str], ...] = (
    ("utf-8", "utf-8"),
    ("iso-8859-1", "cp1252"),
    ("us-ascii", "utf-8"),
    ("tak-dikenal", "utf-8"),
    ("", "cp1252"),
    ("windows-1252", "cp1252"),
    ("gb18030", "gb18030"),
)
"""What is declared and what is true; nothing where nothing is declared."""

LETTERS = (
    NotificationTemplate.CONFIRMATION,
    NotificationTemplate.ROUTED,
    NotificationTemplate.QUESTION,
    NotificationTemplate.COMPLETED,
)


@dataclass(frozen=True)
class OddMail:
    """planted: each of these must be readable. ours: whether it quotes a letter of ours in reply,
    so that its code must be gone."""

    name: str
    raw: bytes
    planted: tuple[str, ...]
    ours: bool
    style: str


def all_odd_mails() -> list[OddMail]:
    return [odd_mail(number) for number in range(COUNT)]


def odd_mail(number: int) -> OddMail:
    program = PROGRAMS[number % len(PROGRAMS)]
    turn = number // len(PROGRAMS)
    style = STYLES[(turn + number) % len(STYLES)]
    shape = SHAPES[(turn * 5 + number) % len(SHAPES)]
    declared, true = CHARSETS[(turn * 3 + number) % len(CHARSETS)]
    encoding = ENCODINGS[(turn + number // 3) % len(ENCODINGS)]
    writer = _Writer(number, declared, true, encoding, bad_byte=number % 5 == 0)
    content, planted = _CONTENT[style](writer, program, shape)
    headers = _headers(number, style)
    name = f"{number} {program.name} {style} {shape} {declared or 'undeclared'} {encoding}"
    return OddMail(name, headers + content, planted, style in ("reply", "absence"), style)


def _headers(number: int, style: str) -> bytes:
    subject = {"forward": "Fwd: Jalan", "attached": "Trs: Jalan", "bounced": "Fwd: Undelivered"}
    lines = [
        f"From: Pelapor Contoh <{SENDER}>",
        f"To: {OURS}",
        f"Subject: {subject.get(style, 'Re: [JK2411030001] Laporan Anda')}",
        f"Message-ID: <ganjil-{number}@example.org>",
        "MIME-Version: 1.0",
    ]
    if style in ("reply", "absence"):
        lines.append("In-Reply-To: <0190b8a2-6f0e-7c3b-9b1e-2f6f3f0a1c01@jakarta.go.id>")
    if style == "absence":
        lines.append("Precedence: auto_reply")
    return "".join(f"{line}\n" for line in lines).encode()


@dataclass(frozen=True)
class _Writer:
    """Puts words into parts."""

    number: int
    declared: str
    true: str
    encoding: str
    bad_byte: bool

    def word(self, place: str) -> str:
        return f"{place}\u00e9{self.number}"

    def words(self) -> Words:
        return Words(
            f"Jalan rusak {self.word('atas')} sekali.",
            f"Ini {self.word('antara')} salah.",
            f"Mohon {self.word('bawah')} segera.",
        )

    def part(self, subtype: str, text: str) -> bytes:
        raw = text.encode(self.true)
        if self.bad_byte and self.declared in ("utf-8", "us-ascii", "tak-dikenal"):
            raw = raw.replace(b"Jalan rusak", b"Jalan \x96 rusak", 1)
        charset = f"; charset={self.declared}" if self.declared else ""
        encoding = self.encoding.removeprefix("damaged ")
        head = f"Content-Type: text/{subtype}{charset}\nContent-Transfer-Encoding: {encoding}\n\n"
        return head.encode() + self._encoded(raw)

    def _encoded(self, raw: bytes) -> bytes:
        match self.encoding:
            case "quoted-printable":
                return binascii.b2a_qp(raw, istext=True)
            case "base64":
                return encodebytes(raw)
            case "damaged base64":
                lines = encodebytes(raw).rstrip(b"=\n").split(b"\n")
                return b"\n".join(b"!" + line[:20] + b"*#" + line[20:] for line in lines) + b"\n"
            case _:
                return raw


def _together(kind: str, name: str, *parts: bytes, end: bool = True) -> bytes:
    pieces = b"".join(b"--%b\n%b\n" % (name.encode(), part) for part in parts)
    closing = f"--{name}--\n".encode() if end else b""
    return f"Content-Type: multipart/{kind}; boundary={name}\n\n".encode() + pieces + closing


def _shaped(shape: str, plain: bytes, html: bytes) -> bytes:
    both = _together("alternative", "dua", plain, html)
    match shape:
        case "one":
            return plain
        case "alternative":
            return both
        case "mixed":
            return _together("mixed", "campur", PHOTO, both, PHOTO)
        case "related":
            picture = _together("related", "gambar", html, PHOTO)
            return _together("alternative", "dua", plain, picture)
        case "deep":
            for level in range(70):
                both = _together("mixed", f"d{level}", both)
            return both
        case _:
            return _together("mixed", "buka", both, end=False)


def our_letter(number: int) -> str:
    """A letter as notify writes it, with the code."""
    return a_message(LETTERS[number % len(LETTERS)]).text.replace(PLACEHOLDER, CODE)


def _reply(writer: _Writer, program: Program, shape: str) -> tuple[bytes, tuple[str, ...]]:
    words, letter = writer.words(), our_letter(writer.number).split("\n")
    extra = writer.word("hanyahtml")
    link = LINK.format(writer.number)
    html = program.rich(words, letter).replace(
        "</body>", f'<p>Foto {extra} <a href="{link.replace("&", "&amp;")}">lokasi</a></p></body>'
    )
    planted = tuple(map(writer.word, ("atas", "antara", "bawah")))
    content = _shaped(
        shape, writer.part("plain", program.plain(words, letter)), writer.part("html", html)
    )
    return content, planted if shape == "one" else (*planted, extra, link)


def _forward(writer: _Writer, program: Program, shape: str) -> tuple[bytes, tuple[str, ...]]:
    words = writer.words()
    letter = "\n".join(
        (words.above, "", program.forward, "", words.between, "> kutipan lama", words.below)
    )
    rows = "".join(f"<div>{line.replace('<', '&lt;')}</div>" for line in letter.split("\n"))
    content = _shaped(shape, writer.part("plain", letter), writer.part("html", rows))
    return content, tuple(map(writer.word, ("atas", "antara", "bawah")))


def _attached(writer: _Writer, program: Program, shape: str) -> tuple[bytes, tuple[str, ...]]:
    words = writer.words()
    inner = _shaped(shape, writer.part("plain", words.between), writer.part("html", words.between))
    holder = b"Content-Type: message/rfc822\n\nFrom: Warga <w@example.net>\nSubject: J\n" + inner
    own = writer.part("plain", words.above), holder, writer.part("plain", words.below)
    return _together("mixed", "luar", *own), tuple(map(writer.word, ("atas", "antara", "bawah")))


def _html_only(writer: _Writer, program: Program, shape: str) -> tuple[bytes, tuple[str, ...]]:
    rows = "".join(f"<td>{each}</td>" for each in vars(writer.words()).values())
    html = writer.part("html", f"<head><title>x</title><table><tr>{rows}</table>")
    content = html if shape == "one" else _shaped(shape, b"\n", html)
    return content, tuple(map(writer.word, ("atas", "antara", "bawah")))


def _placeholder(writer: _Writer, program: Program, shape: str) -> tuple[bytes, tuple[str, ...]]:
    """A plain part that says nothing, before or beside the words in HTML."""
    blanks = ("&#8203;", "\n\n", "This message is in HTML. Please use another program.")
    html = "".join(f"<p>{each}</p>" for each in vars(writer.words()).values())
    plain = b"Content-Type: text/plain\n\n" + blanks[writer.number % 3].encode()
    shape = "alternative" if shape == "one" else shape
    content = _shaped(shape, plain, writer.part("html", html))
    return content, tuple(map(writer.word, ("atas", "antara", "bawah")))


def _bounced(writer: _Writer, program: Program, shape: str) -> tuple[bytes, tuple[str, ...]]:
    """A person who forwards a bounce."""
    report = _together(
        "report; report-type=delivery-status",
        "gagal",
        b"Content-Type: text/plain\n\nYour mail was not delivered.",
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n",
    )
    holder = b"Content-Type: message/rfc822\n\nFrom: MAILER-DAEMON@example.net\n" + report
    own = _reply(writer, program, "one")[0] if shape == "one" else b""
    words = writer.part("plain", "\n".join(vars(writer.words()).values()))
    content = _together("mixed", "luar", own or words, holder)
    return content, tuple(map(writer.word, ("atas", "antara", "bawah")))


_CONTENT = {
    "reply": _reply,
    "forward": _forward,
    "attached": _attached,
    "html_only": _html_only,
    "placeholder": _placeholder,
    "absence": _reply,
    "bounced": _bounced,
}
