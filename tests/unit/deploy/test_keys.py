"""`crm keys`: which step is taken and which is refused, and where keys are written."""

import asyncio
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.keys import steps
from deploy.keys.kinds import KINDS
from deploy.keys.places import HomeKeys
from deploy.keys.steps import Seen
from deploy.keys.survey import seen_in, seen_of
from deploy.local.credentials import KEY_SETTINGS, Credentials, generate, lay_key_files
from deploy.running import RunningStack
from shared.errors import StopTheLine
from shared.key_ring import NamedKey
from shared.key_watch import KeyBook
from shared.settings import ProcessSettings
from shared.telemetry import Metrics

ROUTING = KINDS["service-routing"]
OLD, NEW = NamedKey("old", "AAA="), NamedKey("new", "BBB=")
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def seen(process: str, *ids: str, used: dict[str, float] | None = None) -> Seen:
    return Seen(process, ids[0], frozenset(ids), used or {})


def test_a_key_writes_when_every_process_holds_it_and_not_before() -> None:
    ring = (OLD, NEW)
    with pytest.raises(StopTheLine, match="intake-2, sla does not hold new yet"):
        steps.used(
            ROUTING,
            ring,
            "new",
            [seen("sla", "old"), seen("intake-2", "old"), seen("x", "old", "new")],
        )
    assert steps.used(ROUTING, ring, "new", [seen("sla", "old", "new")]) == (NEW, OLD)
    with pytest.raises(StopTheLine, match="has no key other, only old, new"):
        steps.used(ROUTING, ring, "other", [])


@pytest.mark.parametrize(
    ("left", "found", "why"),
    [
        (NOW - timedelta(hours=1), seen("sla", "old", "new"), "sla still writes by old"),
        (NOW - timedelta(seconds=5), seen("sla", "new", "old"), "under way for 70 s more"),
        (None, seen("sla", "new", "old"), "under way for 75 s more"),
        (
            NOW - timedelta(hours=1),
            seen("sla", "new", "old", used={"old": NOW.timestamp() - 10}),
            "under way for 65 s more",
        ),
    ],
)
def test_a_key_that_something_may_need_is_not_retired(
    left: datetime | None, found: Seen, why: str
) -> None:
    with pytest.raises(StopTheLine, match=why):
        steps.retired(ROUTING, (NEW, OLD), "old", left, [found], 0, NOW)


def test_a_key_that_nothing_needs_is_retired_with_the_proof() -> None:
    used = {"old": NOW.timestamp() - 80}
    after, proof = steps.retired(
        ROUTING, (NEW, OLD), "old", NOW - timedelta(seconds=90), [seen("sla", "new", used=used)], 0,
        NOW,
    )  # fmt: skip
    assert after == (NEW,)
    assert proof == (
        "another key writes since 2026-11-27 02:58:30Z; last used 02:58:40Z;"
        " 1 running processes write by another"
    )


def test_what_a_process_holds_is_read_from_its_metrics() -> None:
    metrics = Metrics()
    book: KeyBook[ProcessSettings] = KeyBook(metrics, lambda: NOW)
    metrics.tell_keys({"vault": ("new", "old"), "media": ("other",)})
    book.used("vault", "old")
    from prometheus_client import generate_latest

    found = seen_in(generate_latest(metrics.registry).decode(), "intake", "vault")
    assert found == Seen("intake", "new", frozenset({"new", "old"}), {"old": NOW.timestamp()})


def none_runs() -> dict[str, str]:
    raise AssertionError("no database is asked")


