"""The figures of ``crm classifier report``."""

from typing import Any

from services.routing.reading.reader import load_reader
from services.routing.reading.report import report

READER = load_reader()


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
    figures = report(rows, READER).figures()
    assert figures["texts"] == 4
    assert figures["top_1"] == 0.5
    assert sorted(figures["confused"]) == [["jalan", "saluran-air", 1], ["sampah", "-", 1]]
    assert figures["signs"]["about_official"] == {"of": 1, "precision": 1.0, "recall": 1.0}
    assert figures["signs"]["outside"]["recall"] == 1.0
    assert figures["signs"]["no_complaint"] == {"of": 1, "precision": 1.0, "recall": 1.0}


def test_of_no_texts_nothing_is_claimed() -> None:
    figures = report([], READER).figures()
    assert (figures["texts"], figures["top_1"], figures["sure_and_right"]) == (0, None, None)
