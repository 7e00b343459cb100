"""Cases on a real PostgreSQL: delivered twice, replayed, raced for."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.routing.case.commands import (
    AskCitizen,
    AssignFromTriage,
    Command,
    CoordinateCase,
    MergeCase,
    RejectCase,
    SplitCase,
    StartWork,
    SubmitFollowUp,
    ValidateFollowUp,
)
from services.routing.domain import Case
from shared.errors import Conflict, Forbidden, NotFound, Reject, StaleVersion, Transient
from shared.events.event import Event
from shared.events.intake import (
    ComplaintReceived,
    ComplaintSupplemented,
    ComplaintWithdrawn,
    ReporterErased,
)
from shared.events.sla import QuestionExpired
from shared.events.vocabulary import CaseState, RejectionReason
from shared.trace_context import trace_id
from shared.visibility import SYSTEM
from tests.builders import T0, a_complaint, a_complaint_id, in_envelope
from tests.integration.routing.world import World
from tests.unit.routing.cases import BIRO_OFFICER, MANGGARAI, TRIAGE_OFFICER, an_officer

ONE, TWO, THREE = (a_complaint_id(number) for number in (1, 2, 3))
MANGGARAI_OFFICER = an_officer(MANGGARAI)
WORDS = "Tumpukan di depan pos ronda"


def in_manggarai(number: int = 1, **fields: Any) -> ComplaintReceived:
    return a_complaint(number=number, kelurahan_code=MANGGARAI, **fields)


def supplement(kind: Any) -> ComplaintSupplemented:
    return ComplaintSupplemented(complaint_id=ONE, at=T0, content_ref=UUID(int=21), kind=kind)


WITHDRAWAL = ComplaintWithdrawn(complaint_id=ONE, at=T0, source="citizen")
ERASURE = ReporterErased(complaint_id=ONE, at=T0, reporter_ref=UUID(int=31))


@pytest.mark.parametrize(
    ("events", "told", "state"),
    [
        ([in_manggarai()], ["CaseRouted"], CaseState.RECEIVED),
        ([in_manggarai(), supplement("note")], ["CaseRouted"], CaseState.RECEIVED),
        ([in_manggarai(), WITHDRAWAL], ["CaseRouted", "CaseWithdrawn"], CaseState.WITHDRAWN),
        ([in_manggarai(), ERASURE], ["CaseRouted"], CaseState.RECEIVED),
    ],
)
async def test_an_event_that_comes_twice_counts_once(
    world: World, events: list[Event], told: list[str], state: CaseState
) -> None:
    await world.hear_twice(*events)
    assert await world.told(ONE) == told
    case = await world.case(ONE)
    assert (case.state, case.version) == (state, len(told))


async def test_an_answer_that_comes_twice_closes_the_question_once(world: World) -> None:
    await world.hear([in_envelope(in_manggarai(), 1)])
    await world.act(ONE, AskCitizen(question="Di sisi mana?"), MANGGARAI_OFFICER)
    answer = in_envelope(supplement("answer"), 2)
    await world.hear([answer, answer])
    await world.hear([answer])
    assert await world.told(ONE) == ["CaseRouted", "CitizenQuestioned", "CitizenAnswered"]


async def test_a_question_that_stays_unanswered_lets_the_unit_close_a_case_it_works_on(
    world: World,
) -> None:
    await world.hear([in_envelope(in_manggarai(), 1)])
    await world.act(ONE, StartWork(), MANGGARAI_OFFICER)
    asked = await world.act(ONE, AskCitizen(question="Di sisi mana?"), MANGGARAI_OFFICER)
    assert asked.question_ref is not None
    silence = QuestionExpired(complaint_id=ONE, at=T0, due_at=T0, question_ref=asked.question_ref)
    heard = in_envelope(silence, 2)
    await world.hear([heard, heard])
    assert (await world.case(ONE)).version == asked.version
    incomplete = RejectCase(reason=RejectionReason.INCOMPLETE)
    closed = await world.act(ONE, incomplete, MANGGARAI_OFFICER)
    assert closed.state is CaseState.REJECTED


async def test_the_point_in_the_content_decides_and_texts_are_claimed_in_one_batch(
    world: World,
) -> None:
    complaints = [a_complaint(number=number) for number in range(1, 4)]
    for complaint in complaints[:2]:
        world.letters.written[complaint.content_ref] = {
            "text": WORDS, "latitude": -6.2326, "longitude": 106.8554, "address": None,
        }  # fmt: skip
    world.letters.written[complaints[2].content_ref] = None
    await world.hear([in_envelope(each, n) for n, each in enumerate(complaints, 1)])
    assert world.letters.claims == [3]
    assert (await world.case(ONE)).area_name == "Tebet Timur"
    assert (await world.case(THREE)).unit_id == "triage"


async def test_danger_that_is_heard_twice_marks_the_case_and_is_told_once(world: World) -> None:
    complaint = in_manggarai(category=None)
    world.letters.written[complaint.content_ref] = {
        "text": "tolong kebakaran sekarang, api membesar dekat pos ronda"
    }
    await world.hear_twice(complaint)
    assert (await world.case(ONE)).emergency
    assert await world.told(ONE) == ["CaseRouted"]
    [step] = await world.rows("SELECT facts FROM history")
    assert step.facts["emergency"] is True


async def test_one_content_that_cannot_be_understood_stops_no_round(world: World) -> None:
    complaints = [in_manggarai(), in_manggarai(2)]
    for complaint in complaints:
        world.letters.written[complaint.content_ref] = {"text": WORDS}
    world.letters.written[complaints[0].content_ref] = {"text": WORDS, "latitude": "utara"}
    await world.hear([in_envelope(each, n) for n, each in enumerate(complaints, 1)])
    assert (await world.case(ONE)).unit_id == "triage"
    assert (await world.case(TWO)).unit_id == MANGGARAI


async def test_what_the_citizen_wrote_is_kept_to_be_searched_and_nowhere_else(
    world: World,
) -> None:
    complaint = in_manggarai()
    world.letters.written[complaint.content_ref] = {"text": WORDS, "address": "Gang Contoh"}
    await world.hear([in_envelope(complaint)])
    kept = repr(await world.everything())
    assert WORDS not in kept
    assert "Gang Contoh" not in kept
    [row] = await world.rows("SELECT words, address FROM texts")
    assert (row.words, row.address) == (WORDS, "Gang Contoh")


async def test_a_replay_from_the_beginning_changes_nothing(world: World) -> None:
    events = [in_manggarai(), in_manggarai(2), supplement("note"), WITHDRAWAL, ERASURE]
    envelopes = [in_envelope(event, number) for number, event in enumerate(events, 1)]
    await world.hear(envelopes[:2])
    await world.act(TWO, StartWork(), MANGGARAI_OFFICER)
    await world.hear(envelopes[2:])
    before = await world.everything()
    await world.hear(envelopes)
    for envelope in envelopes:
        await world.hear([envelope])
    assert await world.everything() == before


async def test_a_case_goes_all_the_way_and_its_history_says_who_did_what(world: World) -> None:
    await world.hear([in_envelope(in_manggarai())])
    await world.act(ONE, StartWork(), MANGGARAI_OFFICER)
    await world.act(ONE, SubmitFollowUp(text="Sudah diangkut"), MANGGARAI_OFFICER)
    done = await world.act(ONE, ValidateFollowUp(), BIRO_OFFICER)
    assert (done.state, done.version) == (CaseState.COMPLETED, 4)
    assert await world.told(ONE) == [
        "CaseRouted", "WorkStarted", "FollowUpSubmitted", "CaseCompleted",
    ]  # fmt: skip
    async with world.works.read(SYSTEM) as connection:
        steps = await world.store.history(connection, ONE)
    assert [(step.version, step.actor_unit) for step in steps] == [
        (1, None), (2, MANGGARAI), (3, MANGGARAI), (4, "biro-pemerintahan"),
    ]  # fmt: skip
    assert steps[2].words == "Sudah diangkut"


@pytest.mark.parametrize(
    "rival", [StartWork(), RejectCase(reason=RejectionReason.OFF_TOPIC)], ids=lambda c: c.verb
)
async def test_of_two_officers_who_read_the_same_version_one_wins(
    world: World, rival: Command
) -> None:
    await world.hear([in_envelope(in_manggarai())])
    seen = (await world.case(ONE)).version
    await world.warm_up(4)
    tries = [StartWork(), rival, StartWork(), rival]
    results = await asyncio.gather(
        *(world.acts.apply(ONE, seen, command, MANGGARAI_OFFICER) for command in tries),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Case) for result in results) == 1
    assert sum(isinstance(result, StaleVersion) for result in results) == 3
    assert (await world.case(ONE)).version == seen + 1
    assert len(await world.told(ONE)) == 2


async def test_a_refused_command_leaves_no_trace(world: World) -> None:
    await world.hear([in_envelope(in_manggarai())])
    before = await world.everything()
    with pytest.raises(Conflict):
        await world.act(ONE, SubmitFollowUp(text="Terlalu cepat"), MANGGARAI_OFFICER)
    assert await world.everything() == before


async def test_a_case_of_another_unit_is_not_there(world: World) -> None:
    await world.hear([in_envelope(in_manggarai())])
    with pytest.raises(NotFound):
        await world.act(ONE, StartWork(), an_officer("31.74.01.1001"))
    with pytest.raises(NotFound):
        await world.acts.apply(TWO, 1, StartWork(), MANGGARAI_OFFICER)


async def test_the_triage_desk_finds_the_unit_that_the_rules_could_not(world: World) -> None:
    await world.hear([in_envelope(a_complaint(geotagged=False))])
    assert await world.told(ONE) == ["CaseTriaged"]
    command = AssignFromTriage(unit=MANGGARAI, category="sampah", kelurahan=MANGGARAI)
    after = await world.act(ONE, command, TRIAGE_OFFICER)
    assert (after.unit_id, after.area_name) == (MANGGARAI, "Manggarai")


async def merged_pair(world: World) -> None:
    """Complaint 2 follows complaint 1."""
    await world.hear([in_envelope(in_manggarai(), 1), in_envelope(in_manggarai(2), 2)])
    await world.act(TWO, MergeCase(head=ONE), MANGGARAI_OFFICER)


async def test_the_answer_of_the_head_is_told_for_the_merged_case_too(world: World) -> None:
    await merged_pair(world)
    await world.act(ONE, StartWork(), MANGGARAI_OFFICER)
    await world.act(ONE, SubmitFollowUp(text="Sudah diangkut"), MANGGARAI_OFFICER)
    await world.act(ONE, ValidateFollowUp(), BIRO_OFFICER)
    assert await world.told(TWO) == ["CaseRouted", "CaseMerged", "CaseCompleted"]
    child = await world.case(TWO)
    assert (child.state, child.version) == (CaseState.MERGED, 3)


async def test_when_the_head_is_withdrawn_the_merged_case_goes_its_own_way(world: World) -> None:
    await merged_pair(world)
    withdrawal = in_envelope(WITHDRAWAL, 3)
    await world.hear([withdrawal, withdrawal])
    await world.hear([withdrawal])
    child = await world.case(TWO)
    assert (child.state, child.head_id) == (CaseState.RECEIVED, None)
    assert await world.told(TWO) == ["CaseRouted", "CaseMerged", "CaseSplit"]


async def test_what_a_merged_case_is_told_has_the_cause_of_its_heads_event(world: World) -> None:
    await merged_pair(world)
    await world.act(ONE, RejectCase(reason=RejectionReason.OFF_TOPIC), MANGGARAI_OFFICER)
    [head, child] = await world.recorded("CaseRejected")
    assert (head.complaint_id, child.complaint_id) == (ONE, TWO)
    assert head.causation_id is not None
    assert child.causation_id == head.causation_id


async def test_a_merged_case_that_is_freed_has_cause_and_trace_of_the_withdrawal(
    world: World,
) -> None:
    await merged_pair(world)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    withdrawal = replace(in_envelope(WITHDRAWAL, 3), traceparent=trace)
    await world.hear([withdrawal])
    [ended] = await world.recorded("CaseWithdrawn")
    [freed] = await world.recorded("CaseSplit")
    assert (ended.causation_id, freed.causation_id) == (withdrawal.id, withdrawal.id)
    assert {trace_id(each.traceparent) for each in (ended, freed)} == {trace_id(trace)}


async def test_the_stream_locks_a_head_and_its_merged_case_in_the_order_of_their_ids(
    world: World,
) -> None:
    """Officers' commands lock in that order too: the other way round both would wait for ever."""
    await world.hear([in_envelope(in_manggarai(), 1), in_envelope(in_manggarai(2), 2)])
    await world.act(ONE, MergeCase(head=TWO), MANGGARAI_OFFICER)
    withdrawal = ComplaintWithdrawn(complaint_id=TWO, at=T0, source="citizen")
    async with world.works.open(SYSTEM) as work:
        await world.store.load_many(work.connection, [ONE])
        hearing = asyncio.create_task(world.hear([in_envelope(withdrawal, 3)]))
        await world.until_somebody_waits_for_a_lock()
        await work.connection.execute(
            text("SELECT 1 FROM cases WHERE complaint_id = :id FOR UPDATE NOWAIT"), {"id": TWO}
        )
    await hearing
    assert (await world.case(ONE)).state is CaseState.RECEIVED


