"""Hints are learned by the real scikit-learn, and weighed without it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from services.routing.model.hinting import (
    LEAST_TEXTS,
    Lesson,
    cross_figures,
    learn,
    lessons_of,
    written,
)
from services.routing.model.training import CannotTrain
from services.routing.placing.categories import load_categories
from services.routing.reading.hints import Hints
from services.routing.reading.reader import load_reader
from services.routing.reading.signs import IS_NO_COMPLAINT
from tests import trainers

MATTERS = {
    "jalan": ("lubang", "aspal"), "saluran-air": ("got", "mampet"), "sampah": ("bau", "tumpuk"),
    None: ("terima", "kasih"),
}  # fmt: skip
DAY = date(2026, 12, 1)
GROUPS = {"saluran": ["got", "selokan"]}


@pytest.fixture(autouse=True)
def _trainer() -> None:
    trainers.need()


def a_lesson(label: str | None, *roots: str, writer: str = "a", **scores: float) -> Lesson:
    signs = frozenset() if label else frozenset([IS_NO_COMPLAINT])
    return Lesson(writer, label, signs, roots, scores, {})


def taught(times: int = 5) -> list[Lesson]:
    return [
        a_lesson(label, "tolong", *roots, f"kata{n}{writer}", writer=writer)
        for n in range(times)
        for writer in "abc"
        for label, roots in MATTERS.items()
    ]


def likeliest(hints: Hints, *roots: str) -> str:
    logits = hints.weigh(roots, {}, {}).categories
    return max(logits, key=logits.__getitem__)


def test_what_labelled_texts_say_is_what_their_words_hint_at() -> None:
    hints = Hints(learn(taught(), GROUPS))
    for label, (one, other) in MATTERS.items():
        if label is not None:
            assert likeliest(hints, one) == likeliest(hints, other, "banget") == label


def test_signs_are_learned_beside_the_categories() -> None:
    hints = Hints(learn(taught(), GROUPS))
    thanks, hole = (hints.weigh([word], {}, {}).signs for word in ("kasih", "lubang"))
    assert list(thanks) == [IS_NO_COMPLAINT], "the others were never shown"
    assert thanks[IS_NO_COMPLAINT] > 0 > hole[IS_NO_COMPLAINT]


def test_a_word_that_was_never_shown_hints_at_what_its_meaning_does() -> None:
    assert likeliest(Hints(learn(taught(), GROUPS)), "selokan") == "saluran-air"


def test_what_the_terms_say_is_learned_too() -> None:
    told = [a_lesson("banjir", "tolong", f"kata{n}", banjir=9.0) for n in range(20)]
    found = Hints(learn([*taught(), *told], GROUPS)).weigh(["tolong"], {"banjir": 9.0}, {})
    assert max(found.categories, key=found.categories.__getitem__) == "banjir"


@pytest.mark.parametrize("word", ["rt05", "08123", "x"])
def test_numbers_and_letters_are_never_learned(word: str) -> None:
    shown = [*taught(), *[a_lesson("jalan", word)] * 10]
    assert f'"{word}"' not in written({"note": "", **learn(shown, GROUPS)})


def test_a_word_of_one_text_is_not_learned() -> None:
    lesson = a_lesson("jalan", "tetanggaku")
    seldom = written({"note": "", **learn([*taught(), *[lesson] * (LEAST_TEXTS - 1)], GROUPS)})
    often = written({"note": "", **learn([*taught(), *[lesson] * LEAST_TEXTS], GROUPS)})
    assert ("tetanggaku" in seldom, "tetanggaku" in often) == (False, True)


def test_what_is_written_is_what_was_learned() -> None:
    learnt = learn(taught(), GROUPS)
    assert json.loads(written({"note": "n", **learnt})) == {"note": "n", **learnt}


def test_it_is_judged_by_writers_who_were_left_out() -> None:
    alone = [a_lesson("sampah", "jeglongan", "lubang", writer="d") for _ in range(6)]
    found = cross_figures([*taught(), *alone], {})
    assert found["texts"] == 3 * 3 * 5 + 6
    assert found["top_1"] < 1.0, "nobody else has said so"
    assert cross_figures(taught(), {})["top_1"] == 1.0


def test_two_categories_teach_nothing() -> None:
    with pytest.raises(CannotTrain, match="at least 3 categories"):
        learn([each for each in taught() if each.label in ("jalan", "sampah", None)], GROUPS)


def a_text(number: int, text: str, group: str | None) -> dict[str, Any]:
    none = {"about_official": False, "emergency": False, "outside": None}
    expect = {**none, "group": group, "complaint": group is not None}
    return {"id": f"a{number:04}", "text": text, "expect": expect}


def test_labelled_texts_are_read_by_the_terms(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    rows = [
        a_text(1, "Lampu PJU mati", "jaringan-listrik"),
        a_text(2, "Izin promo jasa pijat", None),
    ]
    file.write_text("\n".join(map(json.dumps, rows)) + "\n", "utf-8")
    lamp, offer = lessons_of([file], load_reader(), load_categories().at(DAY))
    assert (lamp.writer, lamp.label, lamp.signs) == ("a", "jaringan-listrik", frozenset())
    assert "jaringan-listrik" in lamp.scores
    assert (offer.label, offer.signs) == (None, frozenset([IS_NO_COMPLAINT]))
    assert offer.sums["advert"] > 0


def test_the_command_learns_a_file_of_hints_anew(tmp_path: Path) -> None:
    hints, texts = tmp_path / "hints.json", tmp_path / "texts.jsonl"
    hints.write_text(json.dumps({"note": "n", "groups": GROUPS}), "utf-8")
    said = {"aspal": "jalan", "selokan": "saluran-air", "tumpukan": "sampah"}
    rows = [
        {**a_text(n, f"{word} parah", group), "id": f"{writer}{n}"}
        for writer in "abc"
        for n, (word, group) in enumerate(said.items())
    ]
    texts.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    done = CliRunner().invoke(app, ["classifier", "learn", str(hints), str(texts)])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["top_1"] == 1.0
    learnt = json.loads(hints.read_text("utf-8"))
    assert (learnt["note"], learnt["groups"]) == ("n", GROUPS)
    assert likeliest(Hints(learnt), "aspal") == "jalan"
