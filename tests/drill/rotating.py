"""Every kind of key that there is, changed while all serve."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.keys.kinds import KINDS, Kind
from deploy.keys.places import HomeKeys
from deploy.keys.rotation import Rotation
from deploy.running import RunningStack
from shared.clock import system_clock
from shared.errors import StopTheLine, Transient
from tests.drill.progress import Tell

HELD_SECONDS = 90.0
"""Until every process has read its files again; a busy machine is late."""
PAUSE_SECONDS = 2.0


@dataclass(slots=True)
class Rotated:
    """kinds: that write by a new key. retired: whose old key is gone. refused: why not, by kind."""

    kinds: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


async def rotate(home: Path, stack: RunningStack, rest: float, tell: Tell) -> Rotated:
    """``rest``: the seconds that an old key is given until nothing under way needs it. What takes
    longer is refused, with its reason: that is right, and is told."""
    urls = dict(stack.description["postgres"]["urls"])
    place = HomeKeys(home, lambda: urls)
    rotation, done = Rotation(place, stack, system_clock), Rotated()
    old = {kind.name: place.ring(kind)[0].id for kind in KINDS.values()}
    new = {kind.name: rotation.add(kind) for kind in KINDS.values()}
    await asyncio.gather(*(_used(rotation, kind, new[kind.name]) for kind in KINDS.values()))
    done.kinds += new
    tell(f"{len(new)} kinds write by a new key: {', '.join(new)}")
    began = time.monotonic()
    for kind in KINDS.values():
        if kind.needing is not None and kind.lasting is None:
            left = await _resealed(rotation, kind)
            tell(f"{kind.name}: rows that need an older key: {left} at the first look, none now")
    ends = [(kind, began + rest if kind.rest <= rest else began) for kind in KINDS.values()]
    await asyncio.gather(
        *(_retire(rotation, kind, old[kind.name], until, done) for kind, until in ends)
    )
    _tell_ends(done, tell)
    return done


async def _used(rotation: Rotation, kind: Kind, key_id: str) -> None:
    """Refused while a process does not hold the key."""
    await _until(time.monotonic() + HELD_SECONDS, lambda: rotation.use(kind, key_id))


async def _resealed(rotation: Rotation, kind: Kind) -> int:
    found = [left async for left in rotation.reseal(kind)]
    return max(found)


async def _retire(rotation: Rotation, kind: Kind, key_id: str, until: float, done: Rotated) -> None:
    try:
        await _until(until, lambda: rotation.retire(kind, key_id))
    except StopTheLine as refusal:
        done.refused[kind.name] = str(refusal)
    else:
        done.retired.append(kind.name)


async def _until(deadline: float, step: Callable[[], Awaitable[object]]) -> None:
    """Raises what refused the step last."""
    while True:
        try:
            await step()
        except (StopTheLine, Transient):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


def _tell_ends(done: Rotated, tell: Tell) -> None:
    if done.retired:
        tell(f"the old key is retired: {', '.join(done.retired)}")
    for kind, reason in done.refused.items():
        tell(f"{kind}: the old key stays: {reason}")
