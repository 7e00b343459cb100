"""Where the writer lives, as a text says it. Pure.

The address of the matter stays readable, and so do a kelurahan, an RT and an RW on their own:
units work by them. What is taken out is the house: its street, number, block and RT.
"""

import re
from collections.abc import Iterator

from services.routing.masking.known import Known
from services.routing.masking.masked import Span
from services.routing.masking.reading import Reading, affixed, words_of

_ME = r"(?:saya|sy|aku|gue|gw|kami|ane|ku)"
_HOME = r"(?:rumah|rmh|kontrakan|kosan|kos|kost|kediaman|tempat tinggal|apartemen|unit|warung|toko)"
_SAID = re.compile(
    rf"\b(?:(?:alamat|almt|domisili)(?: {_HOME}| lengkap| tinggal| ktp| domisili| sesuai ktp)*"
    rf" ?(?:{_ME}|pelapor|pengadu|pemohon|ktp|rumah|domisili)\b|alamatku|rumahku"
    r"|ke rumah(?= ?[,:(])|i live (?:at|in|on)|my (?:house|home|address)(?: is| at)?"
    r"|alamat (?:lengkap|rumah|tinggal)(?= ?[:=])"
    rf"|{_HOME}(?: orang ?tua| ortu| mertua| ibu| orangtua| kontrakan)? {_ME}\b"
    rf"|(?:{_ME}|keluarga {_ME}|yang|warga|sekeluarga) (?:sekarang |dulu |sudah lama )?"
    r"(?:ber)?(?:tempat )?(?:tinggal|domisili|alamat|mukim|rumah|kos|kost|kontrak|ngontrak|ngekos"
    rf"|menetap)|tinggal|bertempat tinggal|berdomisili|beralamat|domisili|ktp(?: {_ME})?"
    rf"(?: (?:ber)?alamat)?|{_ME} warga|{_ME} penghuni|warga)\b"
    r"(?P<link>(?: ?[:=,\-(]{1,2}| (?:saya|sekarang|saat ini|ada|berada|terletak|beralamat|alamat"
    r"|alamatnya|domisili|di|dijalan|yaitu|adalah|sesuai|ktp|pada|dgn|dengan|dr|dari|tepatnya|yg"
    r"|yang|persis)\b){0,5}) ?"
)
_LABEL = re.compile(r"\balamat ?(?:[:=] ?|(?=(?:jl|jln|jalan|gg|gang)\b))")
_WRITER = re.compile(r"\b(?:nama|pelapor|nik|hp|telp|wa)\b[^\n:]{0,20}[:=]")
_BEHIND_NAME = re.compile(
    r"\b(?:nama|pelapor|pengadu|pengirim|pemohon|a/n|dari) ?[:=]? ?\x02[,/(|] ?"
    r"(?=(?:jl|jln|jalan|gg|gang|perum|komplek|blok)\b)"
)
"""Where a street follows the name of who writes: Pelapor: Didi, Jl. Mawar No. 3."""
_NAME_WORD = r"[^\W_](?:[\w'’.](?<!\.\.))*+"
_STREET = re.compile(
    r"(?:jl|jln|jalan|gg|gang|lorong|komplek|kompleks|komp|perum|perumahan|perumnas|cluster"
    r"|klaster"
    r"|apartemen|apartement|apt|kosan|kontrakan|rumah|rmh"
    r"|rusun|rusunawa|rusunami|tower|griya|residence|kav|kavling|asrama"
    r"|kampung|kp|villa|vila|taman|dijalan|kost|kos|wisma|puri|graha|pondok)\b[. ]{0,3}"
)
_NUMBER = re.compile(
    r"(?:no|nomor|nmr|nomer|nomornya|#|nomer rumah|nomor rumah)[. :]{0,3}[0-9]{1,4}(?: ?[a-z]\b)?"
    r"(?: ?[/\-] ?[0-9a-z]{1,3}\b)?"
)
_BLOCK = re.compile(
    r"(?:blok|blk|tower|lantai|lt|unit|kamar|kav|kavling)\b[. :]{0,2}"
    r"(?:[a-z]{1,3}\b|[a-z]{0,2}[0-9]{1,4}[a-z]?\b)(?: ?[/\-.] ?[0-9a-z]{1,4}\b){0,3}"
)
_RT = re.compile(
    r"(?:r\.?t\.?/? ?r\.?w\.?|rt)\b[. :]{0,3}[0-9]{1,3}"
    r"(?: ?[/,\-]? ?(?:rw\b[. :]{0,3})?[0-9]{1,3}\b)?"
)
_WORD = re.compile(r"[ ]{0,2}(?P<word>[0-9]{0,3}[^\W\d_][\w'’]*+|[0-9]{1,3}\b|[ivx]{1,4}\b)\.?")
_GLUE = re.compile(r"[ ,.]{0,3}(?:(?:dan|di) )?")
_INITIAL = 2
_BEHIND = re.compile(r" ?/ ?[0-9]{1,3}[a-z]?\b")
"""A house's number behind that of its lane: Gg. Damai IV/33."""
_ROADS = 6
"""Words of a road's name."""


