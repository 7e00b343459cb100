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
_HOME = (
    r"(?:rumah|kos-?kosan|kost-?kostan|kost?2an|rmh|rumahnya|kontrakan|kosan|kostan|kos|kost"
    r"|kediaman|hunian|mess"
    r"|asrama|paviliun|bengkel|tempat (?:tinggal|usaha"
    r"|kos|kost)|apartemen|apartment|apt|rusun|flat|unit|warung|toko|ruko|kios|indekos|usaha)"
)
_OF_KIN = (
    r"(?:(?:alm|almh|almarhum|almarhumah) )?"
    r"(?:orang ?tua|ortu|mertua|ibu|bapak|ayah|mama|mamah|nenek|kakek|kakak|adik|paman|tante|anak"
    r"|saudara|keluarga|istri|suami|kontrakan|pribadi|tinggal|dinas)"
)
_BESIDE = r"(?:belakang|samping|sebelah|dekat|deket|seberang|depan)"
_SAID = re.compile(
    rf"\b(?:(?:alamat|almt|domisili)(?: {_HOME}| {_OF_KIN}(?= {_ME}\b)| di"
    r"| lengkap| tinggal| ktp| domisili| sesuai ktp| sekarang| saat ini)*"
    rf" ?(?:{_ME}|pelapor|pengadu|pemohon|ktp|kk|rumah|rmh|domisili)\b"
    r"|(?:di)?(?:kirim|antar)(?:kan)?(?: [a-z]{2,12}){0,2} ke alamat\b"
    rf"|{_ME} (?:lagi|sedang|ada) di rumah\b"
    r"|(?:alamat|rumah|rmh|kosan|kostan|kontrakan)ku"
    rf"|(?:datang|mampir|main) (?:aja |saja )?ke rumah\b|{_ME} (?:yang |yg )?rumahnya\b"
    r"|ke rumah(?= ?[,:(])"
    r"|(?:i|we)(?: am|'m| are)? (?:live|living|stay|staying|reside) (?:at|in|on)"
    r"|living (?:at|on)|pemilik (?:rumah|ruko|kios|tanah)(?= di)|koss?t?(?= di )"
    r"|(?:my|our) (?:home address|house|home|address|apartment|place)(?: is)?(?: at| on"
    r"| in)?"
    r"|alamat (?:lengkap|rumah|tinggal)(?= ?[:=])|alamat (?:sekarang|terkini|domisili|tinggal)"
    rf"|{_HOME}(?: {_OF_KIN})? {_ME}\b|{_HOME} (?:yang|yg) {_ME} (?:tempati|huni|sewa|kontrak)\b"
    r"|rumah (?:mertua|orang ?tua|ortu|nenek|kakek|kakak|adik|paman|tante)\b"
    rf"|{_ME}(?: (?:pemilik|punya|sewa|menyewa|ngontrak|mengontrak|beli|menempati|menghuni|huni"
    rf"|tempati)) (?:{_HOME}\b)?"
    r"|(?:surat|balasan|undangan|paket|jawaban)(?: [a-z]{2,12}){0,3} ke\b"
    rf"|(?:{_ME}|keluarga {_ME}|yang|warga|sekeluarga) (?:sekarang |dulu |sudah lama )?"
    r"(?:ber)?(?:tempat )?(?:tinggal(?:nya)?|domisili|alamat|mukim|rumah|kos|kost|kontrak"
    r"|ngontrak|ngekos"
    rf"|menetap)|tinggal(?:nya)?|bertempat tinggal|berdomisili|beralamat|domisili|ktp(?: {_ME})?"
    rf"(?: (?:ber)?alamat)?|{_ME} (?:warga|wrg|penghuni|penduduk|orang|anak|asli)|warga|penghuni"
    r"|(?:tgl|tggl|tnggl)(?= di)"
    r"|ngontrak|mengontrak|ngekos|ngekost|nge ?kost?)\b"
    r"(?P<link>(?: ?[:=,\-(]{1,2}\n?"
    r"|,? (?:bersama|sama|dengan|dgn)(?: [a-z]{2,12}){1,3}? di\b"
    r"| (?:masih|pojok|hook|saya|sekarang|saat ini|ada|berada|terletak|beralamat"
    r"|alamat|domisili|di|d|dijalan|yaitu|adalah|sesuai|ktp|pada|dgn|dengan|dr|dari|tepatnya|yg"
    r"|yang|persis|sebuah|rumah|kontrakan|kosan|kost|kos|alamatnya|sendiri"
    r"|sendirian|sekeluarga|berdua)\b"
    rf"|(?: di)? {_BESIDE} [^,.\n:]{{3,30}},){{0,5}}+)[ \n]{{0,2}}"
)
_AT = re.compile(rf"{_ME} (?:(?:ada |lagi )?di (?=[a-z])|(?=rt\b))")
_LIVED_IN = re.compile(r"\b(?:rusun|apart|apt|unit|kamar|rt|kos|kontrakan|asrama|blok)")
_LABEL = re.compile(
    r"\b(?:rumah(?= ?[:=])|alamat|almt|alamt|almat|address|alamatnya)"
    r"(?: (?:lengkap|rumah|tinggal))?(?: ?\([^)\n]{2,20}\))?[\s*_]{0,3}"
    r"(?:[:=;\-]\s{0,3}|(?=(?:jl|jln|jalan|gg|gang|perum|komplek|komp|blok)\b))"
)
_WRITER = re.compile(
    r"\b(?:nama|pelapor|nik|hp|telp|wa|umur|usia|pekerjaan|ttl|email|ktp|agama|lahir)\b"
    r"[^\n:]{0,20}[:=]"
)
_BEHIND_NAME = re.compile(
    r"\b(?:nama|pelapor|pengadu|pengirim|pemohon|a/n|a\.n\.?|an\.?|dari|saya|sy|kami|aku"
    r"|perkenalkan|kenalkan"
    r"|dengan|dgn)(?: adalah| bernama| pak| bu| ibu| bapak| keluarga)? ?[:=]? ?\x02"
    r"(?: ?[.,/(|\-\n]{1,2})? ?"
    r"(?:(?:dari|di|warga|alamat|rumah|penghuni|tinggal di)\b[ :]{1,2}){0,2}"
    r"(?=(?:jl|jln|jalan|gg|gang|perum|perumahan|komplek|komp|blok|apartemen|rusun)\b)"
)
"""Where a street follows the name of who writes: Pelapor: Didi, Jl. Mawar No. 3."""
_BEHIND_TRADE = re.compile(
    r"\x02, ?[a-z]{3,14}(?: [a-z]{3,14}){0,3}, ?(?:di |alamat )?(?=(?:jl|jln|jalan|gg|gang|blok)\b)"
)
"""Saya Didi, pedagang sayur, Gang Mawar No. 3."""
_NAME_FIRST = re.compile(r"(?:\A|\n)\x02, ?(?=(?:jl|jln|jalan|gg|gang|blok)\b)")
_UNDER_NAME = re.compile(
    r"\x02[ ,.)]{0,3}\n(?:alamat ?:? ?)?(?=(?:jl|jln|jalan|gg|gang|perum|komplek|blok)\b)"
)
"""Where a line of its own stands under a signature."""
_OWN = re.compile(rf"(?:\x02[ ,(\-]{{0,3}}|\b{_ME} |\bselaku |\bsebagai )$")
_LATER = re.compile(
    rf"(?: (?!{_BESIDE}|dari\b|ke\b|arah|jauh|oleh|proyek|akibat|karena|krn)[a-z]{{2,14}}+){{1,4}}?"
    r"(?:, ?(?:di |alamat(?:nya)?:? )?| di )(?=(?:jl|jln|jalan|gg|gang)\b)"
)
"""Rumah saya kebanjiran, Jl. Mawar No. 3."""
_FURTHER = re.compile(
    r"(?:[a-z]{2,14} ){0,4}[a-z]{2,14}, ?(?:di )?(?=(?:jl|jln|jalan|gg|gang|blok|perum)\b)"
)
"""Tinggal di daerah Bangka, Jl. Mawar No. 3."""
_REVERSED = re.compile(
    rf"(?:,? ?(?:itu|adalah|ialah)(?: alamat)? | ?\((?:itu )?| ){_HOME}(?: {_OF_KIN})? {_ME}\b"
    rf"|, {_HOME} {_ME}(?= ?(?:\Z|[.)\n]))"
    rf"|,? (?:alamat {_ME}|tempat {_ME} tinggal)\b"
)
_SAID_OF_ANYBODY = ("pemilik", "kos di", "kost di")
_NEAR_ME = re.compile(rf"(?:\x02|\b{_ME}\b)[^.!?\n]{{0,40}}$")
_SENT = ("surat", "balasan", "undangan", "paket", "jawaban", "kirim", "dikirim", "antar", "diantar")
_OF_OTHERS = re.compile(r"\b(?:rumah|rmh|tanah|lahan|milik|punya|bangunan) $")
_BESIDE_HOME = re.compile(rf"\b{_BESIDE} $")
_HOME_SAID = re.compile(rf"{_HOME}(?: {_OF_KIN})? {_ME}\b")
_STREET = re.compile(
    r"(?:jl|jln|jalan|gg|gang|lorong|komplek|kompleks|komp|perum|perumahan|perumnas|cluster"
    r"|klaster"
    r"|apartemen|apartement|apartment|apartmen|apt|townhouse|regency|kosan|kontrakan|rumah|rmh"
    r"|rusun|rusunawa|rusunami|tower|griya|residence|kav|kavling|asrama"
    r"|kampung|kp|villa|vila|taman|dijalan|kost|kos|wisma|puri|graha|pondok)\b[. ]{0,3}"
)
_NUMBER = re.compile(
    r"(?:(?:no|nomor|nmr|nomer)[. ]{0,2}(?:rumah)?|nomornya|#)[. :]{0,3}"
    r"(?:[0-9]{1,4}(?: ?[a-z]\b)?(?: ?[/\-] ?[0-9a-z]{1,3}\b)?"
    r"|(?:(?:satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh|sebelas|belas|puluh)\b ?"
    r"){1,3})"
)
_BARE_NUMBER = re.compile(r"[0-9]{1,4}[a-z]?(?= ?(?:$|[,.;)\n]|(?:rt|rw|kel|kec|blok)\b))")
_BLOCK = re.compile(
    r"(?:blok|blk|tower|lantai|lt|unit|kamar|kav|kavling)\b[. :]{0,2}"
    r"(?:[a-z]{1,3}\b(?: (?:[0-9]{1,3}|[ivx]{1,4})\b)?|[a-z]{3,12} [0-9]{2,4}\b"
    r"|[a-z]{0,2}[0-9]{1,4}[a-z]{0,2}\b)(?: ?[/\-.] ?[0-9a-z]{1,4}\b){0,3}"
    r"|[a-z]{1,2}[0-9]{1,3}[a-z]? ?/ ?[0-9]{1,3}\b"
)
_HOME_OF_BLOCK = re.compile(r"[/\-] ?[0-9]|^(?:unit|kamar)\b")
_RT = re.compile(
    r"(?:r\.?t\.?/? ?r\.?w\.?|rt|rw)(?![a-z])[. :]{0,3}[0-9]{1,3}"
    r"(?: ?[/,\-]? ?(?:rw[. :]{0,3})?[0-9]{1,3}\b)?"
)
_WORD = re.compile(r"[ ]{0,2}(?P<word>[0-9]{0,3}[^\W\d_][\w'’]*+|[0-9]{1,3}\b|[ivx]{1,4}\b)\.?")
_GLUE = re.compile(r"[ ,.]{0,3}(?:(?:dan|di) )?")
_INITIAL = 2
_BEHIND = re.compile(r" ?/ ?[0-9]{1,3}[a-z]?\b")
"""A house's number behind that of its lane: Gg. Damai IV/33."""
_BEHIND_END = re.compile(r"/[0-9]{1,3}[a-z]?\Z")
_ROADS = 6
"""Words of a road's name."""


