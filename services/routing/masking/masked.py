"""A masked text and the pieces that were taken out of it. Pure values."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LABELS = {
    "nik": "[NIK]",
    "kk": "[nomor KK]",
    "npwp": "[NPWP]",
    "phone": "[nomor telepon]",
    "email": "[alamat surel]",
    "plate": "[nomor polisi]",
    "account": "[nomor rekening]",
    "handle": "[akun]",
    "name": "[nama]",
    "address": "[alamat rumah]",
    "number": "[nomor identitas]",
}
"""What an officer reads in place of a piece, by its kind. ``number``: BPJS, SIM, passport, card."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the original, half-open, in code points. ``kind``: a key of `LABELS`."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Masked:
    """``text``: the original with each of ``spans`` replaced by its label; they are in order."""

    text: str
    spans: tuple[Span, ...]


def replaced(original: str, spans: Iterable[Span]) -> str:
    """``original`` with each span's label in its place."""
    return "".join(_pieces(original, spans))


def _pieces(original: str, spans: Iterable[Span]) -> Iterator[str]:
    done = 0
    for span in spans:
        yield original[done : span.start]
        yield LABELS[span.kind]
        done = span.end
    yield original[done:]
