"""What lands after the last release can be rolled out beside it (docs/upgrade.md).

A red test here means: the migration stops the last release, or keeps people waiting. Divide it: add
now, let the services go over, take away one release later.
"""

import pytest

from deploy.services import WITH_DATABASE
from deploy.upgrade.fitting import misfits
from deploy.upgrade.marking import newest_of, tables_of
from deploy.upgrade.migrations import Migration, migrations_after, modules_of
from deploy.upgrade.release import Column, Table, last_release
from deploy.upgrade.statements import (
    ACCESS_EXCLUSIVE,
    ROW_EXCLUSIVE,
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    steps_of,
)
from shared.migrations import CONTRACT, EXPAND
from shared.schema_fit import newer_release

LAST = last_release()
LATER = [each for name in WITH_DATABASE for each in migrations_after(name, LAST.revisions[name])]
each_service = pytest.mark.parametrize("service", WITH_DATABASE)


def named(migration: Migration) -> str:
    return f"{migration.service} {migration.revision}"


def test_a_migration_is_of_one_of_two_phases() -> None:
    assert {each.phase for each in LATER} <= {EXPAND, CONTRACT}


def test_an_expanding_migration_after_the_last_release_only_adds() -> None:
    told = [
        f"{named(each)}: {step.words}: {step.against}"
        for each in LATER
        if each.phase == EXPAND
        for step in each.steps or ()
        if step.against
    ]
    assert told == []


def test_an_expanding_migration_does_not_decide_by_what_it_finds() -> None:
    """What it does would be known only when it is done."""
    assert [named(each) for each in LATER if each.phase == EXPAND and each.steps is None] == []


def test_a_contracting_migration_names_a_release_that_is_out_and_does_without() -> None:
    wrong = [
        named(each)
        for each in LATER
        if each.phase == CONTRACT
        and (each.unneeded_since is None
             or newer_release([each.unneeded_since, LAST.name]) != LAST.name)
    ]  # fmt: skip
    assert wrong == []


@each_service
def test_the_code_of_the_last_release_works_on_the_tables_of_now(service: str) -> None:
    assert misfits(LAST.tables[service], tables_of(service)) == []


@each_service
def test_a_migration_is_named_by_its_revision_and_follows_the_one_before(service: str) -> None:
    """By the names a process knows whether the schema is older than itself."""
    modules = list(modules_of(service))
    assert [module.revision for _, module in modules] == [number for number, _ in modules]
    before = [None, *(number for number, _ in modules[:-1])]
    assert [module.down_revision for _, module in modules] == before
    assert newest_of(service) == modules[-1][0] >= LAST.revisions[service]


# --- what a statement does -----------------------------------------------------------------

TAKES_AWAY = "the last release may still use it"
NARROWS = "the last release may write rows that are refused"


@pytest.mark.parametrize(
    ("statement", "lock"),
    [
        ("CREATE TABLE a.new (id UUID NOT NULL)", None),
        ("CREATE TABLE a.p PARTITION OF a.old FOR VALUES FROM (1) TO (2)", ACCESS_EXCLUSIVE),
        ("CREATE TABLE a.new (o UUID REFERENCES a.old (id))", SHARE_ROW_EXCLUSIVE),
        ("ALTER TABLE a.old ADD COLUMN n TEXT", ACCESS_EXCLUSIVE),
        ('ALTER TABLE "a"."old" ADD n INTEGER DEFAULT 0 NOT NULL', ACCESS_EXCLUSIVE),
        ("ALTER TABLE a.old ADD COLUMN n TEXT[] DEFAULT '{}' NOT NULL", ACCESS_EXCLUSIVE),
        ("ALTER TABLE a.old ADD COLUMN n NUMERIC(4, 2)", ACCESS_EXCLUSIVE),
        ("ALTER TABLE a.old ALTER COLUMN o DROP NOT NULL", ACCESS_EXCLUSIVE),
        ("CREATE INDEX CONCURRENTLY ix ON a.old (o)", SHARE_UPDATE_EXCLUSIVE),
        ("ALTER TABLE a.old SET (fillfactor = 50)", SHARE_UPDATE_EXCLUSIVE),
        ("ALTER TABLE a.old VALIDATE CONSTRAINT ck", SHARE_UPDATE_EXCLUSIVE),
        ("ALTER TABLE a.old ATTACH PARTITION a.p DEFAULT", SHARE_UPDATE_EXCLUSIVE),
        ("INSERT INTO a.old (o) VALUES ('; DROP TABLE a.old')", None),
        ("-- DROP TABLE a.old\nCOMMENT ON TABLE a.old IS 'words'", None),
        ("CREATE FUNCTION a.f() RETURNS trigger AS $$ BEGIN DELETE FROM a.old; END $$", None),
    ],
)
def test_what_adds_has_nothing_against_it(statement: str, lock: str | None) -> None:
    steps = steps_of([statement])
    assert [step.against for step in steps if step.against] == []
    locks = [(step.table, step.lock) for step in steps if step.lock]
    assert locks == ([("a.old", lock)] if lock else [])


