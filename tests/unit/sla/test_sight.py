"""What the rule of visibility is told of a case, from the events that sla hears."""

from typing import Any

import pytest

from shared.events.routing import (
    CaseCompleted,
    CaseCoordinated,
    CaseEvent,
    CaseReturned,
    CaseRouted,
    CitizenAnswered,
    CitizenQuestioned,
    ExtensionApproved,
    ExtensionRefused,
    ExtensionRequested,
    FollowUpRefused,
    FollowUpSubmitted,
    PlanApproved,
    PlanSubmitted,
    VerificationOrdered,
    WorkStarted,
)
from shared.events.vocabulary import CaseState
from shared.unit_table import load_units
from shared.visibility import CaseFacts
from tests.builders import at
from tests.unit.sla.story import BIRO, DINAS, KELURAHAN, Story, routed

UNITS = load_units()
AT_WORK: dict[str, Any] = {"state": CaseState.IN_PROGRESS}


def facts(story: Story) -> CaseFacts:
    return story.known.facts(UNITS)


def test_who_passes_a_case_on_or_gives_it_back_watches_it() -> None:
    story = routed()
    assert facts(story) == CaseFacts(holder=KELURAHAN)
    story.happens(CaseCoordinated, at(hours=2), state=CaseState.COORDINATED)
    assert facts(story) == CaseFacts(holder=DINAS, watchers=(KELURAHAN,))
    story.happens(CaseReturned, at(hours=3))
    assert facts(story) == CaseFacts(holder=KELURAHAN, watchers=(DINAS,))


def test_a_case_is_its_judges_while_there_is_something_to_judge() -> None:
    story = routed()
    life: list[tuple[type[CaseEvent], dict[str, Any], bool]] = [
        (PlanSubmitted, {}, True),
        (PlanApproved, {}, False),
        (WorkStarted, {}, False),
        (ExtensionRequested, AT_WORK, True),
        (CitizenQuestioned, {}, True),
        (CitizenAnswered, {}, True),
        (ExtensionRefused, AT_WORK, False),
        (ExtensionRequested, AT_WORK, True),
        (ExtensionApproved, AT_WORK, False),
        (FollowUpSubmitted, {}, True),
        (VerificationOrdered, {}, True),
        (FollowUpRefused, {}, False),
        (FollowUpSubmitted, {}, True),
        (CaseCompleted, {}, True),
    ]
    for hour, (kind, fields, judged) in enumerate(life, 2):
        story.happens(kind, at(hours=hour), **fields)
        assert facts(story).reviewer == (BIRO if judged else None), kind.__name__
    assert facts(story).holder == KELURAHAN


def test_an_open_evaluation_is_something_to_judge() -> None:
    story = routed()
    story.tick(at(days=31))
    assert facts(story).reviewer == BIRO


@pytest.mark.parametrize(("about", "judge"), [(BIRO, "inspektorat"), ("inspektorat", BIRO)])
def test_the_judge_is_not_the_unit_complained_of(about: str, judge: str) -> None:
    story = Story()
    story.received_in_silence(about_unit=about, restricted=True)
    story.happens(CaseRouted, at(hours=1), unit_id=DINAS)
    story.happens(FollowUpSubmitted, at(hours=2), unit_id=DINAS)
    assert facts(story) == CaseFacts(DINAS, judge, (), about, restricted=True)


def test_as_long_as_the_complaint_was_not_heard_its_case_counts_as_restricted() -> None:
    story = Story()
    story.happens(CaseRouted, at(hours=1))
    story.happens(PlanSubmitted, at(hours=2))
    assert facts(story) == CaseFacts(KELURAHAN, restricted=True)
    story.received()
    assert facts(story) == CaseFacts(KELURAHAN, reviewer=BIRO)
