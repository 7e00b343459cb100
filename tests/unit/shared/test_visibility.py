"""The rule of who sees a case, against a table that is written out by hand."""

from dataclasses import replace

import pytest

from shared.auth import Operator, Role
from shared.unit_table import load_units
from shared.units import Duty, Unit, UnitTree
from shared.visibility import CaseFacts, Sight, care_of, condition, sees, sight_of

UNITS = load_units()
KELURAHAN, KECAMATAN, CITY, NEIGHBOUR = "31.74.01.1001", "31.74.01", "31.74", "31.74.01.1002"
BIRO, INSPEKTORAT, DESK, DINAS = "biro-pemerintahan", "inspektorat", "triage", "dinas-bina-marga"

ORDINARY = CaseFacts(holder=KELURAHAN)
RESTRICTED = CaseFacts(holder=INSPEKTORAT, restricted=True)
OF_THE_BIRO = CaseFacts(holder=BIRO, reviewer=INSPEKTORAT)


def officer(role: str, unit: str) -> Operator:
    return Operator("o-1", Role(role), unit)


def seen_by(role: str, unit: str, case: CaseFacts) -> bool:
    return sees(sight_of(officer(role, unit), UNITS), case)


@pytest.mark.parametrize(
    ("role", "unit", "ordinary", "restricted", "of_the_biro"),
    [
        ("unit_officer", KELURAHAN, True, False, False),
        ("unit_officer", NEIGHBOUR, False, False, False),
        ("unit_officer", KECAMATAN, False, False, False),
        ("unit_officer", INSPEKTORAT, False, True, True),
        ("unit_officer", BIRO, False, False, True),
        ("triage_officer", DESK, False, False, False),
        ("biro", BIRO, True, False, True),
        ("auditor", KELURAHAN, True, False, True),
        ("auditor", BIRO, True, False, True),
        ("auditor", INSPEKTORAT, True, True, True),
        ("admin", KELURAHAN, True, False, True),
        ("admin", INSPEKTORAT, True, False, True),
        ("desk_officer", KELURAHAN, False, False, False),
        ("desk_officer", INSPEKTORAT, False, False, False),
    ],
)
def test_a_case_is_seen_by_whom_the_table_names(
    role: str, unit: str, ordinary: bool, restricted: bool, of_the_biro: bool
) -> None:
    seen = [seen_by(role, unit, case) for case in (ORDINARY, RESTRICTED, OF_THE_BIRO)]
    assert seen == [ordinary, restricted, of_the_biro]


def test_a_desk_sees_what_it_entered_and_nothing_about_its_own_unit() -> None:
    entered = CaseFacts(holder=DINAS, restricted=True, entered_by_unit=KELURAHAN)
    assert seen_by("desk_officer", KELURAHAN, entered)
    assert not seen_by("desk_officer", NEIGHBOUR, entered)
    assert not seen_by("unit_officer", KELURAHAN, entered)
    about = replace(entered, about_unit=KECAMATAN)
    assert not seen_by("desk_officer", KELURAHAN, about)


@pytest.mark.parametrize("role", ["unit_officer", "biro", "auditor", "admin", "triage_officer"])
@pytest.mark.parametrize("about", [KELURAHAN, KECAMATAN, BIRO, INSPEKTORAT, DESK, DINAS])
def test_to_the_unit_complained_of_and_all_within_it_there_is_no_such_case(
    role: str, about: str
) -> None:
    within = {
        KELURAHAN: [KELURAHAN], KECAMATAN: [KECAMATAN, KELURAHAN, NEIGHBOUR],
        DINAS: [DINAS, "sudin-bina-marga-31.74", "up-peralatan-perbekalan-bina-marga"],
    }.get(about, [about])  # fmt: skip
    for unit in within:
        known = CaseFacts(holder=unit, reviewer=unit, watchers=(unit,), about_unit=about)
        for case in (known, replace(known, restricted=True)):
            assert not seen_by(role, unit, case)
            assert not sees(care_of(officer(role, unit), UNITS), case)


def test_a_unit_above_the_one_complained_of_sees_it_when_it_holds_it_and_not_before() -> None:
    about = CaseFacts(holder=INSPEKTORAT, about_unit=KELURAHAN, restricted=True)
    assert not seen_by("unit_officer", KECAMATAN, about)
    assert not seen_by("auditor", KECAMATAN, about)
    assert seen_by("unit_officer", KECAMATAN, replace(about, holder=KECAMATAN))
    assert seen_by(
        "unit_officer", INSPEKTORAT, replace(about, holder=KECAMATAN, watchers=(INSPEKTORAT,))
    )


def test_a_watcher_and_a_reviewer_see_what_is_restricted_too() -> None:
    case = CaseFacts(DINAS, reviewer=BIRO, watchers=(KELURAHAN, DESK), restricted=True)
    assert seen_by("unit_officer", KELURAHAN, case)
    assert seen_by("biro", BIRO, case)
    assert not seen_by("unit_officer", BIRO, case)
    assert not seen_by("auditor", KELURAHAN, case)


def test_an_administrator_takes_care_of_restricted_complaints_and_does_not_read_them() -> None:
    admin = officer("admin", "dinas-kominfotik")
    assert sees(care_of(admin, UNITS), RESTRICTED)
    assert not sees(sight_of(admin, UNITS), RESTRICTED)
    auditor = officer("auditor", "dinas-kominfotik")
    assert care_of(auditor, UNITS) == sight_of(auditor, UNITS)


def test_where_the_reviewing_unit_belongs_to_the_one_complained_of_it_sees_nothing() -> None:
    moved = UnitTree(
        replace(unit, parent="biro-umum") if unit.duty is Duty.REVIEW else unit
        for unit in UNITS.all()
    )
    case = CaseFacts(holder=DINAS, reviewer=BIRO, about_unit="biro-umum")
    assert not sees(sight_of(officer("biro", BIRO), moved), case)


def test_a_tree_that_bites_its_tail_has_an_end() -> None:
    kind = UNITS.of_duty(Duty.TRIAGE).kind
    loop = [Unit("a", "A", kind, "b"), Unit("b", "B", kind, "a")]
    units = UnitTree([*UNITS.all(), *loop])
    assert units.lineage("a") == ("a", "b")


def test_a_query_names_only_the_columns_of_the_grounds_that_an_officer_has() -> None:
    sql = condition(care_of(officer("admin", BIRO), UNITS), "c").sql
    assert "c.about_unit" in sql
    assert all(f"c.{name}" not in sql for name in ("restricted", "unit_id", "watchers", "reviewer"))
    desk = condition(sight_of(officer("desk_officer", BIRO), UNITS)).sql
    assert "entered_by_unit" in desk
    assert all(name not in desk for name in ("restricted", " unit_id", "watchers", "reviewer"))
    assert "false" in condition(Sight(lineage=(BIRO,))).sql
