"""What `crm` prints, where what it prints comes from elsewhere."""

from __future__ import annotations

import io

from rich.console import Console

from deploy.rehearsal.demo import ChannelResult, CompletedCase, Demonstration
from deploy.screens import demonstration_table, parked_table, rows_table


def _shown(what: object) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_square_brackets_in_a_cause_are_shown_as_they_are() -> None:
    event = {
        "id": 7,
        "event_type": "id.go.jakarta.crm.CaseRouted.v1",
        "complaint_id": None,
        "cause": "bad_body",
        "detail": "field clocks[0] [/] is missing",
        "parked_at": "2026-03-02T02:00:00Z",
        "behind": 3,
        "edited_at": None,
        "discard": None,
    }
    assert "field clocks[0] [/] is missing" in _shown(parked_table("routing", [event]))


def test_rows_are_shown_by_table_key_and_cause() -> None:
    row = {
        "id": 7,
        "table": "cases",
        "row_id": "0192f000-0000-7000-8000-000000000001",
        "complaint_id": "0192f000-0000-7000-8000-000000000001",
        "cause": "ValidationError at [/] store.py:60",
        "times": 3,
        "since": "2026-03-02T02:00:00Z",
    }
    shown = _shown(rows_table("sla", [row]))
    assert all(str(row[name]) in shown for name in ("table", "row_id", "cause", "times"))
    assert "sla: nothing is set aside" in _shown(rows_table("sla", []))


def test_a_channel_that_did_not_make_it_is_marked_when_all_is_over() -> None:
    seen = Demonstration([ChannelResult("sms", accepted=True)], CompletedCase())
    assert "✗" not in _shown(demonstration_table(seen))
    assert "✗" in _shown(demonstration_table(seen, over=True))


def test_the_table_of_the_demonstration_stands_whole_in_eighty_columns() -> None:
    line = ChannelResult(
        "inspektorat", True, "JK2611260013", "Suku Dinas Pertamanan dan Hutan Kota Jakarta Pusat",
        "in_progress", "2026-12-03T02:00:00Z", True, True, 1,
    )  # fmt: skip
    console = Console(file=io.StringIO(), width=80)
    console.print(demonstration_table(Demonstration([line], CompletedCase())))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for whole in ("inspektorat", "JK2611260013", "in_progress", "03 Dec"):
        assert whole in shown
    assert "✓ ✓ ✓ ✓" in shown
    assert all(len(row) <= 80 for row in shown.splitlines())
