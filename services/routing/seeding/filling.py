"""Fills an empty database, in processes side by side.

Cases are saved as all others are, by the store: so their columns are right, whatever columns the
next release has.
"""

import asyncio
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context

from services.routing.placing.atlas import Atlas
from services.routing.placing.places import load_locator
from services.routing.rule_versions.rules import load_rules
from services.routing.seeding import store as tables
from services.routing.seeding.city import City
from services.routing.seeding.lives import BLOCK, Period, block
from services.routing.seeding.order import Order, Progress
from services.routing.settings import RoutingSettings
from services.routing.store import CaseStore
from shared.clock import JAKARTA
from shared.database import STREAM, create_engine
from shared.errors import InUse
from shared.foundation import Foundation
from shared.visibility import SYSTEM


def say(progress: Progress) -> None:
    sys.stdout.write(f"{progress.model_dump_json()}\n")
    sys.stdout.flush()


async def fill(order: Order) -> None:
    """All of the order. Raises InUse for a database that holds cases."""
    await _refuse_a_database_in_use()
    url = RoutingSettings().database_url.get_secret_value()
    engine = create_engine(url, RoutingSettings.service, bounds=STREAM)
    try:
        async with engine.begin() as connection:
            indexes = await tables.drop_indexes(connection)
        await asyncio.to_thread(_side_by_side, order)
        for statement in indexes:
            say(Progress(phase=statement.split()[2]))
            async with engine.begin() as connection:
                await tables.make_index(connection, statement)
        say(Progress(phase="vacuum"))
        await tables.settle(engine)
    finally:
        await engine.dispose()


async def _refuse_a_database_in_use() -> None:
    works = Foundation.of(RoutingSettings()).works
    try:
        async with works.read(SYSTEM) as connection:
            if await tables.holds_cases(connection):
                raise InUse("the database holds cases: seed one that is empty")
    finally:
        await works.engine.dispose()


def _side_by_side(order: Order) -> None:
    # Not forked: a fork would share the connections of this process.
    with ProcessPoolExecutor(order.processes, mp_context=get_context("spawn")) as pool:
        for _ in pool.map(seed_part, repeat(order), range(order.processes)):
            pass


def seed_part(order: Order, part: int) -> None:
    """Every so manieth block, in a process of its own."""
    asyncio.run(_seed_part(order, part))


async def _seed_part(order: Order, part: int) -> None:
    atlas = Atlas(load_rules(), load_locator(None))
    categories = atlas.categories.at(order.until.astimezone(JAKARTA).date()).categories
    city, period = City.of(atlas, categories), Period(order.cases, order.until)
    works, store = Foundation.of(RoutingSettings()).works, CaseStore(atlas.units)
    for number in range(part, -(-order.cases // BLOCK), order.processes):
        lives = list(block(city, period, order.seed, number))
        async with works.open(SYSTEM) as work:
            written = {life.case.complaint_id: life.written for life in lives}
            cases = [life.case for life in lives]
            await store.of_batch(written).save_many(work.connection, cases)
        say(Progress(cases=len(lives)))
    await works.engine.dispose()
