"""Plates of cars and motorcycles in a folded text. Pure."""

import re
from collections.abc import Iterator

from services.routing.masking.masked import Span
from services.routing.masking.reading import Reading, words_of

REGIONS = words_of(
    "a b d e f g h k l m n p r s t w z aa ab ad ae ag ba bb bd be bg bh bk bl bm bn bp da db dc dd "
    "de dg dh dk dl dm dn dp dr ds dt dw ea eb ed kb kh kt ku pa pb pg pt ps"
)
"""The letters before the number: of the district where the car is registered."""
_REGIONS_SAID = REGIONS | {"cd", "cc"}
"""And those of embassies and consulates, which stand in no sentence but a plate's."""
_FORM = re.compile(
    r"\b(?P<region>[a-z]{1,2})(?P<gap>[ .\-]{0,2})"
    r"(?P<digits>[0-9]{1,4}(?![0-9oil])|(?=[oil]{0,3}[0-9])[0-9oil]{2,4}|[0-9](?: ?[0-9]){2,3})"
    r"(?:[ .\-]{0,2}(?P<suffix>[a-z]{1,3})\b|\b(?![.,/:\-]?[0-9]))"
)
_SPELT = re.compile(
    r"(?:[ .:,]{1,3}(?:nomor(?:nya)?|nomer|no|polisi|motor|mobil|nya|saya|sy|kendaraan)\b){0,3}"
    r"[ .:,=]{1,3}(?P<plate>[a-z]{1,2}"
    r"(?:[ .\-_/|*]{1,3}(?:[0-9]{1,4}|nol|kosong|satu|dua|tiga|empat|lima|enam|tujuh|delapan|lapan"
    r"|sembilan)\b|(?:_[0-9]{1,4}(?=_))){1,4}+"
    r"(?:[ .\-_/|*]{1,3}[a-z](?:(?:[ .\-][a-z]\b){1,2}|[a-z]{0,2}\b))?)"
)
"""Behind a word that says that it is a plate: with other signs between, or in words."""
_SAID = re.compile(
    r"\b(?:(?:plat|pelat|nopol)(?:nya)?|no pol|nomor polisi|berplat|berpelat|bernopol"
    r"|nomor kendaraan|tnkb)\b"
)
_VEHICLE = re.compile(
    r"\b(?:mobil|motor|sedan|truk|truck|pick ?up|minibus|taksi|taxi|kendaraan|avanza|xenia)"
    r"(?: [a-z]{3,10})?[ .,:(]{1,2}$"
)
_NOT_BEFORE = re.compile(
    r"\b(?:blok|blk|gang|gg|lorong|no|kav|kavling|tower|lantai|lt|gate|jak|koridor|rute|trayek"
    r"|halte"
    r"|tj|transjakarta|gedung|pasal|ayat|tipe|type|seri|jl|jalan|kelas|unit|kamar|rt|rw|zona|bus"
    r"|busway|mikrotrans|jaklingko|angkot|kopaja|metromini|terminal|peron|pintu)[ .:]{0,2}$"
)
_WORDS = words_of(
    "no rt rw yg di ke dan m km cm kg wib thn jam hr org tdk ada dr pcs sd or x th bln hal rb jt ml"
    " lt mm gr kk kpd dgn utk th per jl gg rp ok nya an dll dst tgl s d"
)
"""What follows a number in a sentence and is no end of a plate."""


HEADS = {
    "plate": REGIONS,
    "plate_said": words_of(
        "plat platnya pelat pelatnya nopol nopolnya no nomor berplat berpelat bernopol tnkb"
    ),
}


def plates(read: Reading) -> Iterator[Span]:
    yield from _spelt(read)
    for found in read.at_heads("plate", _FORM):
        if _is_plate(found, read.low, read.text):
            yield Span(*found.span(), "plate")


def _spelt(read: Reading) -> Iterator[Span]:
    for said in read.at_heads("plate_said", _SAID):
        found = _SPELT.match(read.low, said.end())
        if found and found["plate"].split()[0][:2].strip(".-_/|*0123456789") in _REGIONS_SAID:
            yield Span(*found.span("plate"), "plate")


def _is_plate(found: re.Match[str], low: str, text: str) -> bool:
    start = found.start()
    before = low[max(0, start - 40) : start].rpartition("\x02")[2]
    said = _SAID.search(before[-24:]) is not None
    suffix = found["suffix"]
    if suffix is None:
        return said and len(found["digits"]) >= 2
    if said:
        return True
    capitals = text[start : found.end()].isupper() and not text.isupper()
    if not found["digits"].isdecimal():
        # B I234 ABC: a letter for a digit, where a vehicle is named.
        return capitals and _VEHICLE.search(before) is not None
    if suffix in _WORDS:
        return capitals and len(found["digits"]) == 4 and _VEHICLE.search(before) is not None
    if capitals and len(found["digits"]) > 2:
        return True
    if _NOT_BEFORE.search(before):
        return False
    if capitals and _VEHICLE.search(before):
        return True
    return len(found["digits"]) >= (3 if not capitals else 1 if len(suffix) == 3 else 2)
