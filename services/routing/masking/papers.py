"""Numbers of papers in which letters stand: certificates, deeds, passports. Pure."""

import re
from collections.abc import Iterator

from services.routing.masking.masked import Span
from services.routing.masking.reading import Reading, words_of

_PAPER = re.compile(
    r"\b(?:ijazah|ijasah|skhun|sttb|akta|akte|(?:buku|surat) nikah"
    r"|skck|str|sip|kta|pensiun|nim|npm|nis|paspor|passport|visa|kitas|kitap|bpkb|stnk|sim"
    r"|(?:no|nomor|nmr)\.? ?(?:rangka|mesin|seri ijazah)|rangka|mesin)\b"
    r"(?:[ .,:=#(]{1,3}(?:no|nomor|nmr|nomer|seri|saya|sy|nya|anak|istri|suami|ibu|bapak|ayah"
    r"|kelahiran|lahir|nikah|kawin|perkawinan|cerai|kematian|sd|smp|sma|smk|adalah|motor|mobil"
    r"|dengan|number|dokter|bidan|perawat"
    r"|[abc](?! ?[0-9]))\b){0,5}[ .,:=#(]{1,3}"
)
_PIECE = r"[a-z0-9]{1,20}+(?:[\-./][a-z0-9]{1,20}+){0,6}+"
_CODE = re.compile(
    r"[a-z]{1,2}[ \-]?[0-9](?:[ \-]?[0-9]){5,10}+(?![\w\-/])|"
    rf"(?:[a-z]{{1,2}} (?=[0-9]{{6}}))?{_PIECE}(?: (?:[a-z]{{2}} )?[0-9]{{6,}}+)?"
)
_DIGITS = re.compile("[0-9]")
_FEWEST = 6
"""Digits: fewer are a year or a house."""
_DATE = re.compile(r"(?:[0-9]{1,2}[\-./][0-9]{1,2}|(?:19|20)[0-9]{2})[\-./](?:19|20)?[0-9]{2}")
HEADS = {
    "paper": words_of(
        "ijazah ijasah skhun sttb akta akte buku surat skck str sip kta pensiun nim npm nis "
        "paspor passport visa kitas kitap bpkb stnk sim no "
        "nomor nmr rangka mesin"
    )
}


def papers(read: Reading) -> Iterator[Span]:
    for found in read.at_heads("paper", _PAPER):
        code = _CODE.match(read.low, found.end())
        if code is None or _DATE.fullmatch(code[0]):
            continue
        if len(_DIGITS.findall(code[0])) >= _FEWEST:
            yield Span(*code.span(), "number")
