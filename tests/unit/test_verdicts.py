"""A measurement says itself whether it is good enough; nothing that was refused passes for fast."""

from collections.abc import Mapping

import pytest

from deploy.rehearsal.bench.verdicts import WITHIN, Limits
from tests.scale.limits import limits_of

ANSWERS = Limits({"p95": 50, "refused": 0})


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        ({"p50": 80, "p95": 50, "refused": 0}, WITHIN),
        ({"p95": 50.1, "refused": 0}, "OVER: p95 50.1 > 50"),
        ({"p95": 3, "refused": 1}, "OVER: refused 1 > 0"),
        ({"refused": 100}, "OVER: p95 was not measured, refused 100 > 0"),
        ({}, "OVER: p95 was not measured, refused was not measured"),
    ],
)
def test_what_is_over_its_limit_is_named(figures: Mapping[str, float], verdict: str) -> None:
    assert ANSWERS.verdict(figures) == verdict


@pytest.mark.parametrize(
    ("asked", "figures", "within"),
    [
        ("inbox, new", {"p95": 49.9, "refused": 0}, True),
        ("search, triage", {"p95": 62.4, "refused": 0}, False),
        ("neighbours, kelurahan", {"p95": 52.4, "refused": 0}, False),
        ("lookalikes at a counter", {"p95": 12, "refused": 3}, False),
        ("export, 100,000 rows CSV", {"rows": 100_000, "grown_mb": 9.9, "refused": 0}, True),
        ("export, 100,000 rows CSV", {"rows": 99_999, "grown_mb": 9.9, "refused": 0}, False),
        ("export, 100,000 rows XLSX", {"rows": 100_000, "grown_mb": 10.1, "refused": 0}, False),
        ("export, 100,000 rows XLSX", {"refused": 1, "status": 503}, False),
        ("cases", {"cases": 999_999}, False),
        ("cases", {"cases": 1_000_000}, True),
    ],
)
def test_the_issues_limits_are_those_of_a_million_cases(
    asked: str, figures: Mapping[str, float], within: bool
) -> None:
    assert (limits_of(asked, cases=1_000_000).verdict(figures) == WITHIN) is within
