"""The labelled sets of places and masking are sound, and each half is what its rule says."""

import csv
import hashlib
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.texts.masking import GROUP_OF

ROOT = Path(__file__).parents[3]
SETS = ROOT / "tests" / "texts"
HALVES = ("work", "unseen")
NAMES = [f"{name}_{half}" for name in ("masking", "places") for half in HALVES]


def rows(name: str) -> list[dict[str, Any]]:
    lines = (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def both(name: str) -> list[dict[str, Any]]:
    return [row for half in HALVES for row in rows(f"{name}_{half}")]


def codes_of_units() -> set[str]:
    with (ROOT / "shared" / "data" / "units.csv").open(encoding="utf-8") as file:
        return {row["id"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("name", NAMES)
def test_a_text_is_in_the_half_that_its_id_says_and_in_order(name: str) -> None:
    ids = [row["id"] for row in rows(name)]
    halves = {HALVES[hashlib.sha256(each.encode()).digest()[0] % 2] for each in ids}
    assert halves == {name.rsplit("_", 1)[1]}
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("name", ["masking", "places"])
def test_no_text_stands_twice(name: str) -> None:
    told = Counter((row["text"], row.get("address")) for row in both(name))
    assert [text for text, times in told.items() if times > 1] == []


def test_every_expected_code_is_of_a_unit_and_codes_nest() -> None:
    known = codes_of_units()
    for row in both("places"):
        expect = row["expect"]
        codes = [expect["region_code"], expect["kecamatan_code"], expect["kelurahan_code"]]
        given = [code for code in codes if code is not None]
        # A finer code without the coarser ones would leave the judge nothing to compare.
        assert codes[: len(given)] == given, row["id"]
        assert set(given) <= known, row["id"]
        nested = pairwise(given)
        assert all(inner.startswith(f"{outer}.") for outer, inner in nested), row["id"]
        assert not (given and expect["outside"]), row["id"]


def test_every_text_has_exactly_the_keys_of_its_format() -> None:
    for row in both("places"):
        assert set(row) - {"address"} == {"id", "text", "expect", "trap"}
        assert set(row["expect"]) == {"kelurahan_code", "kecamatan_code", "region_code", "outside"}
    for row in both("masking"):
        assert set(row) == {"id", "text", "spans"}


def test_labelled_stretches_lie_in_the_text_one_after_the_other() -> None:
    for row in both("masking"):
        ends = [0]
        for span in row["spans"]:
            assert set(span) == {"start", "end", "kind"}, row["id"]
            assert span["kind"] in GROUP_OF, row["id"]
            assert ends[-1] <= span["start"] < span["end"] <= len(row["text"]), row["id"]
            stretch = row["text"][span["start"] : span["end"]]
            assert stretch == stretch.strip(), row["id"]
            ends.append(span["end"])


def test_the_set_of_places_is_large_enough_and_tells_all_levels() -> None:
    texts = both("places")
    assert sum(not row["trap"] for row in texts) >= 250
    assert sum(row["trap"] for row in texts) >= 60
    levels = Counter(
        sum(code is not None for key, code in row["expect"].items() if key != "outside")
        for row in texts
    )
    assert set(levels) == {0, 1, 2, 3}
    assert len({row["expect"]["kelurahan_code"] for row in texts}) > 200


def test_the_set_of_masking_is_large_enough_and_holds_every_kind_in_both_halves() -> None:
    texts = both("masking")
    assert sum(bool(row["spans"]) for row in texts) >= 280
    assert sum(not row["spans"] for row in texts) >= 120
    for half in HALVES:
        kinds = {span["kind"] for row in rows(f"masking_{half}") for span in row["spans"]}
        assert kinds == set(GROUP_OF), half