async def test_a_merged_case_withdrawn_in_the_same_batch_as_its_head_stays_withdrawn(
    world: World,
) -> None:
    await merged_pair(world)
    own = ComplaintWithdrawn(complaint_id=TWO, at=T0, source="citizen")
    await world.hear([in_envelope(own, 3), in_envelope(WITHDRAWAL, 4)])
    assert (await world.case(TWO)).state is CaseState.WITHDRAWN
    assert await world.told(TWO) == ["CaseRouted", "CaseMerged", "CaseWithdrawn"]


async def test_a_merged_case_that_was_answered_is_still_heard_of_and_can_be_split(
    world: World,
) -> None:
    await merged_pair(world)
    await world.act(ONE, RejectCase(reason=RejectionReason.OFF_TOPIC), MANGGARAI_OFFICER)
    added = ComplaintSupplemented(complaint_id=TWO, at=T0, content_ref=UUID(int=22), kind="note")
    await world.hear([in_envelope(added, 3)])
    alone = await world.act(TWO, SplitCase(), MANGGARAI_OFFICER)
    assert (alone.state, alone.head_id, alone.closed_at) == (CaseState.RECEIVED, None, None)
    assert alone.content_refs[-1] == UUID(int=22)
    assert await world.told(TWO) == ["CaseRouted", "CaseMerged", "CaseRejected", "CaseSplit"]
    async with world.works.read(SYSTEM) as connection:
        steps = await world.store.history(connection, TWO)
    assert [step.version for step in steps] == [1, 2, 3, 4]


