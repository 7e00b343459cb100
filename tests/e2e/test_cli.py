"""The command ``crm``, as a person at a terminal has it."""

import asyncio
import json
import os
import shutil
import signal
from pathlib import Path

import jwt
import psutil
import pytest

from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER
from deploy.local.lock import take_lock
from deploy.local.run import to_open
from deploy.local.tokens import Role
from tests.e2e.city import KELURAHAN, City
from tests.e2e.cli import crm, started
from tests.integration.deploy.homes import fresh_home

pytestmark = pytest.mark.e2e


async def test_track_shows_where_a_complaint_stands(city: City) -> None:
    case = await city.report("coretan")
    shown = await crm(city.stack.home, "track", case.code)
    assert shown.code == 0, shown
    assert case.report_number in shown.out
    assert "Menunggu" in shown.out
    assert "Kelurahan Tebet Timur" in shown.out
    small = await crm(city.stack.home, "track", case.code.lower().replace("-", " "))
    assert small.code == 0


async def test_track_of_an_unknown_code_fails_and_says_what_to_do(city: City) -> None:
    shown = await crm(city.stack.home, "track", "0000-0000-0000-0000")
    assert shown.code == 1
    assert "Check each character" in shown.out


async def test_a_token_opens_the_inbox_of_its_unit(city: City) -> None:
    printed = await crm(
        city.stack.home, "token", "--role", "unit_officer", "--unit", KELURAHAN, "--hours", "1"
    )
    assert printed.code == 0
    token = printed.out.strip()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["role"], claims["unit"]) == ("unit_officer", KELURAHAN)
    assert (claims["iss"], claims["aud"]) == (OPERATOR_ISSUER, OPERATOR_AUDIENCE)
    assert claims["exp"] - claims["iat"] == 3600
    assert (await city.running.get("routing", "/v1/inbox", token)).status == 200


async def test_a_role_that_does_not_exist_is_refused_by_name(city: City) -> None:
    refused = await crm(city.stack.home, "token", "--role", "lurah", "--unit", KELURAHAN)
    assert refused.code == 2
    for role in Role.__args__:  # type: ignore[attr-defined]
        assert role in refused.err


async def test_tail_shows_events_as_they_come_and_ends_with_ctrl_c(city: City) -> None:
    process = await started(city.stack.home, "tail")
    assert process.stdout is not None
    lines: list[str] = []
    try:
        case = await city.report("coretan")
        async with asyncio.timeout(60):
            while not any(case.complaint_id in line and "CaseRouted" in line for line in lines):
                lines.append((await process.stdout.readline()).decode())
        os.killpg(process.pid, signal.SIGINT)
        _, err = await asyncio.wait_for(process.communicate(), 20)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    assert "Traceback" not in err.decode()
    mine = [line for line in lines if case.complaint_id in line]
    assert "ComplaintReceived" in mine[0]
    assert case.report_number in mine[0]
    assert case.code not in "".join(lines)


async def test_the_demonstration_writes_its_result_and_ends_with_0(
    city: City, tmp_path: Path
) -> None:
    file = tmp_path / "demo.json"
    shown = await crm(city.stack.home, "demo", "--json", str(file))
    assert shown.code == 0, shown
    assert "14 of 14 channels" in shown.out
    assert city.running.url("console") in shown.out.splitlines()[-1]
    written = json.loads(file.read_text())
    assert set(written) == {"channels", "completed_case", "seconds"}
    for line in written["channels"]:
        assert line["accepted"] is line["confirmed"] is line["trackable"] is True
        assert line["routed_to"] in shown.out
    assert written["completed_case"]["states"][-1] == "completed"


