"""The words of a name in a text: where it begins, which words go on, where it ends. Pure."""

import re
from collections.abc import Iterator, Sequence

from services.routing.masking import endings
from services.routing.masking.introductions import any_of
from services.routing.masking.masked import Span
from services.routing.masking.reading import Reading, affixed, words_of

LONGEST = 6
"""Words of a name."""
_ACRONYM = 4
"""Letters: a longer word in capitals may be a name."""
_TITLES = re.compile(
    rf"(?:\(?(?:(?:{any_of('TITLE')})\b(?!['’])[.)]{{0,2}}|wa ode|la ode|anak agung(?: istri| gede"
    rf"| ngurah)?) {{0,2}}){{0,4}}"
)
_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|['’`](?=[^\W\d_]))*+")
_GAP = re.compile(r" {1,2}|\. ?(?=[A-Za-z])|-(?=[A-Za-z])")
_PARTICLES = words_of("bin binti binte al el van de der da von la br")
_SHORTENED = words_of("m a h r s i k moh muh mohd abd md st ng")

_OPENING = words_of(
    "mohon tolong mhn tlg nama nik no nomor hp telp tlp telpon telepon wa email alamat almt rt "
    "rw kel "
    "kec kelurahan kecamatan jl jln jalan gg gang blok warga dari di dan yang saya kami ktp kk "
    "lapor "
    "laporan aduan keluhan lokasi isi umur usia pekerjaan agama kelas mau ingin melapor jakarta"
)
"""What begins another sentence or another field of a form, and so no further word of a name."""
_LABEL = re.compile(r" ?[:=]")

Token = re.Match[str]


def after_titles(read: Reading, start: int) -> int:
    titles = _TITLES.match(read.low, start)
    return titles.end() if titles else start


def tokens_at(read: Reading, start: int, *, own: bool = False) -> list[Token]:
    """The words of a name that begins at ``start``; none where no name does.

    ``own``: the name is said to be the writer's, and so no public figure's.
    """
    tokens = list[Token]()
    capital = False
    for token in _row(read.text, start):
        upper = read.capitals_tell and token[0][0].isupper()
        if _ends(read, token, upper=upper, first=not tokens, own=own):
            break
        if not tokens:
            capital = upper
        if not _goes_on(read, token, tokens, capital=capital):
            break
        tokens.append(token)
    return [] if not own and _is_figure(read, tokens) else tokens


def _ends(read: Reading, token: Token, *, upper: bool, first: bool, own: bool) -> bool:
    """Whether a word is none of a name."""
    word = token[0].lower()
    if word in read.known.offices:
        return True
    if word not in read.known.ordinary or (
        word in read.known.given_names and (upper or (own and first))
    ):
        return False
    # Behind a name a capital is one more word of it: Dewa Istri, Petrus Bau.
    return first or not upper or word in _OPENING or _LABEL.match(read.low, token.end()) is not None


def span_of(read: Reading, start: int, tokens: Sequence[Token]) -> Span:
    """From ``start``, where titles may stand, to the degrees behind the name."""
    end = tokens[-1].end()
    degrees = endings.DEGREES.match(read.low, end)
    if degrees and "." in degrees[0]:
        return Span(start, degrees.end(), "name")
    plain = endings.DEGREES_PLAIN.match(read.text, end)
    return Span(start, plain.end() if plain else end, "name")


def is_given(read: Reading, token: Token) -> bool:
    return read.known.is_given(token[0].lower())


def looks_named(read: Reading, token: Token) -> bool:
    """With a capital where capitals tell something, and no abbreviation."""
    if not (read.capitals_tell and token[0][0].isupper()):
        return False
    acronym = token[0].isupper() and 1 < len(token[0]) <= _ACRONYM
    word = token[0].lower()
    matter = word in read.known.plain or word in read.known.areas
    return is_given(read, token) or not (acronym or affixed(word) or matter)


def is_rare(read: Reading, tokens: Sequence[Token]) -> bool:
    """No word of matters and no verb among them."""
    words = [token[0].lower() for token in tokens]
    return not any(affixed(each) or read.known.is_plain(each) for each in words)


def _goes_on(read: Reading, token: Token, tokens: Sequence[Token], *, capital: bool) -> bool:
    if not tokens:
        return True
    word = token[0].lower()
    if read.text[token.start() - 1] == "-":
        return True
    if capital:
        return token[0][0].isupper() or word in _PARTICLES
    if read.known.is_given(word) or word in _PARTICLES:
        return True
    if word in read.known.plain or word in read.known.areas:
        return False
    fathered = any(each[0].lower() in _PARTICLES for each in tokens)
    return not affixed(word) and len(tokens) < (LONGEST if fathered else 3)


def _row(text: str, start: int) -> Iterator[Token]:
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
    return len(word) == 1 or word.lower() in _SHORTENED or (len(word) <= 3 and following.isupper())


def _is_figure(read: Reading, tokens: Sequence[Token]) -> bool:
    said = ""
    for token in tokens:
        said = f"{said} {token[0].lower()}" if said else token[0].lower()
        if said in read.known.figures:
            return True
    return False