def corrections_of(world: World) -> Any:
    return world.rows(
        "SELECT version, content_ref, from_category, to_category, from_unit, to_unit, role,"
        " rules_version FROM corrections ORDER BY complaint_id, version"
    )


async def test_what_officers_put_right_is_kept_by_reference_and_gone_with_the_reporter(
    world: World,
) -> None:
    complaint = in_manggarai(category=None)
    world.letters.written[complaint.content_ref] = {"text": WORDS}
    await world.hear_twice(complaint)
    placed = AssignFromTriage(unit="dinas-bina-marga", category="jalan")
    await world.act(ONE, placed, TRIAGE_OFFICER)
    passed_on, dinas = CoordinateCase(to_unit=MANGGARAI), an_officer("dinas-bina-marga")
    await world.act(ONE, passed_on, dinas)
    with pytest.raises(StaleVersion):
        await world.acts.apply(ONE, 2, passed_on, dinas)
    ref, rules = complaint.content_ref, (await world.case(ONE)).rules_version
    assert rules is not None
    assert [tuple(row) for row in await corrections_of(world)] == [
        (2, ref, None, "jalan", "triage", "dinas-bina-marga", "triage_officer", rules),
        (3, ref, "jalan", "jalan", "dinas-bina-marga", MANGGARAI, "unit_officer", rules),
    ]
    assert WORDS not in repr(await world.rows("SELECT * FROM corrections"))
    await world.hear([in_envelope(ERASURE, 9), in_envelope(ERASURE, 9)])
    await world.hear([in_envelope(ERASURE, 10)])
    assert await corrections_of(world) == []
    await world.act(ONE, CoordinateCase(to_unit="dinas-bina-marga"), MANGGARAI_OFFICER)
    assert await corrections_of(world) == []