@pytest.mark.parametrize(
    "command",
    [
        ("track", "0000-0000-0000-0000"),
        ("demo",),
        ("tail",),
        ("parked", "list"),
        ("rows", "release", "sla", "7"),
        ("bus", "rebuild"),
        ("rules", "list"),
        ("classifier", "models"),
    ],
    ids=" ".join,
)
async def test_where_nothing_runs_it_says_how_to_start(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    shown = await crm(tmp_path, *command)
    assert shown.code == 1
    assert "crm up" in shown.err
    assert "Traceback" not in shown.err


async def test_help_names_every_command(tmp_path: Path) -> None:
    shown = await crm(tmp_path, "--help")
    assert shown.code == 0
    for name in (
        "up",
        "demo",
        "tail",
        "track",
        "token",
        "migrate",
        "backup",
        "restore",
        "parked",
        "rows",
        "bus",
        "rules",
        "classifier",
        "bench",
    ):
        assert f" {name} " in shown.out
    assert "Exit codes: 0 done; 1 it could not be done" in shown.out


def test_the_start_ends_with_what_to_open_and_a_code_to_try(city: City) -> None:
    city.stack.code_to_try = "7K3M-Q9TX-2BZD-0W4R"
    lines = to_open(city.stack).plain.split("\n")
    assert "Open in a browser:" in lines
    for name, address in (
        ("report", f"{city.running.url('intake')}/v1/channels/balai_warga/form"),
        ("track", f"{city.running.url('tracking')}/"),
        ("officers", f"{city.running.url('console')}/"),
        ("outside", f"{city.stack.at.outside_url}/"),
        ("code", "7K3M-Q9TX-2BZD-0W4R"),
    ):
        assert [name, address] in [line.split()[:2] for line in lines]
    assert all(len(line) <= 80 for line in lines)


async def test_help_says_which_brokers_there_are_and_that_a_result_can_be_a_file(
    tmp_path: Path,
) -> None:
    shown = await crm(tmp_path, "up", "--help")
    for said in ("--broker", "embedded", "apache"):
        assert said in shown.out
    assert "--json" in (await crm(tmp_path, "demo", "--help")).out


@pytest.mark.parametrize("moment", ["starting PostgreSQL", "starting 8 services"])
async def test_ctrl_c_during_the_start_leaves_nothing_behind(moment: str) -> None:
    home = fresh_home()
    process = await started(home, "up")
    assert process.stdout is not None
    try:
        async with asyncio.timeout(120):
            while moment not in (line := (await process.stdout.readline()).decode()):
                assert line, "it ended before the moment came"
        born = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, (out.decode()[-2000:], err.decode()[-2000:])
        assert "Traceback" not in err.decode()
        assert [child for child in born if child.is_running()] == []
        assert [p for p in psutil.process_iter(["cmdline"]) if _is_of(home, p)] == []
        assert not (home / "run.json").exists()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _is_of(home: Path, process: psutil.Process) -> bool:
    return any(str(home) in part for part in process.info["cmdline"] or ())


@pytest.mark.parametrize("command", [("up",), ("migrate",), ("bench",)], ids=" ".join)
async def test_a_home_that_cannot_be_written_is_said_in_words(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    shown = await crm(tmp_path / "file" / "home", *command)
    assert shown.code == 1
    assert "CRM_HOME" in shown.out + shown.err
    assert "Traceback" not in shown.out + shown.err


async def test_a_broker_that_is_mistyped_is_refused_before_anything_starts(
    tmp_path: Path,
) -> None:
    shown = await crm(tmp_path, "up", "--broker", "embeded")
    assert shown.code == 1
    assert "embedded, apache or host:port" in shown.out
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("command", ["show", "replay"])
async def test_a_service_that_does_not_exist_is_refused_by_name(
    command: str, tmp_path: Path
) -> None:
    shown = await crm(tmp_path, "parked", command, "ruting", "1")
    assert shown.code == 2
    assert "routing" in shown.err


async def test_no_token_for_a_stack_that_was_never_started(tmp_path: Path) -> None:
    home = tmp_path / "home"
    shown = await crm(home, "token", "--role", "biro", "--unit", "biro-pemerintahan")
    assert shown.code == 1
    assert "crm up" in shown.err
    assert not home.exists()


async def test_a_second_bench_leaves_the_first_ones_home_alone(tmp_path: Path) -> None:
    with take_lock(tmp_path / "bench"):
        (tmp_path / "bench" / "credentials.json").write_text("of the one that runs")
        shown = await crm(tmp_path, "bench")
    assert shown.code == 1
    assert "runs already" in shown.out + shown.err
    assert (tmp_path / "bench" / "credentials.json").exists()


async def test_a_result_file_without_a_demonstration_is_refused(tmp_path: Path) -> None:
    shown = await crm(tmp_path, "up", "--json", str(tmp_path / "demo.json"))
    assert shown.code == 2
    assert "--demo" in shown.err


async def test_where_the_reader_of_the_output_goes_away_the_stack_ends_in_order() -> None:
    home = fresh_home()
    process = await started(home, "up")
    assert process.stdout is not None
    try:
        async with asyncio.timeout(120):
            while b"starting 8 services" not in (line := await process.stdout.readline()):
                assert line, "it ended before the moment came"
        born = psutil.Process(process.pid).children(recursive=True)
        process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]
        assert await asyncio.wait_for(process.wait(), 60) == 0
        assert [child for child in born if child.is_running()] == []
        assert not (home / "run.json").exists()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        shutil.rmtree(home, ignore_errors=True)