HEADS = {
    "address": words_of(
        "alamat almt alamatku domisili rumah rmh rumahku kontrakan kosan kos kost kediaman "
        "tempat apartemen unit warung toko saya sy aku gue gw kami ane ku keluarga yang warga "
        "sekeluarga tinggal bertempat berdomisili beralamat ktp ke i my hunian mess asrama "
        "paviliun apartment apt rusun flat ruko kios penghuni tgl tggl tnggl ngontrak ngekos "
        "ngekost nge "
        "surat balasan undangan paket jawaban kostan rmhku kosanku kostanku kontrakanku rumahnya "
        "living our tinggalnya pemilik indekos usaha datang mampir main mengontrak we bengkel "
        "kirim dikirim "
        "kirimkan "
        "dikirimkan antar diantar "
        "antarkan diantarkan"
    ),
    "at": words_of("saya sy aku gue gw kami ane ku"),
    "reversed": words_of("jl jln jalan gg gang blok perum perumahan komplek kp apartemen rusun"),
    "label": words_of("rumah alamat almt alamt almat address alamatnya"),
    "behind": words_of(
        "nama pelapor pengadu pengirim pemohon a an dari saya sy kami aku perkenalkan kenalkan "
        "dengan "
        "dgn"
    ),
}


def addresses(read: Reading) -> Iterator[Span]:
    yield from _at_home(read)
    for found in read.at_heads("address", _SAID):
        if span := _said(read, found):
            yield span
    for label in read.at_heads("label", _LABEL):
        if _of_writer(read.low, label) and (span := _house(read, label.end(), named=True)):
            yield span
    if _REVERSED.search(read.low):
        yield from _reversed(read)
    yield from _by_name(read)


