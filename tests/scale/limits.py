"""What the issue of the officers' application allows: 50 ms at p95, files of 100,000 rows in flat
memory, with 1,000,000 cases."""

from deploy.rehearsal.bench.verdicts import Limits

MILLISECONDS = 50.0
GROWN_MB = 10.0
"""A file of 100,000 rows is longer: whoever held it whole would need more."""
CASES = 1_000_000


def limits_of(asked: str, cases: int) -> Limits:
    """By what was asked, on a database that should have so many cases."""
    if asked == "cases":
        return Limits(at_least={"cases": cases})
    if asked.startswith("export"):
        return Limits({"grown_mb": GROWN_MB, "refused": 0}, {"rows": cases // 10})
    return Limits({"p95": MILLISECONDS, "refused": 0})