def test_in_a_home_of_before_a_key_is_added_and_every_process_is_told_by_its_own_files(
    tmp_path: Path,
) -> None:
    before = generate()
    (tmp_path / "credentials.json").write_text(before.model_dump_json(exclude={"derivation_keys"}))
    for name in ("routing", "vault"):
        lay_key_files(tmp_path, name, before)
    home = HomeKeys(tmp_path, none_runs)
    [bare] = home.ring(ROUTING)
    home.pin(ROUTING)
    new = NamedKey("dev-20261127-a1b2c3", generate().service_keys["routing"].private)
    home.put(ROUTING, (new, bare))

    now = Credentials.load(tmp_path)
    assert home.ring(ROUTING) == (new, bare)
    assert now.derived_from("routing") == before.service_keys["routing"].private
    private = tmp_path / "keys" / "routing" / "CRM_SERVICE_KEY"
    assert private.read_text() == f"{new} {bare}"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    told = json.loads((tmp_path / "keys" / "vault" / "CRM_SERVICE_PUBLIC_KEYS").read_text())
    assert [key.partition(":")[0] for key in told["routing"].split()] == [new.id, bare.id]
    assert new.text not in json.dumps(told)
    assert {path.name for path in (tmp_path / "keys" / "vault").iterdir()} < KEY_SETTINGS


def test_a_process_that_is_told_a_key_by_a_variable_finds_no_file_of_it(tmp_path: Path) -> None:
    credentials = generate()
    lay_key_files(tmp_path, "vault", credentials)
    folder = lay_key_files(tmp_path, "vault", credentials, ["CRM_VAULT_PRIVATE_KEY"])
    assert not (folder / "CRM_VAULT_PRIVATE_KEY").exists()
    lay_key_files(tmp_path, "vault", credentials, only_there=True)
    assert not (folder / "CRM_VAULT_PRIVATE_KEY").exists()


def test_the_commands_say_in_a_sentence_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    runner = CliRunner()
    for words, why in {
        ("add", "tracing"): "tracing is no kind of keys",
        ("add", "vault"): "has no keys: name the folder of secrets by --folder",
        ("use", "vault", "x", "--folder", str(tmp_path)): "say --rolled-out",
        ("retire", "vault", "x", "--folder", str(tmp_path), "--rolled-out"): "is not there",
    }.items():
        answer = runner.invoke(app, ["keys", *words])
        assert answer.exit_code == 1, words
        assert why in answer.output, words


def test_a_key_is_added_and_used_in_a_home_where_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")
    [old] = [key.split(":")[0] for key in Credentials.load(tmp_path).vault.private.split()]
    runner = CliRunner()
    added = runner.invoke(app, ["keys", "add", "vault"]).output.split()[1].rstrip(";")
    assert added.startswith("dev-")
    assert runner.invoke(app, ["keys", "use", "vault", added]).output == f"{added} writes\n"
    lines = runner.invoke(app, ["keys", "list"]).output.splitlines()
    states = {
        line.split()[1]: line.split()[3] for line in lines if line.strip().startswith("vault ")
    }
    assert states == {added: "writes", old: "reads"}


async def test_every_replica_is_asked_whether_it_holds_a_key() -> None:
    """Behind the address of a service that runs twice each of them would answer by turns."""

    async def told(_: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str) -> None:
        body = f'# TYPE crm_key_current gauge\ncrm_key_current{{kind="vault",key_id="{key}"}} 1\n'
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    one = await asyncio.start_server(lambda r, w: told(r, w, "new"), "127.0.0.1", 0)
    other = await asyncio.start_server(lambda r, w: told(r, w, "old"), "127.0.0.1", 0)
    async with one, other:
        urls = [f"http://127.0.0.1:{each.sockets[0].getsockname()[1]}" for each in (one, other)]
        description = {
            "credentials": generate().model_dump(),
            "services": {"vault": {"url": urls[0]}},
            "replicas": {f"vault-{n}": {"url": url} for n, url in enumerate(urls, 1)},
        }
        async with RunningStack(description) as stack:
            found = (await seen_of(stack, [KINDS["vault"]]))["vault"]
    assert [(each.process, each.first) for each in found] == [
        ("vault-1", "new"),
        ("vault-2", "old"),
    ]