def _at_home(read: Reading) -> Iterator[Span]:
    """*Saya di rusun Marunda blok B lantai 2*: who names a flat or the RT behind it is at home."""
    for found in read.at_heads("at", _AT):
        span = _house(read, found.end(), strict=True)
        if span and _LIVED_IN.search(read.low, span.start, span.end):
            yield span


def _by_name(read: Reading) -> Iterator[Span]:
    """Beside or below a name that is masked already."""
    if "\x02" not in read.low:
        return
    for found in read.at_heads("behind", _BEHIND_NAME):
        if span := _house(read, found.end()):
            yield span
    for found in _NAME_FIRST.finditer(read.low):
        if span := _house(read, found.end()):
            yield span
    for found in _BEHIND_TRADE.finditer(read.low):
        if span := _house(read, found.end(), strict=True):
            yield span
    for found in _UNDER_NAME.finditer(read.low):
        if (span := _house(read, found.end(), strict=True)) and _fills_line(read.low, span.end):
            yield span


def _reversed(read: Reading) -> Iterator[Span]:
    """*Jl. Mawar No. 3 itu rumah saya*."""
    for _, place in read.heads("reversed"):
        span = _house(read, place, strict=True)
        if span and _REVERSED.match(read.low, span.end):
            yield span


def _said(read: Reading, found: re.Match[str]) -> Span | None:
    low, said = read.low, found[0]
    if said.startswith(_SAID_OF_ANYBODY) and not _NEAR_ME.search(low[: found.start()][-48:]):
        return None
    others = said.startswith(("warga", "penghuni"))
    before = low[max(0, found.start() - 16) : found.start()]
    if others and _OF_OTHERS.search(before):
        return None
    # What is said of all who live in a street is said of the matter's place.
    strict = others and not _OWN.search(low[max(0, found.start() - 12) : found.start()])
    if strict or said.startswith(_SENT):
        return _house(read, found.end(), strict=True)
    named = (
        said.startswith(("alamat", "almt")) or read.text[found.end() : found.end() + 1].isupper()
    )
    if span := _house(read, found.end(), named=named):
        return span
    # A road without its word and without a capital is told by the house's number alone.
    if span := _house(read, found.end(), named=True, strict=True):
        return span
    home = _HOME_SAID.match(low, found.start())
    # What lies beside the home is elsewhere: "depan rumah saya ada galian di Jl. Mawar No 12".
    beside = _BESIDE_HOME.search(before) is not None and low.startswith(
        " ada ", home.end() if home else 0
    )
    later = _LATER.match(low, home.end()) if home and not beside else None
    later = later or _FURTHER.match(low, found.end())
    return _house(read, later.end(), strict=True) if later else None


