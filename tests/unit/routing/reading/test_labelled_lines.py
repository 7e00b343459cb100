"""Who reads labelled texts names the line that is none, and says nothing of its text."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from tests import trainers

EXPECT = {
    "group": "sampah", "sub": None, "about_official": False, "emergency": False, "outside": None,
    "complaint": True,
}  # fmt: skip
GOOD = {"id": "a1", "channel": "jaki", "text": "Sampah menumpuk", "expect": EXPECT}
PLACE = {
    "id": "p1", "text": "Di Tebet", "trap": False,
    "expect": {"kelurahan_code": None, "kecamatan_code": "31.74.01", "region_code": "31.74",
               "outside": False},
}  # fmt: skip


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


NO_TEXT = {
    "no JSON": b"Rahasia",
    "not whole": b'{"text": "Rahasia',
    "no UTF-8": b'{"text": "Rahasia \xff"}',
    "too deep": b"[" * 100_000,
    "a list": b'["Rahasia"]',
    "a text that is none": json.dumps({**GOOD, "text": ["Rahasia"]}).encode(),
    "nothing expected": json.dumps({**without(GOOD, "expect"), "text": "Rahasia"}).encode(),
    "a word expected": json.dumps({**GOOD, "expect": "Rahasia"}).encode(),
    "no group": json.dumps({**GOOD, "expect": without(EXPECT, "group")}).encode(),
    "nothing of emergencies": json.dumps({**GOOD, "expect": without(EXPECT, "emergency")}).encode(),
}
OF_THE_CITY = {
    "a group that is no category": json.dumps(
        {**GOOD, "expect": {**EXPECT, "group": "Rahasia"}}
    ).encode(),
    "a group that is none": json.dumps({**GOOD, "expect": {**EXPECT, "group": ["x"]}}).encode(),
}


def texts_in(folder: Path, good: dict[str, Any], bad: bytes) -> str:
    """A file whose third line is none; the second is empty."""
    file = folder / "texts.jsonl"
    file.write_bytes(json.dumps(good).encode() + b"\n\n" + bad + b"\n")
    return str(file)


def refused(*words: str) -> Result:
    done = CliRunner().invoke(app, ["classifier", *words])
    assert done.exit_code == 1, done.output
    assert "texts.jsonl, line 3: " in done.stderr
    assert "Rahasia" not in done.output
    return done


@pytest.mark.parametrize("bad", [*NO_TEXT.values(), *OF_THE_CITY.values()],
                         ids=[*NO_TEXT, *OF_THE_CITY])  # fmt: skip
def test_hints_are_not_learned_from_a_file_with_such_a_line(tmp_path: Path, bad: bytes) -> None:
    trainers.need()
    hints = tmp_path / "hints.json"
    hints.write_text('{"note": "n", "groups": {}}', "utf-8")
    refused("learn", str(hints), texts_in(tmp_path, GOOD, bad))
    assert hints.read_text("utf-8") == '{"note": "n", "groups": {}}'


@pytest.mark.parametrize("bad", [b'["Rahasia"]', b'{"text": "Rahasia \xff"}', b"[" * 100_000])
def test_no_model_is_trained_on_a_file_with_such_a_line(tmp_path: Path, bad: bytes) -> None:
    trainers.need()
    model, texts = tmp_path / "model.json", texts_in(tmp_path, GOOD, bad)
    refused("train", str(model), "--examples", texts)
    assert not model.exists()


@pytest.mark.parametrize("bad", NO_TEXT.values(), ids=NO_TEXT)
def test_no_figures_are_told_of_a_file_with_such_a_line(tmp_path: Path, bad: bytes) -> None:
    refused("report", texts_in(tmp_path, GOOD, bad))


def test_no_figures_are_told_of_places_with_a_line_that_tells_none(tmp_path: Path) -> None:
    told = refused("report", texts_in(tmp_path, PLACE, json.dumps(without(PLACE, "id")).encode()))
    assert "id is missing" in told.stderr


def test_what_is_missing_is_named_and_what_a_line_must_be_is_said(tmp_path: Path) -> None:
    texts = texts_in(tmp_path, GOOD, json.dumps(without(GOOD, "id")).encode())
    hints = tmp_path / "hints.json"
    hints.write_text('{"note": "n", "groups": {}}', "utf-8")
    trainers.need()
    assert refused("learn", str(hints), texts).stderr == (
        "texts.jsonl, line 3: id is missing. Give a labelled text, {id, text, expect}.\n"
    )
