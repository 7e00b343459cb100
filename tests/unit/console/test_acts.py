"""What an officer writes into the form of an act, as the command that routing is given."""

from datetime import UTC, datetime
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.case.transitions import TRANSITIONS
from services.routing.console.acts import ACTS, BY_SLUG, Lists, fill, find_units, opened
from services.routing.console.acts import wants_confirmation as must_be_sure
from services.routing.console.filters import InboxFilter, read_filter
from services.routing.domain import Category
from services.routing.work.lists import PLACE
from shared.errors import Malformed
from shared.http.paging import Cursors
from shared.unit_table import load_units

LISTS = Lists(load_units(), {"parkir-liar": Category("parkir-liar", "Parkir liar", None)})
CASE = "00000000-0000-7000-8000-0000000000a1"


def filled(slug: str, **fields: str):  # type: ignore[no-untyped-def]
    return fill(BY_SLUG[slug], lambda name: fields.get(name, ""), LISTS)


def test_every_command_of_the_state_machine_has_its_page() -> None:
    commands = {command.verb for command in TRANSITIONS}
    assert commands == {act.verb for act in ACTS if not act.always}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.slug)
def test_a_form_fills_what_its_command_requires(act) -> None:  # type: ignore[no-untyped-def]
    """A field more in the command and none in the form would leave an officer without the act."""
    models = {command.verb: command for command in TRANSITIONS}
    if act.verb in models:
        asked = {name for name, each in models[act.verb].model_fields.items()}
        assert {field.name for field in act.fields} <= asked
        required = {n for n, each in models[act.verb].model_fields.items() if each.is_required()}
        assert required <= {field.name for field in act.fields if field.required}


def test_a_date_is_meant_in_jakarta_and_four_in_the_afternoon_when_no_time_is_written() -> None:
    plan = filled("rencana", plan="Bersihkan", complete_by="2026-11-28")
    assert plan.body == {"plan": "Bersihkan", "complete_by": "2026-11-28T16:00:00+07:00"}
    earlier = filled("rencana", plan="x", complete_by="2026-11-28", complete_by_jam="09:30")
    assert earlier.body["complete_by"] == "2026-11-28T09:30:00+07:00"


@pytest.mark.parametrize("day", ["28/11/2026", "2026-02-30", "besok", "2026-11-28T10:00"])
def test_a_day_that_does_not_exist_is_named_at_its_field(day: str) -> None:
    assert filled("rencana", plan="x", complete_by=day).problems == {"complete_by": "date_wrong"}


def test_what_must_be_written_is_asked_for_all_at_once() -> None:
    assert filled("rencana").problems == {"plan": "required", "complete_by": "required"}
    assert filled("tolak").problems == {"reason": "choose_one"}


def test_a_unit_is_known_by_its_name_in_any_spelling() -> None:
    for typed in ("Dinas Bina Marga", "dinas BINA marga ", "dinas-bina-marga"):
        assert filled("koordinasikan", to_unit=typed).body == {"to_unit": "dinas-bina-marga"}


def test_a_name_that_may_mean_several_units_is_no_unit_until_one_is_chosen() -> None:
    unsure = filled("koordinasikan", to_unit="bina marga")
    assert unsure.problems == {"to_unit": "unit_choose"}
    assert ("dinas-bina-marga", "Dinas Bina Marga") in unsure.offered["to_unit"]
    sure = filled("koordinasikan", to_unit="bina marga", to_unit_pilihan="dinas-bina-marga")
    assert sure.body == {"to_unit": "dinas-bina-marga"}


def test_a_choice_that_no_page_offered_is_no_unit() -> None:
    tampered = filled("koordinasikan", to_unit="zzzz", to_unit_pilihan="no-such-unit")
    assert tampered.problems == {"to_unit": "unit_unknown"}


@given(st.text(max_size=40))
def test_whatever_is_typed_for_a_unit_is_a_unit_a_choice_or_unknown(typed: str) -> None:
    exact, near = find_units(LISTS.units, typed)
    assert exact is None or LISTS.units.find(exact)
    assert all(LISTS.units.find(unit) for unit, _ in near)


def test_a_case_is_taken_out_of_the_hand_that_the_form_showed() -> None:
    body = filled("tugaskan", officer_id=CASE, instead_of="x").body
    assert body == {"officer_id": CASE, "instead_of": "x"}
    assert filled("tugaskan").body == {"officer_id": None}


@pytest.mark.parametrize(
    ("slug", "body", "sure"),
    [
        ("tolak", {"reason": "off_topic"}, True),
        ("gabungkan", {"head": CASE}, True),
        ("buka-kembali", {"reason": "suspected_fraud"}, True),
        ("buka-kembali", {"reason": "new_facts"}, False),
        ("ambil", {}, False),
        ("hasil", {"text": "x"}, False),
    ],
)
def test_what_cannot_be_undone_is_confirmed(slug: str, body: dict[str, str], sure: bool) -> None:
    assert must_be_sure(BY_SLUG[slug], body) is sure


def test_an_auditor_has_no_act_and_a_worker_may_always_note() -> None:
    assert opened((), is_worker=False, holds=False, must_look=True) == []
    nothing = opened((), is_worker=True, holds=False, must_look=False)
    assert [act.verb for act in nothing] == ["notes"]
    unread = opened((), is_worker=True, holds=False, must_look=True)
    assert [act.verb for act in unread] == ["look", "notes"]
    held = opened(("accept",), is_worker=True, holds=True, must_look=False)
    assert [act.verb for act in held] == ["accept", "assignee", "notes"]


# --- the inbox's address ------------------------------------------------------------------


def test_the_address_of_a_filter_leads_back_to_the_same_filter() -> None:
    wanted = InboxFilter(tab="lewat", kategori="parkir-liar", petugas="saya", hal="abc.d-_e")
    assert wanted.address() == "kotak?tab=lewat&kategori=parkir-liar&petugas=saya&hal=abc.d-_e"
    assert wanted.with_(kategori="").hal == "", "another choice begins at its first page"
    assert wanted.asked()["tab"] == "overdue"
    assert wanted.asked()["assignee"] == "me"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tab", "semua"), ("tenggat", "besok"), ("petugas", "budi"), ("kanal", "radio"),
        ("status", "selesai"), ("kategori", "a b"), ("hal", "a/b"),
    ],
)  # fmt: skip
def test_a_filter_that_is_none_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_filter({name: value})
    assert refused.value.field == name
    assert value not in refused.value.detail


@given(
    st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
    st.datetimes(timezones=st.just(UTC)),
    st.one_of(st.integers(1, 2**62), st.uuids()),
)
def test_wherever_a_page_of_the_inbox_ends_its_address_leads_on(
    due: datetime | None, at: datetime, card: int | UUID
) -> None:
    """Routing's cursors are of any length: some end in signs that fill them up."""
    cursor = Cursors(b"k" * 32, "routing.inbox.due", PLACE).write((due, at, card))
    query = parse_qs(InboxFilter(hal=cursor).query())
    assert read_filter({name: values[0] for name, values in query.items()}).hal == cursor
