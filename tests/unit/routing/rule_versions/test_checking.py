"""A version that is broken is refused, and whoever proposes it is told where and what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.routing.rule_versions.checking import HEAVIEST, problems_of
from services.routing.rule_versions.files import (
    Broken,
    check_folder,
    file_of,
    read_folder,
    write_folder,
)
from services.routing.rule_versions.pointers import line_of
from services.routing.rule_versions.rules import rules_of
from tests.unit.routing.rule_versions.documents import SHIPPED, few_terms, row_of

Change = Callable[[Any], Any]


def problems(document: Any) -> list[tuple[str, str]]:
    found = problems_of(document, SHIPPED, SHIPPED)
    return [(each.pointer, each.says) for each in found]


def test_the_shipped_files_are_a_version_that_may_decide() -> None:
    assert problems(SHIPPED) == []


def test_a_checked_version_can_be_made_ready() -> None:
    document = few_terms()
    assert problems(document) == []
    rules = rules_of(7, document)
    day = rules.categories.periods()[0].valid_from
    assert rules.tables(day).categories.version == rules.number == 7
    assert [each.slug for each in rules.reader.read("tumpukan sampah").ranked] == ["sampah"]


def term(kind: str, target: str, weight: str, written: str) -> Change:
    def change(document: Any) -> None:
        document[kind]["terms"].setdefault(target, {})[weight] = [written]

    return change


def unit(column: str, value: str) -> Change:
    return lambda document: document["units"][3].__setitem__(column, value)


def sampah(**fields: Any) -> Change:
    return lambda document: row_of(document, "sampah").update(fields)


def too_many(document: Any) -> None:
    document["terms"]["words"]["banyak"] = [f"b{number}" for number in range(2000)]
    document["terms"]["terms"]["jalan"] = {"3": [f"a{number} @banyak" for number in range(16)]}


AT = next(at for at, row in enumerate(SHIPPED["categories"]) if row["slug"] == "sampah")
SAMPAH = f"/categories/{AT}"
THIRD = "/terms/terms/jalan/3"
BROKEN: dict[str, tuple[Change, str, str]] = {
    "a kind is missing": (lambda d: d.pop("signs"), "/signs", "Field required"),
    "a kind is unknown": (lambda d: d.update(rules=[]), "/rules", "not permitted"),
    "a member is misspelt": (sampah(unti="x"), f"{SAMPAH}/unti", "not permitted"),
    "no unit has the id": (sampah(unit="dinas-x"), f"{SAMPAH}/unit", "Name one, kelurahan"),
    "a day is none": (sampah(valid_from="2026-02-30"), f"{SAMPAH}/valid_from", "no such day"),
    "it ends first": (sampah(valid_to="2020-01-01"), f"{SAMPAH}/valid_to", "behind valid_from"),
    "a name is another's": (sampah(aliases=["Trotoar"]), SAMPAH, "Keep it in one place"),
    "a yes is a word": (sampah(plan_required="ya"), f"{SAMPAH}/plan_required", "boolean"),
    "a category vanishes": (
        lambda d: d["categories"].remove(row_of(d, "trotoar")), "/categories", "valid_to instead",
    ),
    "two rows at a time": (
        lambda d: d["categories"].append(dict(row_of(d, "trotoar"), subs=[])),
        f"/categories/{len(SHIPPED['categories'])}/valid_from", "End it",
    ),
    "what officials need": (
        lambda d: row_of(d, "keluhan-pelayanan").update(valid_to="2030-01-01"),
        "/categories", "keluhan-pelayanan is needed",
    ),
    "a unit is moved": (unit("parent", "31.02"), "/units/3/parent", "who sees a case"),
    "a unit is another kind": (unit("kind", "dinas"), "/units/3/kind", "It stays kelurahan"),
    "a unit is new": (unit("id", "31.01.99"), "/units/3/id", "comes with a release"),
    "an area is unknown": (unit("area", "31.99"), "/units/3/area", "No area has the code 31.99"),
    "a unit is gone": (lambda d: d["units"].pop(3), "/units", "is missing: cases may"),
    "a unit stands twice": (
        lambda d: d["units"].append(d["units"][3]), f"/units/{len(SHIPPED['units'])}/id", "Keep one"
    ),
    "a target is unknown": (term("terms", "sampahh", "3", "a"), "/terms/terms/sampahh", "not kno"),
    "a finer one is": (term("terms", "sampah/x", "3", "a"), "/terms/terms/sampah~1x", "not known"),
    "a sign is": (term("signs", "outside/x", "3", "a"), "/signs/terms/outside~1x", "not known"),
    "a weight is a word": (term("terms", "jalan", "5x", "a"), "/terms/terms/jalan/5x", "a number"),
    "a weight is 0": (term("terms", "jalan", "0", "a"), "/terms/terms/jalan/0", "not 0"),
    "a weight is no number": (term("terms", "jalan", "nan", "a"), "/terms/terms/jalan/nan", "a nu"),
    "a weight is too much": (
        term("terms", "jalan", f"{HEAVIEST + 1}", "a"), f"/terms/terms/jalan/{HEAVIEST + 1}", "20",
    ),
    "a term has no words": (term("terms", "jalan", "3", "a + ?"), f"{THIRD}/0", "no words"),
    "a list is unknown": (term("terms", "jalan", "3", "@x a"), f"{THIRD}/0", "called x"),
    "all terms are too many": (too_many, "/terms/terms/jalan", "Drop some"),
    "a term is too many": (
        term("terms", "jalan", "3", "{a,b,c,d,e,f,g,h} " * 20),
        f"{THIRD}/0", "more than 2000",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "pointer", "says"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_refused_by_its_place(change: Change, pointer: str, says: str) -> None:
    document = few_terms()
    change(document)
    [(where, told), *_] = problems(document)
    assert where == pointer
    assert says in told


def test_at_most_fifty_problems_are_told() -> None:
    document = few_terms()
    for row in document["units"]:
        row["kind"] = "dinas"
    assert len(problems(document)) == 50


# --- files --------------------------------------------------------------------------------


def test_a_version_comes_back_from_its_files_as_it_was(tmp_path: Path) -> None:
    write_folder(tmp_path, SHIPPED)
    assert read_folder(tmp_path) == SHIPPED


def test_a_broken_file_is_refused_with_the_line(tmp_path: Path) -> None:
    write_folder(tmp_path, few_terms())
    file = tmp_path / file_of("terms")
    lines = file.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if '"tumpukan"' in line)
    file.write_text("\n".join([*lines[:at], '"@tumpukan"', *lines[at + 1 :]]))
    units = (tmp_path / "units.csv").read_text().splitlines()
    (tmp_path / "units.csv").write_text("\n".join([*units[:4], units[4] + ",zuviel", *units[5:]]))
    with pytest.raises(Broken) as refused:
        check_folder(tmp_path, SHIPPED)
    [of_units] = refused.value.lines
    assert of_units.startswith("units.csv:5: more: ")
    (tmp_path / "units.csv").write_text("\n".join(units))
    with pytest.raises(Broken) as refused:
        check_folder(tmp_path, SHIPPED)
    [of_terms] = refused.value.lines
    assert of_terms.startswith(f"terms.json:{at + 1}: /terms/sampah/6/1: ")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: file.unlink(), "signs.json: No such file or directory. A version has units"),
        (lambda file: file.write_text('{\n"words": {,}}'), "signs.json:2: no JSON"),
        (lambda file: file.write_bytes(b"\xff"), "signs.json: save it as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    write_folder(tmp_path, few_terms())
    spoil(tmp_path / "signs.json")
    with pytest.raises(Broken) as refused:
        check_folder(tmp_path, SHIPPED)
    assert refused.value.lines[0].startswith(says)


@pytest.mark.parametrize(
    ("pointer", "line"),
    [("", 1), ("/a", 2), ("/a/1", 4), ("/b~1c", 6), ("/b~1c/d", 6), ("/missing", 1), ("/a/9", 2)],
)
def test_a_pointer_is_found_on_its_line(pointer: str, line: int) -> None:
    text = '{\n "a": [\n  1,\n  {"x": "]"}\n ],\n "b/c": {"d": null}\n}\n'
    assert line_of(text, pointer) == line
