"""The drill in a small form; ``python -m tests.drill`` is the whole."""

from pathlib import Path

import pytest

from deploy.keys.kinds import KINDS
from deploy.local.broker import apache_available
from tests.drill.__main__ import drilled
from tests.drill.course import Plan
from tests.drill.rolling import WrongGuide, order_of_the_guide

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(
        apache_available() is not None, reason=f"Apache Kafka: {apache_available()}"
    ),
]


@pytest.mark.timeout(1200)
async def test_what_was_acknowledged_outlives_the_disks_and_who_was_erased_does_not() -> None:
    """Nobody waits for old keys: that each is refused to be taken away too early is right."""
    plan = Plan(rate=5, quiet=2, at_once=8, rest=0, again=10, patience=400)
    outcome = await drilled(plan)
    assert outcome.flawless, "\n".join(outcome.details())
    assert set(outcome.rotated.kinds) == set(KINDS)
    assert set(outcome.rotated.refused) == set(KINDS) - set(outcome.rotated.retired)
    too_early = ("may be under way", "still writes by")
    assert all(any(each in why for each in too_early) for why in outcome.rotated.refused.values())


def test_a_guide_that_leaves_a_service_out_is_not_followed(tmp_path: Path) -> None:
    guide = tmp_path / "upgrade.md"
    guide.write_text("readers first, the consoles last: notify, tracking, console.\n")
    with pytest.raises(WrongGuide, match="notify, tracking, console"):
        order_of_the_guide(guide)
