"""What stands in an exported list, in both formats."""

import csv
import tracemalloc
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO, StringIO
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.domain import Case
from services.routing.export.formats import Format, list_file
from services.routing.export.sheet import COLUMNS, Cell, Names, harmless, line
from services.routing.placing.categories import load_categories
from shared.events.vocabulary import CaseState, Channel, Clock
from shared.unit_table import load_units
from tests.builders import a_complaint_id

NAMES = Names(
    load_units(), load_categories().at(datetime(2026, 11, 26, tzinfo=UTC).date()).categories
)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def a_case(**fields: Any) -> Case:
    told = {
        "report_number": "JK2611260015", "state": CaseState.RECEIVED,
        "category": "jaringan-listrik", "unit_id": "31.74.01.1001", "area_name": "Tebet Timur",
        "kelurahan_code": "31.74.01.1001", "channel": Channel.JAKI, "confidential": True,
        "received_at": datetime(2026, 11, 25, 18, 5, 7, tzinfo=UTC),
        "limits": {Clock.FOLLOW_UP: datetime(2026, 11, 30, 17, 0, tzinfo=UTC)}, **fields,
    }  # fmt: skip
    return Case(complaint_id=a_complaint_id(), version=1, content_refs=(), **told)


def written(kind: Format, lines: Sequence[Sequence[Cell]]) -> bytes:
    sink = BytesIO()
    with TemporaryDirectory() as folder:
        made = list_file(kind, sink, folder)
        made.add(lines)
        made.close()
    return sink.getvalue()


def read_csv(body: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(body.decode("utf-8-sig"), newline="")))


def cells_of(body: bytes) -> list[list[ET.Element]]:
    with ZipFile(BytesIO(body)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 (our own file)
    return [list(row) for row in sheet.iter(f"{SHEET}row")]


def test_a_case_stands_there_in_words_and_by_the_clock_of_jakarta() -> None:
    [headers, found] = read_csv(written(Format.CSV, [line(a_case(), NAMES)]))
    assert dict(zip(headers, found, strict=True)) == {
        "Nomor laporan": "JK2611260015", "Status": "Menunggu", "Kategori": "Jaringan Listrik",
        "Unit": "Kelurahan Tebet Timur", "Wilayah": "Tebet Timur",
        "Kode kelurahan": "31.74.01.1001", "Kanal": "JAKI",
        "Diterima (WIB)": "2026-11-26 01:05", "Tenggat (WIB)": "2026-12-01 00:00",
        "Tenggat semula (WIB)": "", "Sudah diambil": "Tidak", "Rahasia": "Ya",
        "Terbatas": "Tidak",
    }  # fmt: skip


def test_a_spreadsheet_gets_dates_as_dates_and_all_else_as_text() -> None:
    body = written(Format.XLSX, [line(a_case(area_name="=1+1"), NAMES)])
    [_, cells] = cells_of(body)
    kinds = {cell.get("r"): cell.get("t") for cell in cells}
    # Days since 30 December 1899, by Jakarta's clock.
    received = next(cell for cell in cells if cell.get("r") == "H2")
    assert float(received.findtext(f"{SHEET}v") or 0) == pytest.approx(46352.0452, abs=1e-3)
    assert kinds["H2"] is None
    assert kinds["E2"] == "inlineStr"
    assert b"<f>" not in ZipFile(BytesIO(body)).read("xl/worksheets/sheet1.xml")


def test_every_state_and_channel_has_a_word() -> None:
    for state in CaseState:
        assert line(a_case(state=state), NAMES)
    for channel in Channel:
        assert line(a_case(channel=channel), NAMES)


def test_what_today_s_tables_do_not_know_stands_there_as_it_is_stored() -> None:
    cells = line(a_case(category="gone", unit_id="dinas-lama"), NAMES)
    assert cells[2:4] == ("gone", "dinas-lama")


@pytest.mark.parametrize(
    "text", ["=1+1", "+62", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "\ufeff=1"]
)
def test_what_a_spreadsheet_would_take_for_a_formula_is_made_a_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    [_, found] = read_csv(written(Format.CSV, [line(a_case(area_name=text), NAMES)]))
    assert found[4].startswith("'")


def test_a_plain_text_stays_as_it_is() -> None:
    for text in ("Tebet Timur", "Jl. A-B", "2 + 2", ""):
        assert harmless(text) == text


printable = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


@settings(deadline=None)
@given(st.lists(printable, min_size=1, max_size=3))
def test_whatever_stands_in_a_cell_a_line_stays_a_line(texts: list[str]) -> None:
    found = read_csv(written(Format.CSV, [line(a_case(area_name=text), NAMES) for text in texts]))
    assert len(found) == 1 + len(texts)
    assert {len(each) for each in found} == {len(COLUMNS)}
    assert [each[4].removeprefix("'") for each in found[1:]] == [
        text.removeprefix("'") for text in texts
    ]


@pytest.mark.parametrize("kind", Format)
def test_a_long_list_takes_no_more_memory_than_a_short_one(kind: Format) -> None:
    """Measured while lines are written, 500 at a time; held, 4,000 take 4 MB."""

    def batches(count: int) -> Iterator[list[tuple[Cell, ...]]]:
        for start in range(0, count, 500):
            yield [line(a_case(report_number=f"JK{start + n}"), NAMES) for n in range(500)]

    def peak(count: int) -> int:
        with TemporaryFile() as sink, TemporaryDirectory() as folder:
            tracemalloc.start()
            made = list_file(kind, sink, folder)
            for lines in batches(count):
                made.add(lines)
            made.close()
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return most

    assert peak(4_000) < peak(1_000) + 300_000
