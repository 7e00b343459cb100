"""Models are trained by the real scikit-learn, and answered without it."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from services.routing.model.applying import SHARES_WEIGHT, Model
from services.routing.model.document import LEAST_COMPLAINTS
from services.routing.model.examples import FOLDS, HELD_OUT, Example, labelled_example
from services.routing.model.labelled import examples_of
from services.routing.model.training import STRENGTH, CannotTrain, train
from services.routing.placing.categories import load_categories
from services.routing.reading.reader import load_reader
from tests import trainers
from tests.architecture.source import ROOT
from tests.unit.routing.model.models import an_example

DAY = date(2026, 11, 27)
MATTERS = {
    "jalan": ("lubang", "aspal"), "lampu": ("padam", "gelap"), "sampah": ("bau", "tumpuk"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _trainer() -> None:
    trainers.need()


def taught(times: int = 12, rules: str = "jalan") -> list[Example]:
    """Of each matter so many in every fold; the rules say the same of all of them."""
    return [
        an_example(category, words, fold, rules, corrected=category != rules)
        for fold in range(FOLDS)
        for category, words in MATTERS.items()
        for _ in range(times)
    ]


def test_a_model_learns_what_officers_decided_and_is_measured_on_what_it_did_not_see() -> None:
    document = train(taught(), rules_version=3)
    held = document.held_out
    assert (document.rules_version, document.learned.texts) == (3, 12 * 3 * 8)
    assert document.learned.corrected == 12 * 2 * 8
    assert (held.texts, held.rules, held.model) == (72, 24, 72)
    assert (held.answered, held.answered_right) == (72, 72)
    assert document.terms == sorted(word for words in MATTERS.values() for word in words)
    answer = Model(1, document).ask(an_example("sampah", ["tumpuk"]).features)
    assert (answer.category, answer.terms) == ("sampah", ("tumpuk",))


def test_a_word_of_few_complaints_is_in_no_model() -> None:
    told = [an_example("jalan", ["lubang", "tetanggaku"])] * (LEAST_COMPLAINTS - 1)
    assert "tetanggaku" not in train([*taught(), *told], 1).terms
    assert "tetanggaku" in train([*taught(), *told, told[0]], 1).terms


def test_what_is_held_out_teaches_nothing() -> None:
    secret = [an_example("lampu", ["rahasia"], fold) for fold in HELD_OUT for _ in range(9)]
    assert train(taught(), 1).weights == train([*taught(), *secret], 1).weights


def test_too_few_categories_train_no_model() -> None:
    with pytest.raises(CannotTrain, match="at least 3 categories"):
        train([each for each in taught() if each.category != "sampah"], 1)


def test_our_own_reckoning_is_scikit_learns() -> None:
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    examples = examples_of(ROOT / "tests" / "texts" / "work.jsonl", DAY)[:220]
    document = train(examples, 1)
    shown = [each for each in examples if each.fold not in HELD_OUT]
    vectors = TfidfVectorizer(
        analyzer=lambda each: each.features.words, min_df=LEAST_COMPLAINTS, binary=True
    )

    def read(some: Sequence[Example], words: Any) -> Any:
        shares = [
            [SHARES_WEIGHT * each.features.shares.get(slug, 0.0) for slug in document.classes]
            for each in some
        ]
        return hstack([words, shares]).tocsr()

    theirs = LogisticRegression(C=STRENGTH, max_iter=1000)
    theirs.fit(read(shown, vectors.fit_transform(shown)), [each.category for each in shown])
    assert list(vectors.get_feature_names_out()) == document.terms
    asked = examples[:50]
    wanted = theirs.decision_function(read(asked, vectors.transform(asked)))
    ours = Model(1, document)
    assert list(theirs.classes_) == list(ours.classes)
    for each, scores in zip(asked, wanted, strict=True):
        assert ours.scores(each.features).tolist() == pytest.approx(scores.tolist(), abs=2e-3)


def test_the_command_trains_on_a_file_and_reports_beside_the_rules(tmp_path: Path) -> None:
    texts = {
        "jalan": "Jalan berlubang, aspal rusak", "sampah": "Sampah menumpuk bau busuk",
        "jaringan-listrik": "Lampu PJU padam dan gelap",
    }  # fmt: skip
    file, into = tmp_path / "texts.jsonl", tmp_path / "model.json"
    lines = [
        json.dumps({"id": number, "text": f"{text}, hubungi Budi 08123456{number:04}",
                    "category": category})
        for number in range(20)
        for category, text in texts.items()
    ]  # fmt: skip
    file.write_text("\n".join(lines))
    trained = CliRunner().invoke(app, ["classifier", "train", str(into), "--examples", str(file)])
    assert trained.exit_code == 0, trained.output
    told = json.loads(trained.stdout)
    assert told["learned"]["texts"] + told["held_out"]["texts"] == 60
    assert not {"budi", "hubung budi"} & set(json.loads(into.read_text())["terms"])
    args = ["classifier", "report", str(file), "--model", str(into)]
    reported = json.loads(CliRunner().invoke(app, args).stdout)
    assert (reported["texts"], reported["model"]) == (60, 60)
    assert reported["by_category"]["sampah"] == {"texts": 20, "rules": 20, "model": 20}


def test_a_line_that_is_no_example_is_told_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "Sampah", "category": "sampah"}\n{"text": "Rahasia", "category": 1}')
    args = ["classifier", "train", str(tmp_path / "m.json"), "--examples", str(file)]
    refused = CliRunner().invoke(app, args)
    assert (refused.exit_code, "texts.jsonl, line 2: category" in refused.stderr) == (1, True)
    assert "Rahasia" not in refused.output


def test_what_is_no_complaint_of_the_citys_is_no_example() -> None:
    plain = {"group": "jalan", "outside": None, "complaint": True}
    table = load_categories().at(DAY)
    for more in ({"outside": "pln"}, {"complaint": False}):
        said = {"text": "Jalan rusak", "expect": {**plain, **more}}
        assert labelled_example(said, load_reader(), table) is None
