"""One complaint is followed by one id: in the logs of all services, and by ``crm trace``."""

import asyncio
import json
from functools import partial
from typing import Any

import pytest

from deploy.rehearsal.callers import PHONE
from deploy.services import NAMES
from shared.applied_log import SECONDS
from tests.e2e.city import KELURAHAN, City, Officer, until

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
    """Of complaints that come together, as they do where the volume matters: a line of what was
    applied holds those of two seconds."""
    before = sizes(city)
    ids = await asyncio.gather(*(complaint(city) for _ in range(COMPLAINTS)))
    await until(partial(all_told, city, ids), "all deliveries in notify's log")
    await until(partial(all_shown, city, ids), "all complaints in tracking's log")
    # Each service has written down what it has applied in its last seconds.
    await asyncio.sleep(2 * SECONDS)
    written = {name: size - before[name] for name, size in sizes(city).items()}
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


async def all_told(city: City, complaint_ids: list[str]) -> bool:
    logged = (city.stack.home / "logs" / "notify.log").read_text(encoding="utf-8")
    told = [json.loads(line) for line in logged.splitlines() if '"event":"delivery"' in line]
    return set(complaint_ids) <= {line["complaint_id"] for line in told}
