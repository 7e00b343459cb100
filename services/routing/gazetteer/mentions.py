"""One name in a text, and what the words before it make of it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

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


@dataclass(frozen=True, slots=True)
class Before:
    """The words before a name: the kind that they give it (``kelurahan``, ``kecamatan``,
    ``street`` or none) and the ones before that, nearest first. ``numbered``: a RT or RW is named,
    as before a place alone."""

    kind: str
    words: tuple[str, ...]
    first: int
    numbered: bool = False


_NEIGHBOURHOOD = frozenset({"rt", "rw"})
_OF_A_PLACE = {("air", "pintu"), ("pahlawan", "makam")}
_NUMBERED = _NEIGHBOURHOOD | frozenset({"rt", "rw", "no", "nomor", "kota", "administrasi", "adm"})


class Reader:
    """Reads what the words before a name say. ``words``: by what they say, of the data."""

    def __init__(self, words: Mapping[str, frozenset[str]]) -> None:
        self._words = words
        self._kinds = {
            word: kind for kind in ("kelurahan", "kecamatan", "street") for word in words[kind]
        }

    def before(self, wording: Wording, first: int) -> Before:
        """What stands before the word ``first`` in the same phrase."""
        kind, begins, found, numbered = "", first, list[str](), False
        kinds, words = self._kinds, wording.words
        for at in range(first - 1, max(-1, first - 12), -1):
            if wording.is_end(at) and wording.gaps[at].strip() != ":":
                break
            word = words[at]
            said = kinds.get(word)
            if said and not found and not kind:
                kind, begins = said, at
                if word in self._words["office"]:
                    found.append(word)
            elif not said and not word.isdigit() and word not in _NUMBERED:
                found.append(word)
                if len(found) == _LOOKED_AT:
                    break
            elif word in _NEIGHBOURHOOD and not found:
                numbered = True
        return Before(kind, tuple(found), begins, numbered)

    def role(self, before: Before) -> Role:
        """What the place is named for."""
        near = before.words[:2]
        office = self._any("office", near) or before.words[:1] == ("kantor",)
        leads = self._leads(near)
        if office and (not leads or near[0] == "ke"):
            at = self._any("beside", before.words)
            return Role.AT if at else Role.OFFICE
        if self._any("writer", before.words):
            return Role.WRITER
        if leads:
            passed = near[0] in self._words["passed"] and not self._any("way", before.words[1:])
            return Role.PASSED if passed else Role.WAY
        if self._any("near", near) or near[:1] == ("tol",):
            return Role.NEAR
        return Role.AT if self._is_at(before) else Role.PLAIN

    def _leads(self, near: tuple[str, ...]) -> bool:
        """Whether a place is named as one that is driven to. ``dibawa ke`` and ``pintu tol`` tell
        where something is."""
        if not near:
            return False
        if near[0] == "ke" and self._any("come", near[1:]):
            return False
        if near[0] == "tol" and self._any("gate", near[1:]):
            return False
        return near[0] in self._words["way"] or near[0] in self._words["passed"] or "tol" in near

    def _is_at(self, before: Before) -> bool:
        near = before.words[:2]
        if before.kind == "street" or before.numbered or near[:1] == ("ke",):
            return True
        return (
            self._any("at", near)
            or "di" in before.words[:3]
            or self._any("beside", before.words[2:3])
        )

    def names_no_place(self, before: Before) -> bool:
        """``Bu Menteng``, ``soto Bogor``, ``kali Angke``: called after a place or a person."""
        if before.kind or self._any("at", before.words[:1]):
            return False
        if before.words[:2] in _OF_A_PLACE:
            return False
        return self._any("named", before.words[:1]) or self._any("firm", before.words[:2])

    def _any(self, what: str, words: tuple[str, ...]) -> bool:
        return not self._words[what].isdisjoint(words)

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
