"""The figures of ``crm classifier report``."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from deploy.cli import app
from services.routing.reading.lines import decider
from services.routing.reading.reader import load_reader
from services.routing.reading.report import report

READER = load_reader()
DECIDE = decider(date(2026, 11, 27), None)


def labelled(text: str, group: str | None, **expect: Any) -> dict[str, Any]:
    plain = {"sub": None, "about_official": False, "emergency": False, "outside": None}
    return {"text": text, "expect": {"group": group, **plain, "complaint": True, **expect}}


def test_categories_signs_and_confusions_are_counted() -> None:
    rows = [
        labelled("lampu PJU mati", "jaringan-listrik", sub="penerangan-jalan-umum"),
        labelled("got mampet bau", "jalan"),
        labelled("Mohon dibantu", "sampah"),
        labelled("listrik padam, token habis", "jaringan-listrik", outside="pln"),
        labelled("Petugas kelurahan minta uang", "penyakit-masyarakat", about_official=True),
        labelled("Pagi semua", None, complaint=False),
    ]
    figures = report(rows, READER, DECIDE).figures()
    assert figures["texts"] == 4
    assert figures["top_1"] == 0.5
    assert sorted(figures["confused"]) == [["jalan", "saluran-air", 1], ["sampah", "-", 1]]
    assert figures["signs"]["about_official"] == {"of": 1, "precision": 1.0, "recall": 1.0}
    assert figures["signs"]["outside"]["recall"] == 1.0
    assert figures["signs"]["no_complaint"] == {"of": 1, "precision": 1.0, "recall": 1.0}


def test_of_no_texts_nothing_is_claimed() -> None:
    figures = report([], READER, DECIDE).figures()
    assert (figures["texts"], figures["top_1"], figures["sure_and_right"]) == (0, None, None)
    assert (figures["routed"], figures["routed_and_right"]) == (None, None)


def test_what_is_routed_without_a_person_is_counted_and_why_the_rest_is_not() -> None:
    rows = [
        labelled("Lampu PJU mati di Tebet Timur", "jaringan-listrik"),
        labelled("Got mampet di Tebet Timur, bau", "jalan"),
        labelled("Lampu PJU mati", "jaringan-listrik"),
        labelled("Petugas kelurahan minta uang", "penyakit-masyarakat", about_official=True),
        labelled("Lampu PJU mati di Tebet Timur", "keluhan-pelayanan", about_official=True),
    ]
    figures = report(rows, READER, DECIDE).figures()
    assert (figures["routed"], figures["routed_and_right"]) == (0.8, 0.5)
    assert figures["to_people"] == {"no_place": 1}


SETS = Path(__file__).parents[3] / "texts"


def reported(file: Path) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["classifier", "report", str(file)])
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_places_and_traps_are_counted_by_the_same_command(tmp_path: Path) -> None:
    nowhere = {"kelurahan_code": None, "kecamatan_code": None, "region_code": None}
    tebet = {"kelurahan_code": None, "kecamatan_code": "31.74.01", "region_code": "31.74"}

    def row(id: str, text: str, expect: dict[str, Any], **more: Any) -> str:
        return json.dumps(
            {"id": id, "text": text, "expect": {"outside": False, **expect}, "trap": False, **more}
        )

    file = tmp_path / "places.jsonl"
    file.write_text(
        "\n".join(
            [
                row("a", "gelap di Kec. Tebet", tebet),
                row("b", "gelap", tebet, address="Tebet"),
                row("c", "gelap di Jaksel", tebet),
                row("d", "gelap sekali", tebet),
                row("e", "gelap di Kec. Gambir", tebet),
                row("f", "got mampet di Bekasi", nowhere | {"outside": True}),
                row("g", "hari Senen tidak diangkut", nowhere, trap=True),
                row("h", "gelap di Kel. Cawang", nowhere, trap=True),
            ]
        )
    )
    assert reported(file)["places"] == {
        "named": 6, "right": 3, "coarser": 1, "silent": 1, "wrong": 1, "wrong_certain": 1,
        "traps": 2, "traps_wrong": 1, "traps_wrong_certain": 1,
        "misread": ["c", "d", "e"], "trapped": ["h"], "right_share": 0.5,
    }  # fmt: skip


def test_on_the_set_that_is_worked_with_nine_places_of_ten_are_right_and_no_trap_is_sure() -> None:
    figures = reported(SETS / "places_work.jsonl")["places"]
    assert figures["named"] + figures["traps"] == 199
    assert figures["right_share"] >= 0.9
    assert figures["traps_wrong_certain"] == 0


def test_nothing_is_claimed_of_an_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "none.jsonl"
    file.write_text("")
    assert (reported(file)["texts"], "places" in reported(file)) == (0, False)


def test_a_report_of_nothing_says_what_to_name() -> None:
    asked = CliRunner().invoke(app, ["classifier", "report"])
    assert (asked.exit_code, "--number" in asked.output) == (2, True)
