"""One trace id goes through all that an act brings about; ids alone make it."""

from uuid import UUID

import pytest

from shared.trace_context import Act, acting, begun, continued, current_act, trace_id

ACT = UUID("0192f000-0000-7000-8000-00000000000a")
EVENT = UUID("0192f000-0001-7000-8000-00000000000b")
NEXT = UUID("0192f000-0002-7000-8000-00000000000c")


def test_what_follows_keeps_the_trace_and_names_itself_as_the_span() -> None:
    with acting(Act(ACT)):
        first = begun(EVENT)
    assert first == "00-0192f0000000700080000000" + "0000000a-800000000000000b-00"
    assert continued(first, NEXT) == "00-0192f0000000700080000000" + "0000000a-800000000000000c-00"


def test_without_an_act_the_cause_is_the_trace() -> None:
    assert current_act() is None
    assert trace_id(begun(EVENT)) == EVENT.hex


@pytest.mark.parametrize(
    "none",
    [None, "", "0811", "00-" + "0" * 32 + "-800000000000000b-00", "00-" + "A" * 32 + "-b-00"],
)
def test_what_is_no_trace_is_begun_anew(none: str | None) -> None:
    assert trace_id(none) is None
    assert trace_id(continued(none, EVENT)) == EVENT.hex


def test_an_act_ends_with_its_block() -> None:
    with acting(Act(ACT)):
        with acting(Act(EVENT)):
            assert trace_id(begun(NEXT)) == EVENT.hex
        assert trace_id(begun(NEXT)) == ACT.hex
    assert current_act() is None
