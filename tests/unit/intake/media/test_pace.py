"""A picture that gives way is followed by a rest where others want the processor."""

import pytest

from services.intake.media.clearing.clearing import ChildUse
from services.intake.media.pace import Pace, rest_after


@pytest.mark.parametrize(
    ("seconds", "rest"),
    [(0.05, 0.0), (0.067, 0.0), (0.068, 0.5), (0.16, 0.5)],
    ids=["alone", "with what follows from pictures", "held up a little", "held up"],
)
def test_it_rests_after_a_child_that_others_have_held_up(seconds: float, rest: float) -> None:
    assert rest_after(ChildUse(cpu_seconds=0.05, peak_bytes=0, seconds=seconds)) == rest


async def test_one_rest_follows_a_picture_of_which_any_child_was_held_up() -> None:
    rests: list[float] = []

    async def sleep(seconds: float) -> None:
        rests.append(seconds)

    pace = Pace(sleep)
    for seconds in (0.2, 0.05):
        pace.observe(ChildUse(0.05, 0, seconds))
    await pace.rest()
    await pace.rest()
    assert rests == [0.5]
