"""How well places in words are read: figures from labelled texts, for ``crm classifier report``.
Pure.

A labelled text is an object with ``id``, ``text``, perhaps ``address``, ``trap`` and ``expect``:
{kelurahan_code, kecamatan_code, region_code, outside}.

A label tells the most precise area that text and address tell of the matter. An answer is right
when its code of that level is the label's, no coarser code contradicts it, and a finer code lies
inside it. It is coarser when it only names areas around the label's: less than a person would
read, and no harm. It is silent when it names nothing. All else is wrong.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from services.routing.gazetteer.gazetteer import Gazetteer
from services.routing.gazetteer.settling import SURE, Mentioned
from services.routing.reading.report import share


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """What a reader says of one text. Codes of Kemendagri: ``31.71.01.1001``, ``31.71.01``,
    ``31.71``. ``certain``: the reader would let a case be routed by it without a person."""

    kelurahan_code: str | None
    kecamatan_code: str | None
    region_code: str | None
    outside: bool
    certain: bool


@dataclass(frozen=True, slots=True)
class PlaceText:
    """One labelled text. ``area``: the most precise code, None where the text tells none.
    ``outside``: the matter lies beyond Jakarta. ``trap``: it holds a name that misleads."""

    id: str
    text: str
    address: str | None
    area: str | None
    outside: bool
    trap: bool


class Verdict(StrEnum):
    RIGHT = "right"
    COARSER = "coarser"
    SILENT = "silent"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """Counts. ``named``: the texts that are no traps; the four after it add up to it.
    ``misread``: ids of named texts that are not right. ``trapped``: ids of wrong traps."""

    named: int
    right: int
    coarser: int
    silent: int
    wrong: int
    wrong_certain: int
    traps: int
    traps_wrong: int
    traps_wrong_certain: int
    misread: tuple[str, ...]
    trapped: tuple[str, ...]


def is_of_a_place(row: Mapping[str, Any]) -> bool:
    """Whether a labelled text is one of places, and not one of categories."""
    return "trap" in row


def place_report(
    rows: Iterable[Mapping[str, Any]], gazetteer: Gazetteer
) -> dict[str, float | int | Sequence[str] | None]:
    """Counts of `PlaceFigures` by their names, and the share of named places that are right."""
    texts = [place_text(row) for row in rows]
    answers = {each.id: answer_of(gazetteer.read(each.text, each.address)) for each in texts}
    figures = place_figures(texts, answers)
    return {**asdict(figures), "right_share": share(figures.right, figures.named)}


def answer_of(mentioned: Mentioned) -> PlaceAnswer:
    return PlaceAnswer(
        mentioned.kelurahan_code,
        mentioned.kecamatan_code,
        mentioned.region_code,
        outside=mentioned.outside is not None,
        certain=mentioned.confidence >= SURE,
    )


def place_text(row: Mapping[str, Any]) -> PlaceText:
    expect = row["expect"]
    area = expect["kelurahan_code"] or expect["kecamatan_code"] or expect["region_code"]
    return PlaceText(
        str(row["id"]), row["text"], row.get("address"), area, expect["outside"], row["trap"]
    )


def judge(text: PlaceText, answer: PlaceAnswer) -> Verdict:
    codes = [answer.region_code, answer.kecamatan_code, answer.kelurahan_code]
    given = [code for code in codes if code is not None]
    if text.outside != answer.outside:
        silent = text.outside and not given
        return Verdict.SILENT if silent else Verdict.WRONG
    if text.area is None:
        return Verdict.WRONG if given else Verdict.RIGHT
    if not given:
        return Verdict.SILENT
    if any(not _on_one_line(text.area, code) for code in given):
        return Verdict.WRONG
    # Without the code of its own level, a finer one is held to name it: codes nest.
    return Verdict.RIGHT if _inside(given[-1], text.area) else Verdict.COARSER


def _inside(code: str, area: str) -> bool:
    return code == area or code.startswith(f"{area}.")


def _on_one_line(area: str, code: str) -> bool:
    return _inside(code, area) or _inside(area, code)


def place_figures(texts: Iterable[PlaceText], answers: Mapping[str, PlaceAnswer]) -> PlaceFigures:
    """``answers`` by id of the text. Raises KeyError for a text without an answer."""
    judged = [(text, judge(text, answers[text.id])) for text in texts]
    named = [(text, verdict) for text, verdict in judged if not text.trap]
    count = Counter(verdict for _, verdict in named)
    wrong = [text for text, verdict in judged if verdict is Verdict.WRONG]
    trapped = [text.id for text in wrong if text.trap]
    certain = {text.id for text in wrong if answers[text.id].certain}
    return PlaceFigures(
        named=len(named),
        right=count[Verdict.RIGHT],
        coarser=count[Verdict.COARSER],
        silent=count[Verdict.SILENT],
        wrong=count[Verdict.WRONG],
        wrong_certain=len(certain.difference(trapped)),
        traps=len(judged) - len(named),
        traps_wrong=len(trapped),
        traps_wrong_certain=len(certain.intersection(trapped)),
        misread=tuple(text.id for text, verdict in named if verdict is not Verdict.RIGHT),
        trapped=tuple(trapped),
    )
