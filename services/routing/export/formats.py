"""How lines become a file. Blocking: callers run it in a thread.

Both kinds are written line by line and hold no line that is written, so that a file of a hundred
thousand lines takes no more memory than one of a hundred.
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from io import TextIOWrapper
from typing import IO, Protocol

from services.routing.export.sheet import COLUMNS, Cell, harmless


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


MEDIA = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ListFile(Protocol):
    def add(self, lines: Iterable[Sequence[Cell]]) -> None: ...

    def close(self) -> None:
        """Writes what is left. The file itself stays open."""


def list_file(kind: Format, sink: IO[bytes], folder: str) -> ListFile:
    """A file of that kind in ``sink``, with its headers. ``folder``: for parts of it; who gives it
    takes it away."""
    return CsvFile(sink) if kind is Format.CSV else XlsxFile(sink, folder)


class CsvFile:
    """RFC 4180 in UTF-8. The mark at its beginning tells spreadsheets so, or they would guess."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._text = TextIOWrapper(sink, encoding="utf-8-sig", newline="", write_through=True)
        self._writer = csv.writer(self._text)
        self._writer.writerow(column.header for column in COLUMNS)

    def add(self, lines: Iterable[Sequence[Cell]]) -> None:
        self._writer.writerows([_in_text(cell) for cell in cells] for cells in lines)

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


def _in_text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return harmless(cell) if cell else ""


class XlsxFile:
    """A text is written as a text, so it is never taken for a formula, a link or a number."""

    def __init__(self, sink: IO[bytes], folder: str) -> None:
        # Imported here: most processes write no such file, and all of them start.
        from xlsxwriter import Workbook  # type: ignore[import-untyped]

        self._book = Workbook(sink, {"constant_memory": True, "tmpdir": folder})
        self._sheet = self._book.add_worksheet("Laporan")
        self._date = self._book.add_format({"num_format": "dd-mm-yyyy hh:mm"})
        bold = self._book.add_format({"bold": True})
        for at, column in enumerate(COLUMNS):
            self._sheet.set_column(at, at, column.width)
            self._sheet.write_string(0, at, column.header, bold)
        self._sheet.freeze_panes(1, 1)
        self._next = 1

    def add(self, lines: Iterable[Sequence[Cell]]) -> None:
        for cells in lines:
            for at, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    self._sheet.write_datetime(self._next, at, cell, self._date)
                elif cell:
                    self._sheet.write_string(self._next, at, cell)
            self._next += 1

    def close(self) -> None:
        self._book.close()
