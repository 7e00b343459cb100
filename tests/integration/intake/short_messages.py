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