@pytest.mark.parametrize(
    ("statement", "lock", "against"),
    [
        ("ALTER TABLE a.old DROP COLUMN o", ACCESS_EXCLUSIVE, TAKES_AWAY),
        ("ALTER TABLE a.old ADD COLUMN n TEXT, DROP COLUMN o", ACCESS_EXCLUSIVE, TAKES_AWAY),
        ("SELECT 1; ALTER TABLE a.old RENAME TO older", ACCESS_EXCLUSIVE, TAKES_AWAY),
        ("ALTER TABLE a.old ALTER COLUMN o TYPE BIGINT", ACCESS_EXCLUSIVE, TAKES_AWAY),
        ("DROP TABLE a.old", ACCESS_EXCLUSIVE, TAKES_AWAY),
        ("DROP INDEX a.ix", None, TAKES_AWAY),
        ("ALTER TABLE a.old ADD COLUMN n TEXT NOT NULL", ACCESS_EXCLUSIVE,
         "the last release does not give it, and has no default for it"),
        ("ALTER TABLE a.old ADD COLUMN n UUID DEFAULT gen_random_uuid()", ACCESS_EXCLUSIVE,
         "a default that differs from row to row writes all rows at once"),
        ("ALTER TABLE a.old ADD COLUMN n INTEGER GENERATED ALWAYS AS (o + 1) STORED",
         ACCESS_EXCLUSIVE,
         "all rows are written, or checked, while nobody may use the table"),
        ("ALTER TABLE a.old ALTER COLUMN o SET NOT NULL", ACCESS_EXCLUSIVE,
         "all rows are read while nobody may use the table: validate a CHECK constraint first"),
        ("ALTER TABLE a.old ADD CONSTRAINT ck CHECK (o > 0) NOT VALID", SHARE_ROW_EXCLUSIVE,
         NARROWS),
        ("CREATE INDEX ix ON a.old (o)", SHARE,
         "an index of a table that is in use is made beside the work: CONCURRENTLY"),
        ("CREATE UNIQUE INDEX CONCURRENTLY ix ON a.old (o)", SHARE_UPDATE_EXCLUSIVE,
         "the last release may write two rows that the index refuses"),
        ("UPDATE a.old SET o = 1", ROW_EXCLUSIVE,
         "it holds the rows of a table in use until the migration ends: let the service write"
         " them, a batch at a time"),
        ("CREATE TRIGGER t BEFORE UPDATE ON a.old FOR EACH ROW EXECUTE FUNCTION a.f()",
         SHARE_ROW_EXCLUSIVE, "what the last release writes meets the trigger too"),
        ("ALTER TABLE a.old DISABLE TRIGGER t", ACCESS_EXCLUSIVE,
         "it is not plain what it does to those who work beside it"),
        ("DO $$ BEGIN END $$", None, "it is not plain what it does to those who work beside it"),
    ],
)  # fmt: skip
def test_what_hurts_the_last_release_is_said(
    statement: str, lock: str | None, against: str
) -> None:
    told = [step for step in steps_of([statement]) if step.against]
    assert [(step.lock, step.against) for step in told] == [(lock, against)]


def test_what_the_same_migration_has_made_may_be_changed_as_it_likes() -> None:
    steps = steps_of([
        "CREATE TABLE a.new (id UUID)",
        "CREATE INDEX ix ON a.new (id)",
        "CREATE TRIGGER t BEFORE UPDATE ON a.new FOR EACH ROW EXECUTE FUNCTION a.f()",
        "UPDATE a.new SET id = NULL",
        "ALTER TABLE a.old ADD COLUMN n BIGINT",
        "ALTER TABLE a.old ALTER COLUMN n SET DEFAULT 0",
        "CREATE UNIQUE INDEX CONCURRENTLY uq ON a.old (n)",
    ])  # fmt: skip
    assert [step.against for step in steps if step.against] == []


def test_rows_are_bound_not_to_be_empty_without_a_look_at_all_of_them() -> None:
    steps = steps_of([
        "ALTER TABLE a.old ADD CONSTRAINT ck CHECK (o IS NOT NULL) NOT VALID",
        "ALTER TABLE a.old VALIDATE CONSTRAINT ck",
        "ALTER TABLE a.old ALTER COLUMN o SET NOT NULL",
    ])  # fmt: skip
    assert [step.whole for step in steps] == [False, True, False]
    assert [step.against for step in steps] == [NARROWS, "", NARROWS]


# --- whether a release fits other tables ---------------------------------------------------

OLD = {
    "cases": Table(
        {"id": Column("UUID", given=False), "state": Column("VARCHAR(9)", given=True)},
        frozenset({("id",)}),
    )
}


def with_columns(**columns: Column) -> dict[str, Table]:
    return {"cases": Table({**OLD["cases"].columns, **columns}, OLD["cases"].keys)}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({}, ["cases is gone"]),
        ({"cases": Table({"id": Column("UUID", given=False)}, frozenset({("id",)}))},
         ["cases.state is gone"]),
        (with_columns(state=Column("INTEGER", given=True)),
         ["cases.state was VARCHAR(9) and is INTEGER"]),
        (with_columns(state=Column("text", given=True)), []),
        (with_columns(state=Column("character varying(9)", given=True)), []),
        (with_columns(state=Column("VARCHAR(9)", given=False)), ["cases.state must be given now"]),
        (with_columns(unit=Column("TEXT", given=True)), []),
        (with_columns(unit=Column("TEXT", given=False)), ["cases.unit is new and must be given"]),
        ({"cases": Table(OLD["cases"].columns, frozenset())}, ["cases has no key (id) any more"]),
        ({"cases": Table(OLD["cases"].columns, frozenset({("id",), ("state",)}))},
         ["cases takes (state) only once now"]),
    ],
)  # fmt: skip
def test_what_the_last_release_does_and_the_tables_refuse_is_said(
    now: dict[str, Table], said: list[str]
) -> None:
    assert misfits(OLD, now) == said
