"""Proof of completion: pictures that a follow-up names, what was found in them, and the lot."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.routing.case.commands import NamedFlag, SubmitFollowUp, ValidateFollowUp
from services.routing.case.transitions import act
from services.routing.domain import Case, CaseMedia, Context, MediaState
from services.routing.site_checks import NO_SITE_CHECKS, SiteChecks, load_share
from shared.clock import JAKARTA
from shared.errors import Conflict, DomainError, Malformed, NotReady
from shared.events.routing import CaseCompleted, FollowUpSubmitted
from shared.events.vocabulary import CaseState, MediaFlag, MediaKind, MediaOrigin
from tests.builders import T0, a_complaint_id
from tests.unit.routing.cases import BIRO_OFFICER, CATEGORIES, a_case, a_context, open_to

BEFORE, AFTER = UUID(int=71), UUID(int=72)
WORKING = a_case(CaseState.IN_PROGRESS)
FILED = a_case(CaseState.AWAITING_VALIDATION, evidence=(BEFORE, AFTER), follow_up_ref=UUID(int=9))
PHOTO_NEEDED = {
    "categories": {
        **CATEGORIES.categories,
        "sampah": replace(CATEGORIES.categories["sampah"], photo_required=True),
    }
}


def evidence(ref: UUID = AFTER, **fields: Any) -> CaseMedia:
    shown = CaseMedia(
        ref, WORKING.complaint_id, MediaOrigin.EVIDENCE, 1, None, MediaState.CLEARED, T0,
        MediaKind.PICTURE,
    )  # fmt: skip
    return replace(shown, **fields)


def knowing(*files: CaseMedia, **fields: Any) -> Context:
    return a_context(media={file.ref: file for file in files}, **fields)


def judging(*files: CaseMedia, **fields: Any) -> Context:
    return knowing(*files, actor=BIRO_OFFICER, **fields)


def filed(*refs: UUID) -> SubmitFollowUp:
    return SubmitFollowUp(text="Sudah diangkut", media=refs)


def refusal(case: Case, command: Any, context: Context) -> DomainError:
    with pytest.raises(DomainError) as refused:
        act(case, command, context)
    return refused.value


# --- filing -------------------------------------------------------------------------------


def test_pictures_count_among_the_evidence_each_once_and_stay_with_the_case() -> None:
    context = knowing(evidence(BEFORE), evidence(AFTER))
    decision = act(WORKING, filed(AFTER, BEFORE, AFTER), context)
    [event] = decision.events
    assert isinstance(event, FollowUpSubmitted)
    assert (event.media_refs, event.evidence_count) == ((AFTER, BEFORE), 2)
    assert decision.state.evidence == (AFTER, BEFORE)


@pytest.mark.parametrize(
    "file",
    [
        evidence(complaint_id=a_complaint_id(2)),
        evidence(origin=MediaOrigin.REPORTER),
        evidence(state=MediaState.REFUSED),
        evidence(state=MediaState.REMOVED),
        evidence(state=MediaState.LOCKED, kind=MediaKind.DOCUMENT),
    ],
    ids=["another case's", "the reporter's", "refused", "removed", "a document"],
)
def test_what_proves_nothing_of_this_case_cannot_be_named(file: CaseMedia) -> None:
    refused = refusal(WORKING, filed(AFTER), knowing(file))
    assert isinstance(refused, Malformed)
    assert refused.field == "media"


@pytest.mark.parametrize("known", [[], [evidence(state=MediaState.RECEIVED)]])
def test_a_picture_that_is_still_being_checked_is_named_again_in_a_moment(
    known: list[CaseMedia],
) -> None:
    refused = refusal(WORKING, filed(AFTER), knowing(*known))
    assert isinstance(refused, NotReady)
    assert refused.reason is not None
    assert refused.reason.code == "evidence_not_ready"
    assert refused.headers["retry-after"] == "1"


def test_where_a_category_asks_for_a_picture_no_follow_up_comes_without_one() -> None:
    refused = refusal(WORKING, filed(), knowing(**PHOTO_NEEDED))
    assert isinstance(refused, Malformed)
    assert (refused.field, refused.reason and refused.reason.code) == ("media", "photo_needed")
    assert act(WORKING, filed(AFTER), knowing(evidence(), **PHOTO_NEEDED)).events
    assert act(WORKING, filed(), knowing()).events, "others ask for none"


def test_a_case_that_came_before_the_rule_needs_no_picture() -> None:
    """A unit that has begun the work without one cannot take it any more."""
    begins = T0 + timedelta(seconds=1)
    rule = replace(CATEGORIES.categories["sampah"], photo_required=True, photo_from=begins)
    context = knowing(categories={**CATEGORIES.categories, "sampah": rule})
    assert act(replace(WORKING, received_at=T0), filed(), context).events
    refused = refusal(replace(WORKING, received_at=begins), filed(), context)
    assert refused.reason
    assert refused.reason.code == "photo_needed"


def test_the_table_that_is_shipped_asks_for_a_picture_where_the_work_is_a_thing_to_be_seen() -> (
    None
):
    """And of no case that is older than the officers' form for pictures."""
    asked = {slug: each for slug, each in CATEGORIES.categories.items() if each.photo_required}
    assert set(asked) == {"jpo-halte", "galian", "reklame"}
    first = datetime(2026, 11, 27, tzinfo=JAKARTA)
    for each in asked.values():
        assert each.needs_photo(first)
        assert not each.needs_photo(first - timedelta(microseconds=1))