async def test_a_head_cannot_itself_be_merged(world: World) -> None:
    await merged_pair(world)
    await world.hear([in_envelope(in_manggarai(3), 3)])
    with pytest.raises(Conflict, match="Split them first"):
        await world.act(ONE, MergeCase(head=THREE), MANGGARAI_OFFICER)


async def test_a_case_that_was_passed_on_is_no_longer_its_senders_to_act_on(world: World) -> None:
    await world.hear([in_envelope(in_manggarai())])
    await world.act(ONE, CoordinateCase(to_unit="dinas-lingkungan-hidup"), MANGGARAI_OFFICER)
    with pytest.raises(Forbidden):
        await world.act(ONE, StartWork(), MANGGARAI_OFFICER)


async def test_an_erased_complaint_goes_past_the_unit_that_it_is_about(world: World) -> None:
    about = world.letters.facts.silent(
        category="sampah", kelurahan_code=MANGGARAI, about_unit=MANGGARAI
    )
    world.letters.written[about.content_ref] = None
    await world.hear_twice(about)
    case = await world.case(ONE)
    assert (case.unit_id, case.about_unit, case.kelurahan_code) == (
        "inspektorat", MANGGARAI, MANGGARAI,
    )  # fmt: skip


async def test_while_intake_does_not_tell_whom_it_is_about_a_complaint_goes_to_nobody(
    world: World,
) -> None:
    about = world.letters.facts.silent(about_unit=MANGGARAI)
    world.letters.facts.away = True
    with pytest.raises(Transient):
        await world.hear([in_envelope(about)])
    world.letters.facts.away = False
    world.letters.facts.unknown.add(ONE)
    with pytest.raises(Reject, match="unknown_facts"):
        await world.hear([in_envelope(about)])
    assert await world.rows("SELECT 1 FROM cases") == []
    world.letters.facts.unknown.clear()
    await world.hear([in_envelope(about)])
    assert (await world.case(ONE)).unit_id == "inspektorat"
