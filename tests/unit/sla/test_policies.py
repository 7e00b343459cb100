"""Which limit holds."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.sla.clocks import Policy
from services.sla.policies import DEFAULT_POLICIES, PolicyTable, load_policies
from shared.events.routing import (
    CaseReopened,
    CaseRouted,
    CitizenQuestioned,
    FollowUpSubmitted,
    PlanSubmitted,
)
from shared.events.vocabulary import Clock, UnitKind
from shared.unit_table import load_units
from tests.builders import at
from tests.unit.sla.story import Story, policy_table, routed

DAY = timedelta(days=1)


def follow_up(name: str, version: int = 1, **fields: object) -> Policy:
    return Policy(name, version, Clock.FOLLOW_UP, 9 * DAY, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("extra", "chosen"),
    [
        ([], "follow-up"),
        ([follow_up("jalan", category="jalan")], "jalan"),
        ([follow_up("pohon", category="pohon")], "follow-up"),
        ([follow_up("dinas", unit_kind=UnitKind.DINAS)], "dinas"),
        (
            [follow_up("dinas", unit_kind=UnitKind.DINAS), follow_up("jalan", category="jalan")],
            "jalan",
        ),
        ([follow_up("new", 2, valid_from=at(days=-1))], "new"),
        ([follow_up("future", 2, valid_from=at(days=1))], "follow-up"),
        (
            [follow_up("new", 2, valid_from=at(days=-1)), follow_up("old", valid_from=at(days=-9))],
            "new",
        ),
    ],
)
def test_the_most_specific_policy_that_is_valid_holds(extra: list[Policy], chosen: str) -> None:
    found = policy_table(*extra).find(Clock.FOLLOW_UP, UnitKind.DINAS, "jalan", at())
    assert found.policy_id == chosen


def test_a_table_with_a_clock_that_has_no_limit_is_refused() -> None:
    rows = [policy for policy in DEFAULT_POLICIES if policy.clock is not Clock.VALIDATION]
    with pytest.raises(ValueError, match="validation"):
        PolicyTable(rows, {})


def test_whoever_a_policy_names_to_be_told_is_a_unit_of_routings_tree() -> None:
    told = {policy.escalate_to for policy in DEFAULT_POLICIES if policy.escalate_to}
    assert told == {"biro-pemerintahan"}
    units = load_units()
    assert [name for name in told if units.find(name) is None] == []


def test_a_clock_keeps_the_version_it_was_set_by() -> None:
    story = Story(follow_up("follow-up", 2, valid_from=at(days=1)))
    story.received()
    story.happens(CaseRouted, at(days=2))
    assert story.clock(Clock.FOLLOW_UP).policy_version == 1


FINER: dict[str, Any] = {
    "unit_kind": UnitKind.KELURAHAN,
    "category": "sampah",
    "valid_from": at(days=-1),
}
CITIZENS: dict[str, Any] = {"category": "sampah", "valid_from": at(days=-1)}


@pytest.mark.parametrize(
    ("clock", "act", "conditions"),
    [
        (Clock.FIRST_ACTION, CaseRouted, FINER),
        (Clock.PLAN_CHECK, PlanSubmitted, FINER),
        (Clock.VALIDATION, FollowUpSubmitted, FINER),
        (Clock.ANSWER, CitizenQuestioned, FINER),
        (Clock.FOLLOW_UP, CaseReopened, CITIZENS),
        (Clock.EVALUATION, CaseReopened, CITIZENS),
    ],
)
def test_each_clock_is_set_by_the_policy_of_its_unit_category_and_time(
    clock: Clock, act: type[Any], conditions: dict[str, Any]
) -> None:
    story = routed(Policy("finer", 1, clock, 9 * DAY, **conditions))
    story.happens(act, at(hours=2))
    assert story.clock(clock).policy_id == "finer"
    assert story.clock(clock).due_at == at(hours=2) + 9 * DAY


@pytest.mark.parametrize("clock", [Clock.FOLLOW_UP, Clock.EVALUATION])
def test_the_citizens_own_category_decides_from_receipt_on(clock: Clock) -> None:
    story = Story(Policy("finer", 1, clock, 9 * DAY, **CITIZENS))
    story.received(category="sampah")
    assert story.clock(clock).policy_id == "finer"
    assert story.known.category == "sampah"


def test_a_table_can_be_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "policies.json"
    file.write_text(
        '[{"policy_id": "x", "version": 3, "clock": "validation", "limit": "P2D",'
        ' "warn_after": ["PT36H"], "calendar": "working"}]'
    )
    assert load_policies(file) == (
        Policy("x", 3, Clock.VALIDATION, 2 * DAY, (1.5 * DAY,), "working"),
    )
    assert load_policies(None) is DEFAULT_POLICIES


def test_working_time_moves_the_limit_over_the_weekend_and_a_pause_by_what_counts() -> None:
    story = Story(follow_up("follow-up", 2, calendar="working", valid_from=at(days=-1)))
    story.received()
    # From a Sunday morning: nine working days end with Thursday of the week after next.
    assert story.clock(Clock.FOLLOW_UP).due_at == at(days=11, hours=15)
