"""`crm bench` prints what was measured, and beside it whether that is enough."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from deploy.rehearsal.bench.limits import flat, limits_of
from deploy.rehearsal.bench.run import as_table, said_of

FIGURES: dict[str, Any] = {
    "cores": 2,
    "broker": "embedded",
    "picture_reports_per_s": 24.9,
    "picture_receipt_ratio": 1.0,
    "rss_mb": {"postgres": 356.5, "intake": 150.0},
}


@pytest.mark.parametrize(
    ("figure", "value", "said"),
    [
        ("picture_reports_per_s", 25.0, "ok"),
        ("picture_reports_per_s", 24.9, "OVER: picture_reports_per_s 24.9 < 25"),
        ("pictures_cleared_per_core_s", 15.0, "ok"),
        ("pictures_cleared_per_core_s", 14.9, "OVER: pictures_cleared_per_core_s 14.9 < 15"),
        ("pictures_cleared_beside_per_s", 1.0, "ok"),
        ("pictures_cleared_beside_per_s", 0.9, "OVER: pictures_cleared_beside_per_s 0.9 < 1"),
        ("picture_receipt_ratio", 1.0, "ok"),
        ("picture_receipt_ratio", 2.0, "OVER: picture_receipt_ratio 2 > 1.25"),
        ("rss_mb.intake", 150.0, "ok"),
        ("picture_rss_mb.media", 150.1, "OVER: picture_rss_mb.media 150.1 > 150"),
        ("place_us", 20.0, "ok"),
        ("place_us", 20.1, "OVER: place_us 20.1 > 20"),
        # The child and PostgreSQL, which is many processes, have bounds of their own.
        ("picture_rss_mb.child", 400.0, ""),
        ("rss_mb.postgres", 400.0, ""),
        ("noop_per_s", 1.0, ""),
    ],
)
def test_a_figure_that_has_a_limit_is_said_to_keep_it(figure: str, value: float, said: str) -> None:
    assert said_of(figure, value) == said


def test_a_figure_within_others_has_its_full_name() -> None:
    assert dict(flat(FIGURES))["rss_mb.intake"] == 150.0
    assert limits_of("rss_mb.intake").at_most == {"rss_mb.intake": 150}


def test_a_part_that_was_not_measured_has_no_row() -> None:
    console = Console(width=120, record=True, file=StringIO())
    console.print(as_table(FIGURES))
    text = console.export_text()

    assert "reports with a photograph, accepted/s" in text
    assert "OVER: picture_reports_per_s 24.9 < 25" in text
    assert "memory of postgres, MB" in text
    assert "no-op door" not in text
