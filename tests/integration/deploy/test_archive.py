"""`crm archive` in a data centre: databases that are given by their addresses, and no home."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from deploy.archive import archive_stack, first_kept
from deploy.cli import app
from deploy.local.broker.own import OwnBroker
from deploy.local.credentials import generate
from deploy.local.lock import take_lock
from deploy.rebuilding import rebuild_given
from deploy.services import HEARING, WITH_DATABASE
from shared import inbox
from shared.archive import read
from shared.errors import InUse
from shared.settings import SECRETS_DIR
from shared.testing import FixedClock
from shared.visibility import SYSTEM
from tests.brokers import best_broker
from tests.builders import a_complaint
from tests.databases import Databases
from tests.integration.shared.test_archive import JANUARY, an_id

NOW = datetime(2026, 3, 5, tzinfo=UTC)
FILE = Path("intake", "2024-01.jsonl.gz")
Urls = Mapping[str, str]


@pytest.fixture
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which nothing runs, and nothing of this machine is told."""
    for name in WITH_DATABASE:
        monkeypatch.delenv(f"CRM_{name.upper()}_DATABASE_URL", raising=False)
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(SECRETS_DIR, str(tmp_path / "secrets"))
    return tmp_path


async def a_city(postgres: Databases) -> Urls:
    """All services' databases, with two events of January 2024 that each who hears has applied."""
    urls = await postgres.urls(*WITH_DATABASE)
    ids = [an_id(JANUARY, number) for number in (1, 2)]
    clock = FixedClock(datetime(2024, 1, 3, tzinfo=UTC))
    intake = await postgres.service(
        "intake", url=urls["intake"], clock=clock, ids=iter(ids).__next__
    )
    async with intake.open(SYSTEM) as work:
        work.record(a_complaint(number=1), a_complaint(number=2), cause=None)
    await intake.engine.dispose()
    await ask(urls, "intake", "UPDATE intake.outbox SET published_at = now()")
    for name in HEARING:
        works = await postgres.service(name, url=urls[name])
        async with works.open(SYSTEM) as work:
            await inbox.claim_ids(work.connection, ids)
        await works.engine.dispose()
    return urls


async def ask(urls: Urls, service: str, statement: str) -> Any:
    connection = await asyncpg.connect(urls[service])
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def left(urls: Urls) -> list[int]:
    """Rows of intake's outbox, then of each hearer's inbox."""
    tables = ["intake.outbox", *(f"{name}.inbox" for name in HEARING)]
    return [
        await ask(urls, table.partition(".")[0], f"SELECT count(*) FROM {table}")
        for table in tables
    ]


async def crm(urls: Urls, *words: str, **more: str) -> Result:
    """The command with these addresses, and more, as variables."""
    told = {f"CRM_{name.upper()}_DATABASE_URL": url for name, url in urls.items()} | more
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(words), env=told))


def in_one_line(result: Result) -> str:
    return " ".join(result.stderr.lower().split())


@pytest.fixture
def a_stack(no_home: Path) -> Iterator[Path]:
    """A home whose note says that a stack runs; the test writes where its databases are."""
    home = no_home / "home"
    with take_lock(home):
        yield home


async def test_databases_that_are_given_are_archived_as_those_of_a_stack(
    postgres: Databases, a_stack: Path
) -> None:
    city, same = await a_city(postgres), await a_city(postgres)
    note = {"postgres": {"urls": city}, "credentials": json.loads(generate().model_dump_json())}
    (a_stack / "run.json").write_text(json.dumps(note))
    assert await archive_stack(a_stack, a_stack / "archive", first_kept(NOW, 13)) == 0
    elsewhere = a_stack.parent / "volume"
    done = await crm(same, "archive", "--archive", str(elsewhere))
    assert done.exit_code == 0, done.output
    assert "2 events" in done.stdout
    assert await left(city) == await left(same) == [0] * (1 + len(HEARING))
    assert [each.event_id for each in read(elsewhere / FILE)] == [
        an_id(JANUARY, 1), an_id(JANUARY, 2),
    ]  # fmt: skip
    assert (elsewhere / FILE).read_bytes() == (a_stack / "archive" / FILE).read_bytes()