# --- judging ------------------------------------------------------------------------------

FAR, REUSED = (AFTER, MediaFlag.FAR), (BEFORE, MediaFlag.REUSED)
FOUND = (
    evidence(BEFORE, flags=(MediaFlag.REUSED,)),
    evidence(AFTER, flags=(MediaFlag.FAR,)),
)


def accepting(*named: tuple[UUID, MediaFlag]) -> ValidateFollowUp:
    return ValidateFollowUp(
        accepted_flags=tuple(NamedFlag(media_ref=ref, flag=flag) for ref, flag in named)
    )


@pytest.mark.parametrize(
    ("named", "missing"),
    [([], [FAR, REUSED]), ([FAR], [REUSED]), ([(AFTER, MediaFlag.REUSED), FAR], [REUSED])],
)
def test_work_on_flagged_pictures_is_accepted_only_by_naming_each_flag(
    named: list[tuple[UUID, MediaFlag]], missing: list[tuple[UUID, MediaFlag]]
) -> None:
    refused = refusal(FILED, accepting(*named), judging(*FOUND))
    assert isinstance(refused, Conflict)
    assert (refused.field, refused.reason and refused.reason.code) == (
        "accepted_flags",
        "flags_not_named",
    )
    listed = {each for each in (FAR, REUSED) if f"{each[1]} of {each[0]}" in refused.detail}
    assert listed == set(missing)


def test_the_flags_that_were_accepted_are_said_with_the_completion() -> None:
    [event] = act(FILED, accepting(FAR, REUSED), judging(*FOUND)).events
    assert isinstance(event, CaseCompleted)
    assert [(each.media_ref, each.flag) for each in event.accepted_flags] == [REUSED, FAR]


def test_pictures_without_flags_are_accepted_without_a_word() -> None:
    [event] = act(FILED, ValidateFollowUp(), judging(evidence(BEFORE), evidence(AFTER))).events
    assert isinstance(event, CaseCompleted)
    assert event.accepted_flags == ()


# --- the lot ------------------------------------------------------------------------------


def test_of_a_case_that_was_drawn_the_work_is_looked_at_on_site_before_it_is_accepted() -> None:
    refused = refusal(FILED, ValidateFollowUp(), judging(drawn=True))
    assert refused.reason is not None
    assert refused.reason.code == "drawn_for_site_check"
    assert "validation" not in open_to(BIRO_OFFICER, FILED, drawn=True)
    assert {"verification", "follow-up/refuse"} <= set(open_to(BIRO_OFFICER, FILED, drawn=True))
    on_site = replace(FILED, state=CaseState.VERIFYING)
    assert act(on_site, ValidateFollowUp(), judging(drawn=True)).events


CASES = [a_complaint_id(number) for number in range(4000)]


def test_about_the_share_is_drawn_and_the_same_cases_each_time() -> None:
    checks = SiteChecks(0.02, b"a key")
    drawn = [case for case in CASES if checks.drawn(case)]
    assert 40 <= len(drawn) <= 120
    assert drawn == [case for case in CASES if SiteChecks(0.02, b"a key").drawn(case)]


def test_who_has_not_the_key_cannot_foretell_which() -> None:
    one, another = SiteChecks(0.5, b"a key"), SiteChecks(0.5, b"another key")
    alike = sum(one.drawn(case) == another.drawn(case) for case in CASES)
    assert 0.45 < alike / len(CASES) < 0.55


def test_a_share_of_nothing_draws_none_and_of_all_draws_all() -> None:
    assert not any(NO_SITE_CHECKS.drawn(case) for case in CASES)
    assert all(SiteChecks(1.0, b"a key").drawn(case) for case in CASES)


def test_the_policy_draws_two_of_a_hundred() -> None:
    assert load_share() == 0.02
