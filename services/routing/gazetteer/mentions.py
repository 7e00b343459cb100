"""One name in a text, and what the words before it make of it. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from services.routing.gazetteer.names import Mark, Meaning
from services.routing.gazetteer.wording import Wording

_LOOKED_AT = 4
"""Words before a name that may say what it is there for."""


class Role(IntEnum):
    """What a text names a place for; the higher, the likelier it is the matter's place."""

    WAY = 0
    """A direction or a route: ``arah Cawang``."""
    OFFICE = 1
    """``lurah Cawang``, ``lapor ke``."""
    PASSED = 2
    """``lewat Cawang``: what is wrong is met there, if no other place is named."""
    WRITER = 3
    """Where the writer lives: ``saya warga Cawang``."""
    NEAR = 4
    """``dekat Cawang``: beside the place rather than at it."""
    PLAIN = 5
    AT = 6
    """``di Cawang``."""


class Form(IntEnum):
    """How a place is named; the higher, the surer of its area."""

    REGION = 0
    NAMESAKE = 1
    """A street that no list has and that bears an area's name."""
    STREET = 2
    AREA = 3
    LANDMARK = 4
    EXPLICIT = 5
    """With ``kelurahan`` or ``kecamatan`` before it."""


@dataclass(slots=True)
class Mention:
    """A place that a text names. ``codes``: areas it may be; ``alternates``: what else the name
    means, if the other places of the text agree with that only."""

    first: int
    last: int
    meaning: Meaning
    codes: tuple[str, ...]
    form: Form
    role: Role
    confidence: float
    alternates: tuple[str, ...] = ()
    outside: str | None = None
    typo: bool = False
    in_address: bool = False


class Before(NamedTuple):
    """The words before a name: the kind that they give it (``kelurahan``, ``kecamatan``,
    ``street`` or none) and the ones before that, nearest first, with what each says (a bit for
    each of `_SAID`). ``numbered``: a RT or RW is named, as before a place alone."""

    kind: str
    words: Sequence[str]
    says: Sequence[int]
    first: int
    numbered: bool = False


_PASSED_OVER = ("no", "nomor", "kota", "administrasi", "adm")
_OF_A_PLACE = (["air", "pintu"], ["pahlawan", "makam"])
_SAID = (
    "way",
    "passed",
    "come",
    "gate",
    "near",
    "at",
    "beside",
    "office",
    "writer",
    "named",
    "firm",
)
"""Lists of words in the data that say what a place is named for."""
_WAY, _PASSED, _COME, _GATE, _NEAR, _AT, _BESIDE, _OFFICE, _WRITER, _NAMED, _FIRM = (
    1 << bit for bit in range(len(_SAID))
)
_KE, _TOL, _DI, _KIND, _OVER, _NUMBER = (1 << len(_SAID) + bit for bit in range(6))