async def test_addresses_may_be_files_as_the_job_is_given_them(
    postgres: Databases, no_home: Path
) -> None:
    city = await a_city(postgres)
    (no_home / "secrets").mkdir()
    for name, url in city.items():
        (no_home / "secrets" / f"CRM_{name.upper()}_DATABASE_URL").write_text(url)
    done = await crm({}, "archive", "--archive", str(no_home / "volume"))
    assert done.exit_code == 0, done.output
    assert await left(city) == [0] * (1 + len(HEARING))


async def test_a_database_that_is_not_given_is_named_and_nothing_is_moved(
    postgres: Databases, no_home: Path
) -> None:
    city = await a_city(postgres)
    some = {name: url for name, url in city.items() if name != "sla"}
    refused = await crm(some, "archive", "--archive", str(no_home / "volume"))
    assert refused.exit_code == 2
    assert "CRM_SLA_DATABASE_URL" in refused.stderr
    assert "CRM_INTAKE_DATABASE_URL" not in refused.stderr
    assert await left(city) == [2] * (1 + len(HEARING))
    assert not (no_home / "volume").exists()


async def test_an_address_that_leads_nowhere_is_named_and_nothing_is_moved(
    postgres: Databases, no_home: Path
) -> None:
    city = await a_city(postgres)
    wrong = {
        "another database": await postgres.bare("sla"),
        "another role": city["tracking"],
        "no such database": f"{city['sla']}0",
        "nobody there": "postgresql://crm_sla:s3cret@127.0.0.1:1/crm",
        "no address": "sla:s3cret@127.0.0.1",
        "nothing": "",
    }
    for case, url in wrong.items():
        refused = await crm({**city, "sla": url}, "archive", "--archive", str(no_home / "volume"))
        assert refused.exit_code == 1, case
        assert "CRM_SLA_DATABASE_URL" in refused.stderr, case
        assert "nothing was done" in in_one_line(refused), case
        assert "s3cret" not in refused.output, case
    assert await left(city) == [2] * (1 + len(HEARING))
    assert not (no_home / "volume").exists()


async def test_where_databases_are_given_the_folder_is_given_too(
    postgres: Databases, no_home: Path
) -> None:
    city = await a_city(postgres)
    refused = await crm(city, "archive")
    assert refused.exit_code == 2
    assert "--archive" in refused.stderr
    assert await left(city) == [2] * (1 + len(HEARING))


# --- the stream is rebuilt from the same folder -----------------------------------------------


@pytest.fixture
async def broker(home: Path) -> AsyncIterator[OwnBroker]:
    made = best_broker(home)
    await made.start()
    yield made
    await made.stop()


async def test_the_stream_is_rebuilt_of_databases_and_brokers_that_are_given(
    postgres: Databases, no_home: Path, broker: OwnBroker
) -> None:
    city, volume = await a_city(postgres), str(no_home / "volume")
    kafka = {"CRM_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap}
    assert (await crm(city, "archive", "--archive", volume)).exit_code == 0
    assert await left(city) == [0] * (1 + len(HEARING))
    unnamed = await crm(city, "bus", "rebuild", **kafka)
    assert (unnamed.exit_code, "--archive" in unnamed.stderr) == (2, True)
    alone = await crm(city, "bus", "rebuild", "--archive", volume)
    assert (alone.exit_code, "CRM_KAFKA_BOOTSTRAP_SERVERS" in alone.stderr) == (1, True)
    elsewhere = await crm(city, "bus", "rebuild", "--archive", f"{volume}2", **kafka)
    assert (elsewhere.exit_code, "is missing" in elsewhere.stderr) == (1, True)
    at_work = await postgres.service("notify", url=city["notify"])
    async with at_work.engine.connect():
        with pytest.raises(InUse, match="another notify"):
            await rebuild_given(city, broker.bootstrap, Path(volume), patience=0.5)
    await at_work.engine.dispose()
    done = await crm(city, "bus", "rebuild", "--archive", volume, **kafka)
    assert done.exit_code == 0, done.output
    assert "the bus was rebuilt: 2 events" in done.stdout
