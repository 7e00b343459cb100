"""Names of persons that a text introduces as such. Pure.

A name is what follows words like *nama saya*; where capitals tell nothing, it ends at the first
ordinary word. Who is called by an office (*Pak Lurah*, *petugas bernama Budi*) is no reporter and
stays readable: a complaint about him needs him.
"""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto

from services.routing.masking.masked import Span
from services.routing.masking.reading import Reading, affixed, words_of


class _Said(Enum):
    """What introduces a name, and so what else must speak for one."""

    SURE = auto()
    """*nama saya*: any word that is no ordinary one."""
    SELF = auto()
    """*saya*: a capital or a given name, or what people say of themselves behind the name."""
    POINTED = auto()
    """*ini*, *hubungi*: a capital or a given name, and the end of a phrase behind it."""


_KIN = (
    "istri isteri suami anak ayah bapak ibu mama papa kakak adik adek nenek kakek mertua orangtua "
    "ortu keponakan paman bibi tante om tetangga teman kawan mamah emak saudara sepupu menantu cucu"
)
_KINS = rf"(?:{_KIN.replace(' ', '|')}|orang tua)"
_ME = r"(?:saya|aku|sy|gue|gw|gua|ane|kami)"
_WRITERS = r"(?:pelapor|pengadu|pengirim|pemohon|penulis|penanda ?tangan)"
_OTHERS = (
    r"(?:penerima|pemilik|pasien|korban|siswa|siswi|murid|peserta|kepala keluarga|ahli waris|saksi"
    r"|wali murid|almarhum|almarhumah)"
)
_SURE = re.compile(
    rf"\b(?:(?:nama|nm)(?: lengkap| asli| panggilan)?(?: {_KINS})? (?:{_ME}|{_WRITERS}|lengkap)"
    r"(?: (?:adalah|ialah|yaitu|itu))?"
    rf"|(?:nama|nm|identitas)(?:[ /](?:{_WRITERS}|{_OTHERS}|{_KINS}|{_ME}|lengkap|kandung|nik|hp"
    r"|alamat)){0,3} ?(?=[:=])|nama(?:ku|gue|gw)"
    rf"|(?:{_ME}|{_KINS}|{_KINS} {_ME}|{_OTHERS}|warga) (?:yang |yg )?(?:ber)?nama(?:nya)?"
    rf"|bernama|(?:di)?panggil(?: aja| saja)(?: {_ME})?|panggil(?:an)? {_ME}|dipanggil|disapa"
    r"|a/n|a\.n\.?|an(?=[.:] ?[a-z])|atas nama|pemilik rekening"
    rf"|(?:per)?kenalkan,?(?: nama)?(?: {_ME})?|my name is"
    r"|bertanda ?tangan(?: di ?bawah(?: ini)?)?"
    rf"|(?:{_WRITERS}|pic|cp|narahubung|kontak|contact person|dari|y(?:an)?g melapor) ?(?=[:=])"
    rf"|(?:{_WRITERS}|y(?:an)?g melapor) ?(?=[,.\n\-/(])|ttd|tertanda|hormat (?:saya|kami)"
    r"|salam(?: hormat| hangat| sejahtera)?(?= ?[,:\n\-])|best regards"
    r")(?:\b|(?=[:=,.\n\-/(]))[ \t]*"
)
_SELF = re.compile(
    rf"\b(?:(?P<kin>{_KINS} )?{_ME}(?: (?:adalah|ialah|yaitu|ini))?|i am|i'm|im)[,:]? (?=[a-z])"
)
_TITLES = words_of(
    "bpk bapak ibu pak bu sdr sdri sdra saudara saudari mas mbak mba bang abang kang teh neng mang "
    "cak ko koh cik ci mpok tn ny nyonya tuan hajah haji hj h kh ki nyi oom om tante mr mrs ms ir "
    "drs dra dr drg prof ustad ustadz ustadzah ust bro kak alm almh almarhum almarhumah"
)
_A_TITLE = rf"(?:{'|'.join(sorted(_TITLES, key=len, reverse=True))})"
_POINTED = re.compile(
    rf"\b(?:dengan|dgn|ini|cp|hubungi|hub|kontak|contact person|pic|narahubung|sama|{_WRITERS}"
    rf"|{_OTHERS}(?= ?:)|laporan dari|salam(?: hormat| hangat)? dari|(?:ini )?(?:dengan|dgn)"
    r"|pemilik (?:ktp|kk|rumah|rekening|nomor|sim|kendaraan)|nama|regards|an"
    rf"|dari(?= {_A_TITLE}\b))[,:.]?[ \t]{{1,2}}(?=[a-z])"
)
_TITLED = re.compile(
    r"\b(?:bpk|bapak|ibu|pak|bu|sdr|sdri|sdra|saudara|saudari|mas|mbak|mba|bang|kang|mpok|tn|ny"
    r"|nyonya|tuan|hajah|haji|hj|h|oom|om|tante|mr|mrs|ms)\b\.? {0,2}(?=[a-z])"
)
_LEAD = re.compile(r"[\s:=,.\-\"'(/]{0,6}")
_TITLES_THEN = re.compile(rf"(?:(?:{_A_TITLE}\b\.?|anak agung) {{0,2}}){{0,4}}")
_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|['’`](?=[^\W\d_]))*+")
_GAP = re.compile(r" {1,2}|\. ?(?=[A-Za-z])|-(?=[A-Za-z])")
_DEGREES = re.compile(
    r"(?:, ?(?:s|m|a|d|b|sp|ph)\.? ?[a-z]{0,4}\b(?:\.[a-z]{1,3}\b){0,2}\.?"
    r"| (?:s|m|a)\.[a-z]{1,4}\b(?:\.[a-z]{1,3}\b)?\.?){1,4}"
)
_PARTICLES = words_of("bin binti binte al el van de der da von la br")
_SHORTENED = words_of("m a h r s i k moh muh mohd abd md st ng")
_ANOTHER = re.compile(r"(?: dan | & |, )(?=[A-Z])")
_AFTER = re.compile(
    r" ?(?:$|[,.;:!(\n\x02-]|(?:selaku )?warga|dari|dr|tinggal|penghuni|penduduk|mau|ingin|dan|yg"
    r"|yang|sudah|sdh|telah|selaku|sebagai|wni"
    r"|hendak|alamat|rt\b|di\b|umur|usia|nik|hp|disini|di sini|yang tinggal|no\b|nomor"
    r"|domisili|mohon|melapor|lapor)"
)
_OF_ONESELF = re.compile(
    r",? (?:\(?[0-9]{2}\b|(?:mau|ingin|pengen|pingin|hendak|warga|dari|tinggal|umur|usia|selaku"
    r"|penghuni|penduduk|janda|duda|pedagang|tukang|pelajar|mahasiswa|mahasiswi|siswa|pengurus"
    r"|pensiunan|penyandang|pemilik|ketua|karyawan|asal|alamat|memohon|melapor|lapor|mengadu"
    r"|keberatan|ibu rumah tangga|di ?sini)\b)"
)
_OPENS = re.compile(
    r"(?:^|[.,!?;:\n(\x02]|\b(?:pak|bu|min|kak|bang|mas|mbak|gan|om|halo|hallo|hai|admin|gub|wb"
    r"|bapak|ibu|lurah|camat|gubernur|bro|sis|ini|pagi|siang|sore|malam|dan|hormat))\s*$"
)
_HERE = re.compile(r"(?:halo|hallo|hai|min|kak|pagi|siang|sore|malam|wb),? (?=[a-z])")
_OFFICE_AFTER = re.compile(
    r"[ ,(\-]{1,3}(?:selaku |sebagai |dari |yang menjabat |si )?(?:(?P<office>[a-z]{2,20})\b)"
)
_WORD_BEFORE = re.compile(r"(?P<word>[a-z]+)[ .]{0,3}$")
_CLOSING = re.compile(
    r"(?:terima ?kasih|makasih|trimakasih|trims|tks|thanks|thank you|wassalam\w*"
    r"|wassalamu'?alaikum|salam|hormat (?:saya|kami)|tq|demikian|ttd|tertanda|regards"
    r"|pemohon|pelapor)\b"
)
_POLITE = re.compile(
    r"(?: (?:wr|wb|wr\.? ?wb|warahmatullahi|wabarakatuh|banyak|sebelumnya|sekali|ya|pak|bu|min|kak"
    r"|hormat|hangat|atas \w{2,20}))*+[ ,.!~:;\-\n\r\t]{1,6}"
)
_SIGNATURE = re.compile(r"\n[ \t(\-–~*_.]{0,8}(?=[^\W\d_])")
_SIGNED_WITHIN = 160
"""Characters behind the words that close a letter in which its signature stands."""
_ACRONYM = 4
LONGEST = 6
"""Words of a name."""


HEADS = {
    "sure": words_of(
        f"{_KIN} orang nama nm namaku namague namagw identitas saya aku sy gue gw gua ane kami "
        "warga bernama panggil panggilan dipanggil disapa a an atas pemilik perkenalkan kenalkan "
        "my bertanda bertandatangan pelapor pengadu pengirim pemohon penulis penanda pic cp "
        "narahubung kontak contact dari yang yg ttd tertanda hormat salam best penerima pasien "
        "korban siswa siswi murid peserta kepala ahli saksi wali almarhum almarhumah"
    ),
    "self": words_of(f"{_KIN} orang saya sy aku gue gw gua ane kami i im"),
    "pointed": words_of(
        "dengan dgn ini cp hubungi hub kontak contact pic narahubung sama pelapor pengadu pengirim "
        "pemohon penulis penanda penerima pemilik pasien korban siswa siswi murid peserta kepala "
        "ahli saksi wali almarhum almarhumah laporan salam nama regards an dari"
    ),
    "here": words_of("halo hallo hai min kak pagi siang sore malam wb"),
    "titled": words_of(
        "bpk bapak ibu pak bu sdr sdri sdra saudara saudari mas mbak mba bang kang mpok tn ny "
        "nyonya tuan hajah haji hj h oom om tante mr mrs ms"
    ),
    "closing": words_of(
        "terima terimakasih makasih trimakasih trims tks thanks thank salam hormat tq wassalam "
        "wassalamualaikum wassalamu demikian ttd tertanda regards pemohon pelapor"
    ),
}


def names(read: Reading) -> Iterator[Span]:
    for finder, pattern, said in (
        ("sure", _SURE, _Said.SURE),
        ("self", _SELF, _Said.SELF),
        ("pointed", _POINTED, _Said.POINTED),
    ):
        for found in read.at_heads(finder, pattern):
            yield from _introduced(read, found, said)
    if "sini" in read.low:
        yield from _here(read)
    for found in read.at_heads("titled", _TITLED):
        if span := _titled(read, found):
            yield span
    yield from _signed(read)


def _introduced(read: Reading, found: re.Match[str], said: _Said) -> Iterator[Span]:
    if found[0].strip().endswith("nama") and _officer_before(read, found.start()):
        return
    lead = _LEAD.match(read.low, found.end())
    start = lead.end() if lead else found.end()
    titles = _TITLES_THEN.match(read.low, start)
    first = titles.end() if titles else start
    tokens = _tokens(read, first)
    if not tokens or not _believed(read, found, said, tokens, titled=first > start):
        return
    yield (span := _span(read, start, tokens))
    if another := _ANOTHER.match(read.text, span.end):
        tokens = _tokens(read, another.end())
        if tokens and _looks_named(read, tokens[0]) and _AFTER.match(read.low, tokens[-1].end()):
            yield _span(read, another.end(), tokens)


def _span(read: Reading, start: int, tokens: Sequence[re.Match[str]]) -> Span:
    end = tokens[-1].end()
    degrees = _DEGREES.match(read.low, end)
    return Span(start, degrees.end() if degrees and "." in degrees[0] else end, "name")


def _believed(
    read: Reading,
    found: re.Match[str],
    said: _Said,
    tokens: Sequence[re.Match[str]],
    *,
    titled: bool,
) -> bool:
    """Whether the words behind an introduction are somebody's name."""
    first, end = tokens[0], tokens[-1].end()
    given = first[0].lower() in read.known.given_names
    named = _looks_named(read, first)
    if said is _Said.SURE:
        return named or not affixed(first[0].lower())
    closed = _AFTER.match(read.low, end) is not None
    capital = read.capitals_tell and first[0][0].isupper()
    if given and (closed or titled or len(tokens) > 1):
        return True
    if said is _Said.POINTED:
        if _officer_after(read, end) or first[0].lower() in read.known.places:
            return False
        return (closed and (capital or titled)) or (named and (titled or given))
    opens = bool(_OPENS.search(read.low[max(0, found.start() - 24) : found.start()]))
    kin = "kin" in found.re.groupindex and found["kin"] is not None
    if capital and closed:
        return True
    if named:
        return given or kin or opens
    if affixed(first[0].lower()) or not opens:
        return False
    return titled or _OF_ONESELF.match(read.low, end) is not None


def _looks_named(read: Reading, token: re.Match[str]) -> bool:
    """With a capital where capitals tell something, and no abbreviation."""
    if not (read.capitals_tell and token[0][0].isupper()):
        return False
    word = token[0].lower()
    if word in read.known.given_names:
        return True
    acronym = token[0].isupper() and 1 < len(token[0]) <= _ACRONYM
    return not acronym and not affixed(word)


def _titled(read: Reading, found: re.Match[str]) -> Span | None:
    before = _WORD_BEFORE.search(read.low[max(0, found.start() - 24) : found.start()])
    if before and before["word"] in read.known.places:
        return None
    tokens = _tokens(read, found.end())
    if not tokens:
        return None
    given = tokens[0][0].lower() in read.known.given_names
    if not given and not (read.capitals_tell and tokens[0][0][0].isupper()):
        return None
    if _officer_before(read, found.start()) or _officer_after(read, tokens[-1].end()):
        return None
    return _span(read, found.start(), tokens)


def _officer_before(read: Reading, start: int) -> bool:
    before = read.low[max(0, start - 32) : start].rpartition("\n")[2]
    last = re.split(r"[.!?;\x02]", before)[-1]
    return any(word in read.known.offices for word in re.findall(r"[a-z]+", last))


def _officer_after(read: Reading, end: int) -> bool:
    after = _OFFICE_AFTER.match(read.low, end)
    return after is not None and after["office"] in read.known.offices - {"rt", "rw"}


def _here(read: Reading) -> Iterator[Span]:
    """*Halo min, Fikri di sini*."""
    for found in read.at_heads("here", _HERE):
        tokens = _tokens(read, found.end())
        if tokens and read.low.startswith((" di sini", " disini"), tokens[-1].end()):
            yield _span(read, found.end(), tokens)


def _signed(read: Reading) -> Iterator[Span]:
    """The name under a letter: behind the words that close it, or on a line of its own below."""
    for found in read.at_heads("closing", _CLOSING):
        if (behind := _POLITE.match(read.low, found.end())) and (
            span := _signature(read, behind.end())
        ):
            yield span
        for line in _SIGNATURE.finditer(read.text, found.end(), found.end() + _SIGNED_WITHIN):
            if span := _signature(read, line.end()):
                yield span


def _signature(read: Reading, start: int) -> Span | None:
    """A name that fills its line."""
    titles = _TITLES_THEN.match(read.low, start)
    tokens = _tokens(read, titles.end() if titles else start)
    if not tokens or not _names_only(read, tokens):
        return None
    span = _span(read, start, tokens)
    rest = read.low[span.end : span.end + 3]
    return span if not rest.strip(" .)*_") or rest[0] in "\n,(\x02-" else None


def _names_only(read: Reading, tokens: Sequence[re.Match[str]]) -> bool:
    if _looks_named(read, tokens[0]):
        return tokens[0][0].lower() not in read.known.places
    return all(token[0].lower() in read.known.given_names for token in tokens)


def _tokens(read: Reading, start: int) -> list[re.Match[str]]:
    """The words of a name that begins at ``start``; none where no name does."""
    tokens = list[re.Match[str]]()
    capital = False
    for token in _row(read.text, start):
        word = token[0].lower()
        upper = read.capitals_tell and token[0][0].isupper()
        if word in read.known.offices or (
            word in read.known.ordinary and not (upper and word in read.known.given_names)
        ):
            break
        if not tokens:
            capital = upper
        if not _goes_on(read, token, tokens, capital=capital):
            break
        tokens.append(token)
    return [] if _is_figure(read, tokens) else tokens


def _goes_on(
    read: Reading, token: re.Match[str], tokens: Sequence[re.Match[str]], *, capital: bool
) -> bool:
    if not tokens:
        return True
    word = token[0].lower()
    if capital:
        return token[0][0].isupper() or word in _PARTICLES
    if word in read.known.given_names or word in _PARTICLES:
        return True
    fathered = any(each[0].lower() in _PARTICLES for each in tokens)
    return not affixed(word) and len(tokens) < (LONGEST if fathered else 3)


def _row(text: str, start: int) -> Iterator[re.Match[str]]:
    place = start
    for _ in range(LONGEST):
        token = _TOKEN.match(text, place)
        if token is None or len(token[0]) > 24:
            return
        yield token
        gap = _GAP.match(text, token.end())
        if gap is None or (gap[0].startswith(".") and not _is_short(token[0], text[gap.end()])):
            return
        place = gap.end()


def _is_short(word: str, following: str) -> bool:
    """A dot ends the sentence unless it ends an initial: M. Rizky."""
    return word.lower() in _SHORTENED or (len(word) <= 3 and following.isupper())


def _is_figure(read: Reading, tokens: Sequence[re.Match[str]]) -> bool:
    said = " ".join(token[0].lower() for token in tokens)
    return any(said == each or said.startswith(f"{each} ") for each in read.known.figures)
