"""Names of persons that a text introduces as such. Pure.

A name is what follows words like *nama saya*; where capitals tell nothing, it ends at the first
ordinary word. Who is called by an office (*Pak Lurah*, *petugas bernama Budi*) is no reporter and
stays readable: a complaint about him needs him.
"""

import re
from collections.abc import Iterator, Sequence

from services.routing.masking.masked import Span
from services.routing.masking.reading import Reading, words_of

_KIN = (
    r"(?:istri|isteri|suami|anak|ayah|bapak|ibu|mama|papa|kakak|adik|adek|nenek|kakek|mertua"
    r"|orang ?tua|ortu|keponakan|paman|bibi|tante|om|tetangga|teman|kawan)"
)
_ME = r"(?:saya|aku|sy|gue|gw|gua|ane|kami)"
_STRONG = re.compile(
    rf"\b(?:nama(?: lengkap| asli| panggilan)?(?: {_KIN})? "
    rf"(?:{_ME}|pelapor|pengadu|pemohon|lengkap)(?: (?:adalah|ialah|yaitu))?"
    r"|nama(?: lengkap| pelapor| pengadu| pengirim| pemohon)? ?(?=[:=])|nama(?:ku|gue)"
    rf"|(?:{_ME}|{_KIN}|{_KIN} {_ME}|warga|korban) (?:yang |yg )?(?:ber)?nama(?:nya)?"
    r"|bernama|a/n|a\.n\.?|\ban(?=[.:]? ?[a-z])|atas nama|pemilik rekening"
    rf"|perkenalkan,?(?: nama)?(?: {_ME})?|panggil(?: aja| saja)? {_ME}|my name is|i am|i'm|im"
    r"|(?:pelapor|pengadu|pengirim|pemohon|ttd|tertanda) ?(?=[:=,.\n\-/(])|ttd|tertanda"
    r"|hormat (?:saya|kami)|salam(?: hormat| hangat| dari| sejahtera)?(?=[ ]?[,:\n\-])"
    r"|best regards|regards|dari(?= ?:))(?:\b|(?=[:=,.\n\-/(]))[ \t]*"
)
_MEDIUM = re.compile(
    rf"\b(?:saya|sy|dengan|dgn|ini|cp|hubungi|hub|kontak|sama|pelapor|laporan dari|{_KIN} saya)"
    r"[,:]? (?=[a-z])"
)
_TITLE = re.compile(
    r"\b(?:bpk|bapak|ibu|pak|bu|sdr|sdri|sdra|saudara|saudari|mas|mbak|mba|bang|kang|mpok|tn|ny"
    r"|nyonya|tuan|hajah|haji|hj|h|oom|om|tante|mr|mrs|ms)\b\.? {0,2}(?=[a-z])"
)
_LEAD = re.compile(
    r"[\s:=,.\-\"'(/]{0,6}(?:(?:bpk|bapak|ibu|pak|bu|sdr|sdri|saudara|saudari|mas|mbak|mba|tn"
    r"|ny)\b\.? {1,2})?"
)
_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|['’`](?=[^\W\d_]))*+")
_GAP = re.compile(r" {1,2}|\. ?(?=[A-Z])|-(?=[A-Za-z])")
_PARTICLES = words_of("bin binti al van de der da von la el")
_AFTER = re.compile(
    r" ?(?:$|[,.;:!(\n\x02-]|(?:selaku )?warga|dari|dr|tinggal|penghuni|penduduk|mau|ingin|dan|yg"
    r"|yang|sudah|sdh|telah|selaku|sebagai|wni"
    r"|hendak|alamat|rt\b|di\b|umur|usia|nik|hp|disini|di sini|yang tinggal|no\b|nomor"
    r"|domisili|mohon|melapor|lapor)"
)
_OFFICE_AFTER = re.compile(
    r"[ ,(\-]{1,3}(?:selaku |sebagai |dari |yang menjabat |si )?(?:(?P<office>[a-z]{2,20})\b)"
)
_WORD_BEFORE = re.compile(r"(?P<word>[a-z]+)[ .]{0,3}$")
_THANKS = re.compile(
    r"(?:terima ?kasih|terimakasih|makasih|trimakasih|trims|tks|thanks|thank you|wassalam\w*"
    r"|wassalamu'?alaikum[a-z .]{0,12}|salam(?: hormat| hangat)?|hormat (?:saya|kami)|tq)"
    r"[ ,.!~:;\-\n\r\t]{1,6}"
)
LONGEST = 5
"""Words of a name."""


_KIN_WORDS = (
    "istri isteri suami anak ayah bapak ibu mama papa kakak adik adek nenek kakek mertua orang "
    "orangtua ortu keponakan paman bibi tante om tetangga teman kawan"
)
HEADS = {
    "introduced": words_of(
        f"{_KIN_WORDS} nama namaku namague saya aku sy gue gw gua ane kami warga korban "
        "bernama a an atas pemilik perkenalkan panggil my i im pelapor pengadu pengirim "
        "pemohon ttd tertanda hormat salam best regards dari"
    ),
    "myself": words_of(
        f"{_KIN_WORDS} saya sy dengan dgn ini cp hubungi hub kontak sama pelapor laporan"
    ),
    "titled": words_of(
        "bpk bapak ibu pak bu sdr sdri sdra saudara saudari mas mbak mba bang kang mpok tn ny "
        "nyonya tuan hajah haji hj h oom om tante mr mrs ms"
    ),
    "thanks": words_of(
        "terima terimakasih makasih trimakasih trims tks thanks thank salam hormat tq wassalam "
        "wassalamualaikum wassalamu"
    ),
}


def names(read: Reading) -> Iterator[Span]:
    for found in read.at_heads("introduced", _STRONG):
        if span := _introduced(read, found):
            yield span
    for found in read.at_heads("myself", _MEDIUM):
        if span := _by_capitals(read, found.end(), titled=False):
            yield span
    for found in read.at_heads("titled", _TITLE):
        if span := _titled(read, found):
            yield span
    yield from _signed(read)


def _introduced(read: Reading, found: re.Match[str]) -> Span | None:
    lead = _LEAD.match(read.low, found.end())
    start = lead.end() if lead else found.end()
    sure = found[0].strip() not in ("atas nama", "an")
    of_office = found[0].strip().endswith("nama") and _officer_before(read, found.start())
    if of_office:
        return None
    tokens = _tokens(read, start)
    return _span(read, tokens, sure=sure)


def _by_capitals(read: Reading, start: int, *, titled: bool) -> Span | None:
    tokens = _tokens(read, start)
    if not tokens:
        return None
    first, last = tokens[0], tokens[-1]
    named = first[0].lower() in read.known.given_names
    capital = read.capitals_tell and first[0][0].isupper()
    closed = _AFTER.match(read.low, last.end()) is not None
    sure = titled or closed or (named and first[0][0].isupper() and read.capitals_tell)
    if (named and (sure or len(tokens) > 1)) or (capital and sure):
        return Span(first.start(), last.end(), "name")
    return None


def _titled(read: Reading, found: re.Match[str]) -> Span | None:
    before = _WORD_BEFORE.search(read.low[max(0, found.start() - 24) : found.start()])
    if before and before["word"] in read.known.places:
        return None
    span = _by_capitals(read, found.end(), titled=True)
    if span is None or _officer_before(read, found.start()) or _officer_after(read, span.end):
        return None
    return span


def _officer_before(read: Reading, start: int) -> bool:
    before = read.low[max(0, start - 32) : start].rpartition("\n")[2]
    last = re.split(r"[.!?;\x02]", before)[-1]
    return any(word in read.known.offices for word in re.findall(r"[a-z]+", last))


def _officer_after(read: Reading, end: int) -> bool:
    after = _OFFICE_AFTER.match(read.low, end)
    return after is not None and after["office"] in read.known.offices - {"rt", "rw"}


def _signed(read: Reading) -> Iterator[Span]:
    """The name under a letter: after the thanks, at the end of the text or of its line."""
    for found in read.at_heads("thanks", _THANKS):
        tokens = _tokens(read, found.end())
        if not tokens or not _names_only(read, tokens):
            continue
        rest = read.low[tokens[-1].end() : tokens[-1].end() + 3]
        if not rest.strip(" .)") or rest[0] in "\n,(\x02-":
            yield Span(tokens[0].start(), tokens[-1].end(), "name")


def _names_only(read: Reading, tokens: Sequence[re.Match[str]]) -> bool:
    if read.capitals_tell and tokens[0][0][0].isupper():
        return True
    return all(token[0].lower() in read.known.given_names for token in tokens)


def _span(read: Reading, tokens: Sequence[re.Match[str]], *, sure: bool) -> Span | None:
    if not tokens:
        return None
    first = tokens[0][0]
    capital = read.capitals_tell and first[0].isupper()
    if not (sure or capital or first.lower() in read.known.given_names):
        return None
    return Span(tokens[0].start(), tokens[-1].end(), "name")


def _tokens(read: Reading, start: int) -> list[re.Match[str]]:
    """The words of a name that begins at ``start``; none where no name does."""
    tokens = list[re.Match[str]]()
    capital = False
    for token in _row(read.text, start):
        word = token[0].lower()
        if word in read.known.ordinary or word in read.known.offices:
            break
        if not tokens:
            capital = read.capitals_tell and token[0][0].isupper()
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
    return len(tokens) < 3 or word in read.known.given_names


def _row(text: str, start: int) -> Iterator[re.Match[str]]:
    place = start
    for _ in range(LONGEST):
        token = _TOKEN.match(text, place)
        if token is None or len(token[0]) > 24:
            return
        yield token
        gap = _GAP.match(text, token.end())
        # A dot ends the sentence unless it ends an initial: M. Rizky.
        if gap is None or (gap[0].startswith(".") and len(token[0]) > 3):
            return
        place = gap.end()


def _is_figure(read: Reading, tokens: Sequence[re.Match[str]]) -> bool:
    said = " ".join(token[0].lower() for token in tokens)
    return any(said == each or said.startswith(f"{each} ") for each in read.known.figures)
