"""Many walks side by side, drawn by hypothesis: their moves are made in rounds."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.walks.office import Office
from tests.walks.walk import CITIZENS, LENGTH, WALKS, Drawn, Move, Walk

AT_ONCE = 20
"""Walks in a bundle: citizens' events of a round come in one batch, officers act side by side."""
HOURS = st.lists(st.sampled_from([0, 1, 1, 30, 240, 241]), min_size=LENGTH, max_size=LENGTH)
"""How much time goes by before each round: an objection ends after 240."""


async def go(office: Office, drawn: Sequence[Drawn], hours: Sequence[int]) -> None:
    """Raises WrongTurn with the way that led to it."""
    walks = [Walk.of(office, each) for each in drawn]
    await office.hear_twice([event for walk in walks for event in walk.received()])
    for number, pause in enumerate(hours):
        office.clock.advance(timedelta(hours=pause))
        await _round(office, [(walk, walk.moves[number]) for walk in walks])
    await _check(office, walks)


async def _check(office: Office, walks: Sequence[Walk]) -> None:
    """What is kept and told of the cases at the end."""
    told = await office.told([side.id for walk in walks for side in walk.sides])
    notes = await asyncio.gather(*(walk.notes() for walk in walks))
    standings = await office.standings([ref for each in notes for ref in each])
    for walk, wanted in zip(walks, notes, strict=True):
        walk.check_stream(told)
        walk.check_notes(wanted, standings)


async def _round(office: Office, moves: Sequence[tuple[Walk, Move]]) -> None:
    told = [await walk.event(move) for walk, move in moves if not _is_officers(move)]
    await office.hear_twice([event for event in told if event is not None])
    await asyncio.gather(*(walk.command(move) for walk, move in moves if _is_officers(move)))


def _is_officers(move: Move) -> bool:
    return move.what not in CITIZENS


def walk_at_random(
    office: Office,
    loop: asyncio.AbstractEventLoop,
    walks: int,
    number: int,
    on_done: Callable[[int], None] = lambda _: None,
) -> None:
    """So many walks of the seed ``number``; what fails is made short. Blocks: call it in a thread,
    while ``loop`` runs in another. ``on_done`` is told how many were walked."""

    @seed(number)
    @settings(
        max_examples=-(-walks // AT_ONCE), deadline=None, database=None,
        phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
        print_blob=False,
    )  # fmt: skip
    @given(st.lists(WALKS, min_size=AT_ONCE, max_size=AT_ONCE), HOURS)
    def bundle(drawn: Sequence[Drawn], hours: Sequence[int]) -> None:
        asyncio.run_coroutine_threadsafe(go(office, drawn, hours), loop).result()
        on_done(len(drawn))

    bundle()
