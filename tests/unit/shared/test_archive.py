"""Which months are archived, and who must have applied them."""

from datetime import UTC, datetime

import pytest

from deploy.archive import first_kept, participants
from deploy.contracts import emits, hears
from deploy.services import WITH_DATABASE


@pytest.mark.parametrize(
    ("now", "months", "first"),
    [
        ("2026-11-27", 13, "2025-10"),
        ("2026-01-31", 13, "2024-12"),
        ("2026-01-01", 12, "2025-01"),
        ("2026-12-31", 24, "2024-12"),
    ],
)
def test_so_many_whole_months_stay_beside_the_one_that_runs(
    now: str, months: int, first: str
) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert f"{first_kept(at, months):%Y-%m}" == first


def test_all_services_with_tables_of_the_bus_take_part_with_all_that_they_hear_and_state() -> None:
    found = participants(dict.fromkeys(WITH_DATABASE, "postgresql://nowhere"))
    assert found.keys() == set(WITH_DATABASE)
    for name, each in found.items():
        heard = {type_name.rpartition(".")[2] for type_name in each.hears}
        assert heard == {event.__name__ for event in hears(name)}
        assert each.emits == bool(emits(name))
    assert "ComplaintReceived" in {t.rpartition(".")[2] for t in found["tracking"].hears}
