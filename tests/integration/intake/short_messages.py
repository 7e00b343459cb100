"""Short messages as telephones send them, and the words that an officer must read of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

_SENDERS: Iterator[int] = count(628110000001)


@dataclass(frozen=True, slots=True)
class Sms:
    """parts: each the kind and the data that the fake SMSC is given. text: what is filed."""

    sender: str
    parts: tuple[tuple[str, ...], ...]
    text: str


def escaped(content: bytes) -> str:
    return "".join(f"%{byte:02X}" for byte in content)


def own_number() -> str:
    return f"{next(_SENDERS)}"


def gsm(text: str, sender: str | None = None) -> Sms:
    """In the telephone's usual alphabet; the gateway hands it on as UTF-8."""
    return Sms(sender or own_number(), (("text", text),), text)


def eight_bit(content: bytes, text: str) -> Sms:
    """Bytes of which nobody says what they are."""
    return Sms(own_number(), (("data", escaped(content)),), text)


def ucs2(text: str, content: bytes | None = None) -> Sms:
    """An emoji or a curly quote makes a telephone send the whole message so."""
    given = text.encode("utf-16-be") if content is None else content
    return Sms(own_number(), (("ucs2", escaped(given)),), text)


def long(kind: str, reference: int, order: Sequence[int], *texts: str) -> Sms:
    """In parts, which come in ``order``."""
    headers = (bytes((5, 0, 3, reference, len(texts), number)) for number in order)
    given = (texts[number - 1] for number in order)
    parts = tuple(
        (f"udh-{kind}", escaped(header), text if kind == "text" else escaped(text.encode()))
        for header, text in zip(headers, given, strict=True)
    )
    return Sms(own_number(), parts, "".join(texts))


ALPHABET = (
    "@ £ $ ¥ è é ù ì ò Ç Ø ø Å å Δ _ Φ Γ Λ Ω Π Ψ Σ Θ Ξ Æ æ ß É ! # ¤ % ( ) * + , - . / [ ] ~ |"
)
PART = "Jalan berlubang di depan pasar, sudah tiga minggu tidak diperbaiki juga. " * 2

IN_UTF_8: Sequence[Sms] = (
    gsm("Jalan berlubang di depan pasar."),
    gsm("Gang 3+4 banjir & lampu mati, 50% rumah gelap = bahaya?"),
    gsm("halo%20dunia %41 +62 a+b"),
    gsm(f"Huruf {ALPHABET} habis"),
    gsm("Kata Pak RT “tolong” – segera… €5"),
    gsm("Tulisan 'kutip' \"dua\" dan \\ garis"),
    gsm("Pohon tumbang 🌳 di jalan 🚧"),
    gsm("kata " * 400 + "habis"),
    gsm("Dari nomor luar negeri.", sender="+4915112345678"),
    gsm("Dari nomor dengan nol.", sender="08110009001"),
    gsm("Dari nomor dengan plus.", sender="+628110009002"),
    gsm("Dari nomor dengan dua nol.", sender="00628110009003"),
    gsm("Dari nama toko.", sender="TOKOMAJU"),
    gsm("Dari nomor pendek.", sender="1708"),
    long("text", 17, (1, 2), PART, "bagian kedua."),
    long("text", 18, (3, 1, 2), PART, "tengah " * 20, "akhir pesan."),
)
IN_UCS_2: Sequence[Sms] = (
    ucs2("Pohon tumbang 🌳 di jalan 🚧"),
    ucs2("Kata Pak RT “tolong” – segera…"),
    ucs2("Bintang ⭐ tengkorak ☠ tanya ‽ a+b & 5%"),
    ucs2("Baris satu\nbaris dua 🙏"),
    ucs2("垃圾没有人收"),
    ucs2("ꦗꦏꦂꦠ kotor 🗑"),
    ucs2("👨‍👩‍👧 keluarga"),
)
IN_EIGHT_BIT: Sequence[Sms] = (
    eight_bit("Café tutup jalan".encode("latin-1"), "Café tutup jalan"),
    eight_bit("Café – tutup “jalan”".encode(), "Café – tutup “jalan”"),
    eight_bit("Kata “tolong” – €5".encode("cp1252"), "Kata “tolong” – €5"),
    eight_bit(b"Baris satu\nbaris dua + & %", "Baris satu\nbaris dua + & %"),
    long("data", 19, (2, 1), PART, "bagian kedua."),
)
MARK = "(sebagian teks tidak terbaca)"
UNUSUAL: Sequence[Sms] = (
    Sms(
        own_number(),
        (("udh-text", escaped(bytes((6, 5, 4, 21, 129, 0, 0))), "Ke porta."),),
        "Ke porta.",
    ),
    ucs2(f"Setengah huruf � {MARK}", "Setengah huruf ".encode("utf-16-be") + b"\xd8\x3d"),
    eight_bit(b"Dengan\x00 nol", f"Dengan� nol {MARK}"),
    ucs2(f"Byte ganjil � {MARK}", "Byte ganjil ".encode("utf-16-be") + b"\xd8"),
    Sms(
        own_number(),
        (("udh-data", escaped(bytes((5, 0, 3, 20, 2, 1))), escaped(b"Bagian lain hilang")),),
        "Bagian lain hilang\n(bagian 1 dari 2)",
    ),
)
WITHOUT_WORDS: Sequence[Sms] = (
    Sms(own_number(), (("text", ""),), "(tanpa teks)"),
    Sms(own_number(), (("text", "   "),), "(tanpa teks)"),
)
MESSAGES: Sequence[Sms] = (*IN_UTF_8, *IN_UCS_2, *IN_EIGHT_BIT, *UNUSUAL, *WITHOUT_WORDS)
