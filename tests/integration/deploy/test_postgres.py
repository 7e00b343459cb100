"""The launcher's PostgreSQL, for real."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import (
    UNPRIVILEGED,
    NoPostgres,
    Postgres,
    provision,
    reachable,
    workspace,
)
from deploy.local.postgres.binaries import Binaries, find_binaries, first_that_runs, within_reach
from deploy.local.postgres.data import make_data
from deploy.local.process import ProcessFailed
from deploy.services import WITH_DATABASE
from tests.integration.deploy.homes import fresh_home


@pytest.fixture
async def server(home: Path) -> AsyncIterator[Postgres]:
    postgres = Postgres(home)
    await postgres.start()
    yield postgres
    await postgres.stop()


@pytest.fixture(scope="module")
async def lasting() -> AsyncIterator[Postgres]:
    """One server for the tests that neither stop it nor change its roles."""
    place = fresh_home()
    postgres = Postgres(place)
    await postgres.start()
    yield postgres
    await postgres.erase()
    shutil.rmtree(place)


async def _ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def _do(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_what_was_committed_outlives_a_kill_a_restart_and_a_second_start(
    server: Postgres, home: Path
) -> None:
    await _do(server.admin_url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")
    before = server.admin_url
    await server.kill()
    assert not server.alive
    await server.start()
    assert server.admin_url == before
    await _do(server.admin_url, "INSERT INTO kept VALUES (2)")
    await server.restart()
    await server.stop()
    second = Postgres(home)
    await second.start()
    try:
        assert await _ask(second.admin_url, "SELECT array_agg(n ORDER BY n) FROM kept") == [1, 2]
    finally:
        await second.stop()


async def test_it_keeps_its_promises_on_disk_and_listens_to_this_machine_alone(
    lasting: Postgres,
) -> None:
    for setting, value in {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "127.0.0.1",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "password_encryption": "scram-sha-256",
    }.items():
        assert await _ask(lasting.admin_url, f"SHOW {setting}") == value


async def test_nobody_gets_in_without_the_password(lasting: Postgres) -> None:
    wrong = lasting.admin_url.replace(lasting.credentials.postgres_admin_password, "wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


async def test_provisioning_twice_gives_the_same_urls_and_keeps_the_data(
    lasting: Postgres,
) -> None:
    first = await provision(lasting.admin_url, lasting.credentials.databases)
    await _do(first["sla"], "CREATE TABLE sla.kept (n int)", "INSERT INTO sla.kept VALUES (7)")
    assert await provision(lasting.admin_url, lasting.credentials.databases) == first
    assert set(first) == set(WITH_DATABASE)
    assert await _ask(first["sla"], "SELECT n FROM kept") == 7


async def test_a_services_role_can_touch_no_schema_but_its_own(lasting: Postgres) -> None:
    urls = await provision(lasting.admin_url, lasting.credentials.databases)
    for service, url in urls.items():
        await _do(url, f"CREATE TABLE {service}.secret (n int)")
    for service, url in urls.items():
        assert await _ask(url, "SELECT current_user") == f"crm_{service}"
        for other in set(WITH_DATABASE) - {service}:
            for statement in (
                f"SELECT n FROM {other}.secret",
                f"INSERT INTO {other}.secret VALUES (1)",
                f"CREATE TABLE {other}.mine (n int)",
                f"SET ROLE crm_{other}",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await _do(url, statement)


async def test_a_services_role_cannot_make_schemas_databases_or_public_tables(
    lasting: Postgres,
) -> None:
    urls = await provision(lasting.admin_url, lasting.credentials.databases)
    for statement in (
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "CREATE TABLE public.mine (n int)",
        "CREATE ROLE mine",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _do(urls["tracking"], statement)


async def test_an_administrator_who_is_no_superuser_can_provision_too(server: Postgres) -> None:
    await _do(server.admin_url, "CREATE ROLE hosted LOGIN CREATEDB CREATEROLE PASSWORD 'hosted'")
    where = server.admin_url.rpartition("@")[2]
    for _ in range(2):
        urls = await provision(f"postgresql://hosted:hosted@{where}", server.credentials.databases)
    await _do(urls["notify"], "CREATE TABLE notify.mine (n int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _do(urls["notify"], "CREATE TABLE sla.mine (n int)")


async def test_the_servers_log_repeats_no_value_that_someone_wrote(lasting: Postgres) -> None:
    await _do(lasting.admin_url, "CREATE TABLE people (name text PRIMARY KEY)")
    insert = "INSERT INTO people VALUES ('Pelapor Contoh')"
    await _do(lasting.admin_url, insert)
    with pytest.raises(asyncpg.UniqueViolationError):
        await _do(lasting.admin_url, insert)
    log = (lasting.home / "logs" / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "Pelapor Contoh" not in log


async def test_a_server_that_exists_is_used_and_left_alone(
    lasting: Postgres, tmp_path: Path
) -> None:
    given = Postgres(tmp_path, database_url=lasting.admin_url)
    await given.start()
    assert given.pid is None
    with pytest.raises(ProcessFailed):
        await given.kill()
    await given.stop()
    assert await _ask(lasting.admin_url, "SELECT 1") == 1


async def test_lost_credentials_are_named_as_the_reason(server: Postgres, home: Path) -> None:
    await server.stop()
    (home / "credentials.json").unlink()
    stranger = Postgres(home)
    try:
        with pytest.raises(ProcessFailed, match=r"credentials\.json"):
            await stranger.start()
    finally:
        await stranger.stop()


def test_a_folder_that_only_its_owner_may_enter_is_not_within_anothers_reach(
    tmp_path: Path,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    stranger = os.geteuid() + 1
    assert not reachable(closed / "data", stranger)
    assert reachable(Path("/data"), stranger)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
async def test_as_root_a_home_that_is_closed_to_others_still_gets_a_database(
    tmp_path: Path,
) -> None:
    home = tmp_path / "closed"
    home.mkdir(mode=0o700)
    place = workspace(home, UNPRIVILEGED)
    assert not place.is_relative_to(home)
    postgres = Postgres(home)
    await postgres.start()
    try:
        data = str(await _ask(postgres.admin_url, "SHOW data_directory"))
        assert Path(data).parent == place
        found = os.stat(data)
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (UNPRIVILEGED, 0o700)
    finally:
        await postgres.erase()
    assert not place.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
async def test_as_root_a_closed_home_that_was_thrown_away_can_be_made_anew(
    tmp_path: Path,
) -> None:
    home = tmp_path / "closed"
    home.mkdir(mode=0o700)
    first = Postgres(home)
    await first.start()
    await first.stop()
    left_over = workspace(home, UNPRIVILEGED)
    shutil.rmtree(home)
    home.mkdir(mode=0o700)
    second = Postgres(home)
    try:
        await second.start()
        assert await _ask(second.admin_url, "SELECT 1") == 1
    finally:
        await second.erase()
        shutil.rmtree(left_over, ignore_errors=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_as_root_a_folder_that_another_user_laid_there_is_not_taken(tmp_path: Path) -> None:
    home = tmp_path / "closed"
    home.mkdir(mode=0o700)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    os.chown(foreign, 4321, 4321)
    (home / "postgres").symlink_to(foreign)
    place = workspace(home, UNPRIVILEGED)
    try:
        assert place != foreign
        assert place.stat().st_uid == 0
    finally:
        shutil.rmtree(place)


async def test_a_given_server_that_refuses_the_password_is_named_by_its_setting(
    lasting: Postgres, tmp_path: Path
) -> None:
    wrong = lasting.admin_url.replace(lasting.credentials.postgres_admin_password, "wrong")
    with pytest.raises(ProcessFailed, match="CRM_DATABASE_URL") as failed:
        await Postgres(tmp_path, database_url=wrong).start()
    assert "wrong" not in str(failed.value)


@pytest.mark.parametrize("url", ["127.0.0.1:5432", "mysql://127.0.0.1/crm", "postgresql://[::1"])
async def test_a_database_url_that_is_none_is_refused_at_once(url: str, tmp_path: Path) -> None:
    with pytest.raises(ProcessFailed, match="CRM_DATABASE_URL"):
        await Postgres(tmp_path, database_url=url).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_a_user_whom_no_list_of_users_knows_gets_a_database_or_is_told_why_not(
    home: Path,
) -> None:
    nameless = 54321
    with pytest.raises(KeyError):
        pwd.getpwuid(nameless)
    programs = within_reach(find_binaries(), home, nameless)
    data = home / "data-18"
    refused = ""
    try:
        make_data(programs, data, 18, "secret", nameless)
    except ProcessFailed as failed:
        refused = str(failed)
    made_by = os.stat(data / "PG_VERSION").st_uid if not refused else None
    assert made_by == nameless or "CRM_DATABASE_URL" in refused
    assert not data.with_name("data-18.part").exists()


def test_data_of_another_version_are_not_passed_over_in_silence(home: Path) -> None:
    (home / "data-17").mkdir()
    (home / "data-17" / "PG_VERSION").write_text("17\n")
    with pytest.raises(ProcessFailed, match="made by PostgreSQL 17"):
        make_data(home, home / "data-18", 18, "secret", None)


def test_the_first_provider_that_runs_is_taken(tmp_path: Path) -> None:
    sound, broken = tmp_path / "sound", tmp_path / "broken"
    for folder, answer in ((broken, "exit 127"), (sound, "echo 'postgres (PostgreSQL) 18.1'")):
        folder.mkdir()
        for name in ("postgres", "initdb"):
            (folder / name).write_text(f"#!/bin/sh\n{answer}\n")
            (folder / name).chmod(0o755)
    offered = [Binaries(folder, folder, folder.name) for folder in (broken, sound)]
    assert first_that_runs(offered).origin == "sound"
    with pytest.raises(NoPostgres, match="broken"):
        first_that_runs(offered[:1])