def _of_writer(low: str, label: re.Match[str]) -> bool:
    """Whether a form says also who writes: else its address is that of the matter."""
    before = low[max(0, label.start() - 200) : label.start()]
    after = low[label.end() : label.end() + 160]
    return any("\x02" in each or _WRITER.search(each) for each in (before, after))


def _fills_line(low: str, end: int) -> bool:
    return low[end : end + 40].partition("\n")[0].strip(" .,") in ("", "\x02") or (
        re.match(r"[ ,.]{1,3}(?:kel|kec|jakarta|rt|rw)\b", low[end : end + 12]) is not None
    )


def _house(read: Reading, start: int, *, named: bool = False, strict: bool = False) -> Span | None:
    """The parts of an address in a row; None when no street, number or block is among them.

    ``named``: a road may stand without the word road. ``strict``: with a house's number only.
    """
    place, end, precise, numbered = start, start, False, False
    for count in range(8):
        found = _part(read, place)
        if found is None and named and count == 0 and (road := _numbered(read, start, plain=True)):
            found = road, False
        if found is None:
            break
        numbered = numbered or _NUMBER.match(read.low, place) is not None
        block = _BLOCK.match(read.low, place)
        # Blok A is a neighbourhood, blok A/12 and unit 12 are homes.
        numbered = numbered or (block is not None and _HOME_OF_BLOCK.search(block[0]) is not None)
        end, tells = found
        if _BEHIND_END.search(low_part := read.low[place:end]) and not _RT.match(low_part):
            tells = numbered = True
        precise = precise or tells
        glue = _GLUE.match(read.low, end)
        place = glue.end() if glue else end
    return Span(start, end, "address") if precise and (numbered or not strict) else None