HEADS = {
    "address": words_of(
        "alamat almt alamatku domisili rumah rmh rumahku kontrakan kosan kos kost kediaman "
        "tempat apartemen unit warung toko saya sy aku gue gw kami ane ku keluarga yang warga "
        "sekeluarga tinggal bertempat berdomisili beralamat ktp ke i my"
    ),
    "label": frozenset({"alamat"}),
    "behind": words_of("nama pelapor pengadu pengirim pemohon a dari"),
}


def addresses(read: Reading) -> Iterator[Span]:
    known, text, low = read.known, read.text, read.low
    for found in read.at_heads("address", _SAID):
        if span := _house(known, text, low, found.end()):
            yield span
    for label in read.at_heads("label", _LABEL):
        before = low[max(0, label.start() - 200) : label.start()]
        written = _WRITER.search(before) or "\x02" in before
        written = written or _WRITER.search(low, label.end(), label.end() + 160) is not None
        written = written or "\x02" in low[label.end() : label.end() + 160]
        if written and (span := _house(known, text, low, label.end())):
            yield span
    for found in read.at_heads("behind", _BEHIND_NAME):
        if span := _house(known, text, low, found.end()):
            yield span


def _house(known: Known, text: str, low: str, start: int) -> Span | None:
    """The parts of an address in a row; None when no street, number or block is among them."""
    place, end, precise = start, start, False
    for _ in range(8):
        found = _part(known, text, low, place)
        if found is None:
            break
        end, tells = found
        precise = precise or tells
        glue = _GLUE.match(low, end)
        place = glue.end() if glue else end
    return Span(start, end, "address") if precise else None


def _part(known: Known, text: str, low: str, place: int) -> tuple[int, bool] | None:
    """Where the part that begins here ends, and whether it tells a house from its neighbours."""
    if found := _NUMBER.match(low, place) or _BLOCK.match(low, place):
        return _trimmed(low, found.end()), found.end() - found.start() > 4
    if found := _RT.match(low, place):
        return found.end(), False
    if found := _STREET.match(low, place):
        end = _numbered(low, found.end()) or _road(known, text, low, found.end())
        # Kampung Melayu and Pondok Labu are quarters: only a number makes a house of them.
        house = found[0].strip(" .") not in _QUARTERS
        return (end, house) if end > found.end() else None
    return None


def _numbered(low: str, start: int) -> int | None:
    """The end of a road's name that a number, a block or another road follows."""
    place = start
    for _ in range(_ROADS):
        found = _WORD.match(low, place)
        if found is None or found["word"] in _NO_ROAD or affixed(found["word"]):
            return None
        place = found.end() if len(found["word"]) <= _INITIAL else found.end("word")
        if behind := _BEHIND.match(low, place):
            return behind.end()
        glue = _GLUE.match(low, place)
        following = glue.end() if glue else place
        if any(each.match(low, following) for each in (_NUMBER, _BLOCK, _STREET)):
            return place
    return None


def _trimmed(low: str, end: int) -> int:
    while low[end - 1] in " .,-/":
        end -= 1
    return end


def _road(known: Known, text: str, low: str, start: int) -> int:
    """The end of a road's name: words with capitals, or up to the first ordinary word."""
    place = start
    capital = text[start : start + 1].isupper() and not text[start : start + 12].isupper()
    for _ in range(_ROADS):
        found = _WORD.match(low, place)
        if found is None or _ends_road(known, found["word"]):
            break
        first = text[found.start("word")]
        if capital and first.islower() and place > start:
            break
        # An initial has a dot: Jl. H. Salim.
        place = found.end() if len(found["word"]) <= _INITIAL else found.end("word")
    behind = _BEHIND.match(low, place)
    return behind.end() if behind and place > start else place


_QUARTERS = words_of("kampung kp taman pondok wisma puri graha griya villa vila rumah rmh")
_NO_ROAD = words_of(
    "di ke dari yang yg dan ada depan dekat belakang samping sebelah seberang sudah sdh udah belum "
    "blm tidak tdk ga gak karena untuk saya kami itu ini no nomor nmr rt rw kel kelurahan kec "
    "kecamatan banjir rusak lampu jalan sampah rumah tolong mohon sering selalu sangat arah sampai"
)
_STOPS = words_of(
    "no nomor nmr nomer rt rw blok blk kel kelurahan kec kecamatan lantai lt unit kav"
)


def _ends_road(known: Known, word: str) -> bool:
    directions = (
        "barat",
        "timur",
        "utara",
        "selatan",
        "baru",
        "besar",
        "kecil",
        "raya",
        "kampung",
        "pusat",
        "lama",
        "pasar",
        "jembatan",
        "dalam",
        "tengah",
        "haji",
        "sawah",
        "pantai",
    )
    return word in _STOPS or (word in known.ordinary and word not in directions)
