"""Whether a release may be rolled out now, as `crm upgrade --check` says it."""

from pathlib import Path

import asyncpg
import pytest

from deploy.failures import NotRunning
from deploy.services import WITH_DATABASE
from deploy.upgrade.check import Finding, check, findings, of_backup
from deploy.upgrade.fitting import misfits
from deploy.upgrade.look import NOTHING, Look, Size, look_at
from deploy.upgrade.marking import newest_of
from deploy.upgrade.migrations import Migration
from deploy.upgrade.places import urls_of
from deploy.upgrade.release import Release, last_release
from deploy.upgrade.statements import steps_of
from shared.database import BACKUP_AT
from shared.migrations import CONTRACT, EXPAND
from shared.schema_fit import Standing
from tests.databases import Databases, with_database

LAST = Release("0.2.0", {"sla": "0008"}, {}, {}, {"sla": {}}, {})
STANDS = Look(Standing("0008"), {}, {"sla.cases": Size(3_145_728, 900)}, 2, 0, 0, 0.0, ())


def pending(*statements: str, phase: str = EXPAND, since: str | None = None) -> list[Migration]:
    return [Migration("sla", "0009", "Words.", phase, since, tuple(steps_of(statements)))]


def told(look: Look, migrations: list[Migration], own: str = "0.3.0") -> list[str]:
    """Sentences; those in the way begin with FIRST."""
    found = findings("sla", look, migrations, LAST, own)
    return [("FIRST " if each.hinders else "") + each.words for each in found]


def test_what_is_pending_is_said_with_its_locks_and_the_size_of_what_it_touches() -> None:
    assert told(STANDS, pending("ALTER TABLE sla.cases ADD COLUMN n TEXT")) == [
        "the schema is at 0008; 1 pending",
        "0009 (expands): Words. sla.cases, 3.0 MB and about 900 rows: ACCESS EXCLUSIVE keeps"
        " readers and writers out, for a moment.",
    ]
    assert told(STANDS, pending("CREATE TABLE sla.n (id UUID)"))[1:] == [
        "0009 (expands): Words. It locks nothing that is in use."
    ]


def test_what_would_hurt_the_last_release_is_in_the_way() -> None:
    assert told(STANDS, pending("ALTER TABLE sla.cases DROP COLUMN n"))[2:] == [
        "FIRST 0009 would hurt 2 open sessions: DROP COLUMN n: the last release may still use it"
    ]
    drop = pending("ALTER TABLE sla.cases DROP COLUMN n", phase=CONTRACT, since="0.2.0")
    assert len(told(STANDS, drop)) == 2
    early = pending("ALTER TABLE sla.cases DROP COLUMN n", phase=CONTRACT, since="0.3.0")
    assert told(STANDS, early)[2:] == [
        "FIRST 0009 would hurt 2 open sessions: it takes away what release 0.2.0 needs: wait until"
        " 0.3.0 runs alone"
    ]


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (NOTHING, ["there is no schema yet, so nothing runs on it"]),
        (Look(Standing("0008", "0.4.0"), {}, {}, 0, 0, 0, 0.0, ()),
         ["FIRST the schema needs release 0.4.0 and this is 0.3.0: take the newer one"]),
        (Look(Standing("9999"), {}, {}, 0, 0, 0, 0.0, ()),
         ["the schema is at 9999, which is newer than this release and carries it; nothing is"
          " pending"]),
        (Look(Standing("9999"), {}, {}, 0, 3, 7, 61.0, ("ix",)),
         ["the schema is at 9999, which is newer than this release and carries it; nothing is"
          " pending",
          "FIRST 3 events are parked, and the new release would replay them: replay or discard them"
          " first (crm parked list)",
          "FIRST 7 events wait for the stream, the oldest for 61 s: see why the relay does not send"
          " them",
          "the index ix was left unfinished: the migrations make it anew"]),
        (Look(Standing("9999"), {}, {}, 0, 0, 7, 2.0, ()),
         ["the schema is at 9999, which is newer than this release and carries it; nothing is"
          " pending",
          "7 events wait for the stream, the oldest for 2 s"]),
    ],
)  # fmt: skip
def test_what_stands_in_the_database_is_said(look: Look, said: list[str]) -> None:
    assert told(look, []) == said


@pytest.mark.parametrize(
    ("hours", "finding"),
    [
        (None, Finding("backup", "none is noted at this database: see that there is a young one")),
        (3.0, Finding("backup", "the newest is 3 hours old")),
        (27.0, Finding("backup", "the newest is 27 hours old: make one first", hinders=True)),
    ],
)
def test_a_backup_is_to_be_young(hours: float | None, finding: Finding) -> None:
    assert of_backup(hours) == [finding]


async def test_the_last_release_works_on_the_schemas_that_the_migrations_make(
    postgres: Databases, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its code is not at hand; the columns that it writes and reads, and its keys, are."""
    urls = await postgres.urls(*WITH_DATABASE)
    last = last_release()
    for service in WITH_DATABASE:
        look = await look_at(urls[service], service)
        assert look.standing == Standing(newest_of(service))
        assert len(look.sizes) > len(last.tables[service])
        assert misfits(last.tables[service], look.tables) == []
    assert await check(urls) == 0
    assert "Nothing is in the way" in capsys.readouterr().out
    await note_a_backup(with_database(postgres.server.admin_url, urls["sla"].rpartition("/")[2]))
    await park_one(urls["sla"])
    assert await check(urls) == 1
    first = capsys.readouterr().out.rpartition("First:")[2]
    assert "sla: 1 events are parked" in first
    assert "hours old: make one first" in first


async def park_one(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        'INSERT INTO sla.parked (topic, "partition", "offset", header_names, header_values, cause,'
        " detail) VALUES ('t', 0, 0, '{}', '{}', 'bug', '')"
    )
    await connection.close()


def test_a_home_in_which_no_stack_runs_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match=r"CRM_<SERVICE>_DATABASE_URL is given"):
        urls_of(tmp_path)
    (tmp_path / "run.json").write_text('{"postgres": {"urls": {"sla": "postgresql://a@b/c"}}}')
    assert urls_of(tmp_path) == {"sla": "postgresql://a@b/c"}


async def note_a_backup(admin: str) -> None:
    """As `crm backup` does it, long ago."""
    connection = await asyncpg.connect(admin)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE \"{name}\" SET {BACKUP_AT} = '2026-01-01T00:00:00Z'")
    await connection.close()