def _part(read: Reading, place: int) -> tuple[int, bool] | None:
    """Where the part that begins here ends, and whether it tells a house from its neighbours."""
    low = read.low
    if found := _NUMBER.match(low, place) or _BLOCK.match(low, place):
        storey = low.startswith(("lantai", "lt"), place)
        tells = found.end() - found.start() > 4 or low[place] == "n"
        return _trimmed(low, found.end()), tells and not storey
    if found := _RT.match(low, place):
        return found.end(), False
    if found := _STREET.match(low, place):
        end = _numbered(read, found.end()) or _road(read, found.end())
        # Kampung Melayu and Pondok Labu are quarters: only a number makes a house of them.
        house = found[0].strip(" .") not in _QUARTERS
        return (end, house) if end > found.end() else None
    return None


def _numbered(read: Reading, start: int, *, plain: bool = False) -> int | None:
    """The end of a road's name that a number, a block or another road follows.

    ``plain``: no word says that it is a road, so only a house's number does.
    """
    low = read.low
    sure = (_NUMBER, _BLOCK) if plain else (_NUMBER, _BLOCK, _STREET, _RT)
    place = start
    for _ in range(_ROADS):
        found = _WORD.match(low, place)
        if found is None or found["word"] in _NO_ROAD:
            return None
        # Merpati and Melati begin as verbs do.
        first = place == start
        if affixed(found["word"]) and not (first or read.text[found.start("word")].isupper()):
            return None
        place = found.end() if len(found["word"]) <= _INITIAL else found.end("word")
        if behind := _BEHIND.match(low, place):
            return behind.end()
        glue = _GLUE.match(low, place)
        following = glue.end() if glue else place
        if any(each.match(low, following) for each in sure):
            return place
        if not plain and (bare := _BARE_NUMBER.match(low, following)):
            return bare.end()
    return None


def _trimmed(low: str, end: int) -> int:
    while low[end - 1] in " .,-/":
        end -= 1
    return end


def _road(read: Reading, start: int) -> int:
    """The end of a road's name: words with capitals, or up to the first ordinary word."""
    known, text, low = read.known, read.text, read.low
    place = start
    capital = text[start : start + 1].isupper() and not text[start : start + 12].isupper()
    for _ in range(_ROADS):
        found = _WORD.match(low, place)
        if found is None or found["word"] in _STOPS:
            break
        first = text[found.start("word")]
        named = capital and read.capitals_tell and first.isupper()
        if not named and _ends_road(known, found["word"]):
            break
        if capital and first.islower() and place > start:
            break
        # An initial has a dot: Jl. H. Salim.
        place = found.end() if len(found["word"]) <= _INITIAL else found.end("word")
    behind = _BEHIND.match(low, place)
    return behind.end() if behind and place > start else place


_QUARTERS = words_of(
    "komplek kompleks komp perum perumahan perumnas rusun rusunawa rusunami kampung kp taman "
    "pondok wisma puri graha griya villa vila rumah rmh"
)
_NO_ROAD = words_of(
    "di ke dari yang yg dan ada depan dekat belakang samping sebelah seberang sudah sdh udah belum "
    "blm tidak tdk ga gak karena untuk saya kami itu ini no nomor nmr rt rw kel kelurahan kec "
    "kecamatan banjir rusak lampu jalan sampah rumah tolong mohon sering selalu sangat arah sampai"
)
_STOPS = words_of(
    "no nomor nmr nomer rt rw blok blk kel kelurahan kec kecamatan lantai lt unit kav"
)


_OF_ROADS = words_of(
    "barat timur utara selatan baru besar kecil raya kampung pusat lama pasar jembatan dalam "
    "tengah haji sawah pantai rawa kebon pulo bukit"
)
"""Plain words that stand in names of roads."""


def _ends_road(known: Known, word: str) -> bool:
    if word in _OF_ROADS or word in known.given_names:
        return False
    return word in known.ordinary or word in known.plain