class Reader:
    """Reads what the words before a name say. ``words``: by what they say, of the data."""

    def __init__(self, words: Mapping[str, frozenset[str]]) -> None:
        self._kinds = {
            word: kind for kind in ("kelurahan", "kecamatan", "street") for word in words[kind]
        }
        said: dict[int, Iterable[str]] = {
            1 << bit: words[name] for bit, name in enumerate(_SAID)
        } | {
            _KE: ("ke",), _TOL: ("tol",), _DI: ("di",), _KIND: self._kinds,
            _OVER: _PASSED_OVER, _OVER | _NUMBER: ("rt", "rw"),
        }  # fmt: skip
        self._says: dict[str, int] = {}
        for bits, those in said.items():
            for word in those:
                self._says[word] = self._says.get(word, 0) | bits

    def before(self, wording: Wording, first: int) -> Before:
        """What stands before the word ``first`` in the same phrase."""
        kind, begins, numbered = "", first, False
        found: list[str] = []
        said: list[int] = []
        words, says, is_end = wording.words, self._says.get, wording.is_end
        for at in range(first - 1, max(-1, first - 12), -1):
            if is_end(at) and wording.gap(at).strip() != ":":
                break
            word = words[at]
            bits = says(word, 0)
            if bits & _KIND:
                if found or kind:
                    continue
                kind, begins = self._kinds[word], at
                if not bits & _OFFICE:
                    continue
            elif bits & _OVER:
                numbered = numbered or bool(bits & _NUMBER and not found)
                continue
            elif word.isdigit():
                continue
            found.append(word)
            said.append(bits)
            if len(found) == _LOOKED_AT:
                break
        return Before(kind, found, said, begins, numbered)

    def role(self, before: Before) -> Role:
        """What the place is named for."""
        first, second, third, fourth = (*before.says, 0, 0, 0, 0)[:_LOOKED_AT]
        near, every = first | second, first | second | third | fourth
        leads = self._leads(first, second)
        if near & _OFFICE and (not leads or first & _KE):
            return Role.AT if every & _BESIDE else Role.OFFICE
        if every & _WRITER:
            return Role.WRITER
        if leads:
            passed = first & _PASSED and not (second | third | fourth) & _WAY
            return Role.PASSED if passed else Role.WAY
        if near & _NEAR or first & _TOL:
            return Role.NEAR
        at = before.kind == "street" or before.numbered or first & _KE
        at = at or near & _AT or (near | third) & _DI or third & _BESIDE
        return Role.AT if at else Role.PLAIN

    def _leads(self, first: int, second: int) -> bool:
        """Whether a place is named as one that is driven to. ``dibawa ke`` and ``pintu tol`` tell
        where something is."""
        if first & _KE and second & _COME:
            return False
        if first & _TOL and second & _GATE:
            return False
        return bool(first & (_WAY | _PASSED) or (first | second) & _TOL)

    def names_no_place(self, before: Before) -> bool:
        """``Bu Menteng``, ``soto Bogor``, ``kali Angke``: called after a place or a person."""
        says = before.says
        if before.kind or not says or says[0] & _AT or before.words[:2] in _OF_A_PLACE:
            return False
        return bool(says[0] & _NAMED or any(each & _FIRM for each in says[:2]))

    def mentions(self, meaning: Meaning, before: Before, at: tuple[int, int]) -> Iterator[Mention]:
        """The mention that a name is, if it is one of a place."""
        role = self.role(before)
        named = before.kind != "street" and self.names_no_place(before)
        if "bukan" in before.words[:3] or (named and not meaning.landmark):
            return
        found = _street(meaning, before) or _landmark(meaning) or _area(meaning, before, role)
        found = found or _outside(meaning, before, role) or _bare_street(meaning, role)
        if found is not None:
            codes, alternates, form, confidence = found
            outside = meaning.outside if not codes else None
            yield Mention(
                before.first, at[1], meaning, codes, form, role, confidence, alternates, outside
            )


Found = tuple[tuple[str, ...], tuple[str, ...], Form, float] | None
"""Codes, alternates, form, confidence."""
NOTHING: tuple[str, ...] = ()


def _street(meaning: Meaning, before: Before) -> Found:
    if before.kind != "street":
        return None
    if meaning.street:
        return meaning.street, NOTHING, Form.STREET, 0.85
    if meaning.landmark:
        return meaning.landmark, NOTHING, Form.NAMESAKE, 0.6
    if meaning.codes and meaning.mark is not Mark.KEL:
        codes = (meaning.kelurahan,) if meaning.kelurahan else meaning.codes
        if meaning.kecamatan:
            codes = (meaning.kecamatan,)
        return codes, NOTHING, Form.NAMESAKE, 0.6
    return None


def _landmark(meaning: Meaning) -> Found:
    if meaning.landmark:
        return meaning.landmark, NOTHING, Form.LANDMARK, 0.85
    return None


def _area(meaning: Meaning, before: Before, role: Role) -> Found:
    if not meaning.codes or before.kind == "street":
        return None
    if before.kind == "kelurahan" and meaning.kelurahan:
        return (meaning.kelurahan,), NOTHING, Form.EXPLICIT, 0.95
    if before.kind == "kecamatan":
        codes = (meaning.kecamatan,) if meaning.kecamatan else meaning.codes
        above = tuple(dict.fromkeys(".".join(code.split(".")[:3]) for code in codes))
        return above, NOTHING, Form.EXPLICIT, 0.95
    other = tuple(code for code in (meaning.kelurahan,) if code and code not in meaning.codes)
    form = Form.AREA if any(code.count(".") > 1 for code in meaning.codes) else Form.REGION
    sure = 0.9 if role is Role.AT else 0.75
    if meaning.mark is Mark.KEL or (meaning.mark is Mark.WORD and role is not Role.AT):
        sure = 0.0
    elif meaning.mark is Mark.WORD:
        sure = 0.7
    return meaning.codes, other, form, sure


def _outside(meaning: Meaning, before: Before, role: Role) -> Found:
    if meaning.outside is None or before.kind == "street":
        return None
    sure = 0.9 if role is Role.AT else 0.75
    if meaning.mark is Mark.WORD and role is not Role.AT:
        return None
    return NOTHING, NOTHING, Form.AREA, sure


def _bare_street(meaning: Meaning, role: Role) -> Found:
    """A street without the word for it: ``macet di Sudirman``."""
    if not meaning.street or meaning.codes or role is Role.WRITER:
        return None
    if meaning.street_mark is Mark.KEL or (meaning.street_mark and role is not Role.AT):
        return None
    return meaning.street, NOTHING, Form.STREET, 0.7 if role is Role.AT else 0.45
