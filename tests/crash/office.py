"""What officers do at the console besides their cases: they look, search, and wait for news."""

import asyncio
import random
import time
from collections.abc import Sequence

from deploy.local.tokens import Role
from tests.crash import console_acts
from tests.crash.clerks import Clerk, Staff
from tests.crash.officers import BIRO, PATIENCE_SECONDS, Officers

EVERY_SECONDS = 0.5
KELURAHAN = "31.74.01.1001"

LOOKS: Sequence[tuple[Role, str, str]] = (
    ("unit_officer", KELURAHAN, "/kotak"),
    ("unit_officer", KELURAHAN, "/kotak?tab=proses"),
    ("unit_officer", KELURAHAN, "/kotak?tab=lewat"),
    ("biro", BIRO, "/nilai?jenis=hasil"),
    ("biro", BIRO, "/nilai?jenis=keberatan"),
    ("triage_officer", "triage", "/triase/gubernur"),
    ("desk_officer", KELURAHAN, "/profil"),
    ("admin", BIRO, "/kelola/tertunda"),
    ("admin", BIRO, "/kelola/kanal"),
    ("auditor", BIRO, "/jejak"),
)
"""Pages that are opened at any moment, each by an officer of that role and unit."""


async def at_the_console(staff: Staff, officers: Officers, stop: asyncio.Event) -> None:
    """Until ``stop``: triage places cases, pages are opened, one inbox is listened to."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(officers.place(staff, stop))
        tasks.create_task(_keep_looking(staff, stop))
        tasks.create_task(_hear_news(staff, stop))


async def _keep_looking(staff: Staff, stop: asyncio.Event) -> None:
    chance = random.Random(len(LOOKS))
    while not stop.is_set():
        await asyncio.sleep(EVERY_SECONDS)
        role, unit, path = chance.choice(LOOKS)
        clerk = staff.clerk(role, unit)
        async with clerk.busy, clerk.in_time():
            await _look(clerk, path, staff)


async def _look(clerk: Clerk, path: str, staff: Staff) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    await clerk.open(path, deadline)
    if clerk.role == "unit_officer":
        await console_acts.search(clerk, "trotoar", deadline)
        staff.figures.searched += 1


async def _hear_news(staff: Staff, stop: asyncio.Event) -> None:
    """An officer whose inbox stays open, and who has nothing else to do."""
    clerk = Clerk(staff.home, staff.figures, "unit_officer", KELURAHAN, 9)
    listening = asyncio.create_task(clerk.listen(stop))
    try:
        while not stop.is_set():
            async with clerk.busy, clerk.in_time():
                await clerk.open("/kotak", time.monotonic() + PATIENCE_SECONDS)
            await asyncio.sleep(10 * EVERY_SECONDS)
    finally:
        listening.cancel()
        await asyncio.wait([listening])
        await clerk.close()
