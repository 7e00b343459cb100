"""One complaint is followed by one id: in the logs of all services, and by ``crm trace``."""

import asyncio
import json
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.local.ports import free_ports
from deploy.rehearsal.callers import PHONE
from deploy.running import RunningStack
from deploy.services import NAMES
from deploy.trace import gather
from shared.applied_log import SECONDS
from tests.e2e.books import at_rest
from tests.e2e.city import KELURAHAN, City, Officer, Reported, officer_of, until
from tests.e2e.cli import crm

pytestmark = pytest.mark.e2e

AT_MOST = 1024
"""Bytes that all services together write for a complaint until its reporter is told."""

Line = dict[str, Any]


def lines_about(city: City, complaint_id: str) -> dict[str, list[Line]]:
    """What the services have logged about it, by service."""
    found: dict[str, list[Line]] = {}
    for name in NAMES:
        log = (city.stack.home / "logs" / f"{name}.log").read_text(encoding="utf-8")
        about = [json.loads(line) for line in log.splitlines() if complaint_id in line]
        if about:
            found[name] = about
    return found


COMPLAINTS = 40


async def test_all_services_name_a_complaint_in_their_logs_and_need_a_kilobyte_for_it(
    city: City,
) -> None:
    """Of complaints that come together, as they do where the volume matters. Lines of what was
    applied count by what they hold: how many of them there are says how slow the machine is, as
    there is one for two seconds."""
    before = sizes(city)
    ids = await asyncio.gather(*(complaint(city) for _ in range(COMPLAINTS)))
    await until(partial(all_told, city, ids), "all deliveries in notify's log")
    await until(partial(all_shown, city, ids), "all complaints in tracking's log")
    # Each service has written down what it has applied in its last seconds.
    await asyncio.sleep(2 * SECONDS)
    written = {name: volume(city, name, since) for name, since in before.items()}
    for each in ids:
        named = {name for name, lines in lines_about(city, each).items() if lines}
        assert named == {"intake", "routing", "sla", "notify", "tracking"}
    assert sum(written.values()) <= AT_MOST * COMPLAINTS, written


async def complaint(city: City) -> str:
    """Entered at a kelurahan's desk; its id. Nobody asks for it, as each question is a line."""
    entry = {
        "entry_id": city.number(), "text": "Tembok pasar penuh coretan.", "category": "coretan",
        "reporter": {"name": "Pelapor Contoh", "phone": PHONE},
    }  # fmt: skip
    token = city.token(Officer("desk_officer", KELURAHAN))
    answer = await city.running.post("intake", "/v1/desks/kelurahan/complaints", entry, token)
    assert answer.status == 202, answer.body
    return str(answer.body["complaint_id"])


async def all_shown(city: City, complaint_ids: list[str]) -> bool:
    logged = (city.stack.home / "logs" / "tracking.log").read_text(encoding="utf-8")
    return all(each in logged for each in complaint_ids)


def sizes(city: City) -> dict[str, int]:
    return {name: (city.stack.home / "logs" / f"{name}.log").stat().st_size for name in NAMES}


def volume(city: City, name: str, since: int) -> int:
    """Bytes that a service has written."""
    with (city.stack.home / "logs" / f"{name}.log").open("rb") as log:
        log.seek(since)
        lines = log.read().splitlines()
    held = [json.loads(line).get("applied") for line in lines]
    return sum(
        len(json.dumps(ids, separators=(",", ":")) if ids else line)
        for ids, line in zip(held, lines, strict=True)
    )


async def all_told(city: City, complaint_ids: list[str]) -> bool:
    logged = (city.stack.home / "logs" / "notify.log").read_text(encoding="utf-8")
    told = [json.loads(line) for line in logged.splitlines() if '"event":"delivery"' in line]
    return set(complaint_ids) <= {line["complaint_id"] for line in told}


@pytest.fixture(scope="module")
async def started(city: City) -> Reported:
    """A complaint on which an officer has begun to work, told to all."""
    reported = await city.report("coretan")
    await city.does(reported, "start", officer_of(await city.holder(reported)))
    await at_rest(city.stack)
    return reported


async def test_crm_trace_tells_the_way_of_a_complaint_by_its_number(
    city: City, started: Reported, tmp_path: Path
) -> None:
    file = tmp_path / "way.json"
    shown = await crm(city.stack.home, "trace", started.report_number, "--json", str(file))
    assert shown.code == 0, shown
    assert started.complaint_id in shown.out
    [way] = json.loads(file.read_text(encoding="utf-8"))
    events = {event["event_type"].split(".")[-2]: event for event in way["events"]}
    received, routed = events["ComplaintReceived"], events["CaseRouted"]
    assert (received["emitter"], received["channel"]) == ("intake", "kelurahan")
    assert (routed["emitter"], routed["causation_id"]) == ("routing", received["event_id"])
    assert routed["trace_id"] == received["trace_id"], "it follows at once"
    assert events["WorkStarted"]["trace_id"] != received["trace_id"], "an officer's act is another"
    for event in way["events"]:
        assert event["published_at"], event
        assert None not in event["applied"].values(), event
    assert set(received["applied"]) >= {"routing", "sla", "notify", "tracking"}
    assert {d["template"]: d["status"] for d in way["deliveries"]}["confirmation"] == "sent"
    assert "follow_up" in {clock["clock"] for clock in way["clocks"]}
    assert (way["report_number"], way["shown"]["state"]) == (started.report_number, "in_progress")
    assert (way["parked"], way["set_aside"], way["silent"]) == ([], [], {})


async def test_a_trace_id_of_the_log_leads_to_its_complaint(city: City, started: Reported) -> None:
    logged = lines_about(city, started.complaint_id)["intake"]
    [trace] = {line["trace_id"] for line in logged if line.get("method") == "POST"}
    shown = await crm(city.stack.home, "trace", trace)
    assert shown.code == 0, shown
    assert started.report_number in shown.out
    assert trace[-8:] in shown.out


async def test_while_a_service_is_away_the_others_tell_and_it_is_named(
    city: City, started: Reported
) -> None:
    description = deepcopy(dict(city.running.description))
    [nobody] = free_ports(1)
    description["services"]["sla"]["url"] = f"http://127.0.0.1:{nobody}"
    async with RunningStack(description) as stack:
        way = await gather(stack, started.complaint_id)
    assert set(way.silent) == {"sla"}
    assert {event["emitter"] for event in way.events} == {"intake", "routing", "notify"}
    assert all("sla" not in event["applied"] for event in way.events)


async def test_what_nobody_knows_is_said_in_a_sentence(city: City) -> None:
    for what, said in (("JK260101999999", "nothing is known"), ("lampu", "give a report number")):
        shown = await crm(city.stack.home, "trace", what)
        assert shown.code == 1
        assert said in shown.out + shown.err
