"""Each fault point in each service that reaches it: killed there, started again, nothing amiss.

In a round every service that can reach its point is armed at once, so that a round is also several
deaths under one load. Services are armed while they run, which spares a start of each. Each pair of
point and service is a test of its own.
"""

import asyncio
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from deploy.services import EMITTING, HEARING, WITH_DATABASE
from shared.faults import FAULT_POINTS
from tests.crash.facts import Verdict
from tests.crash.rig import Rig, now

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

COMPLAINTS, RATE = 16, 6.0
"""As many as bring each channel twice, once with a picture."""
STRIKE_SECONDS = 60.0

# A ticker and a sender open a transaction when they start and then only when there is something
# to do: they rest, so that the second transaction is one that applies events. For that they are
# started anew.
RESTING = {
    "sla": {"CRM_SLA_TICK_SECONDS": "3600"}, "notify": {"CRM_NOTIFY_POLL_SECONDS": "3600"},
}  # fmt: skip
# Media's side tasks look for files as soon as it starts, and go on looking.
WORKING = dict.fromkeys(WITH_DATABASE, 1) | {"intake": 2, "sla": 2, "notify": 2, "media": 40}

REACHED: Mapping[str, Mapping[str, int]] = {
    "work.after_begin": WORKING,
    "work.before_commit": WORKING,
    "work.after_commit": WORKING,
    "relay.after_ack": dict.fromkeys(EMITTING, 1) | {"intake": 2},
    "consumer.before_offset_commit": dict.fromkeys(HEARING, 1),
    "sender.after_call": {"notify": 1},
    "spool.after_chunks": {"intake": 1},
}
"""Which service can reach which point, and at which time of reaching it is killed.

intake hears nothing; tracking and the vault record no events, so their relays publish nothing.
"""

ROUNDS = (*((point,) for point in [*REACHED][:5]), ("sender.after_call", "spool.after_chunks"))
"""The points of each round; each service is struck at one of them."""

CASES = [(point, service) for point, services in REACHED.items() for service in services]


@dataclass(frozen=True, slots=True)
class Round:
    """What a round came to. ends: return code by service, None for one that was not struck."""

    ends: Mapping[str, int | None]
    verdict: Verdict


@dataclass
class Rounds:
    """The rounds of this module, each played when it is first asked for."""

    rig: Rig
    played: dict[Sequence[str], Round] = field(default_factory=dict)

    async def of(self, point: str) -> Round:
        points = next(each for each in ROUNDS if point in each)
        if points not in self.played:
            self.played[points] = await self._play(points)
        return self.played[points]

    async def _play(self, points: Sequence[str]) -> Round:
        armed = {name: point for point in points for name in REACHED[point]}
        for name, point in armed.items():
            if point.startswith("work.") and name in RESTING:
                await self.rig.stack.restart(name, RESTING[name])
        await self.rig.all_ready()
        began = now()
        for name, point in armed.items():
            self.rig.arm(name, f"{point}:{REACHED[point][name]}")
        strikes = [asyncio.create_task(self._revive(name)) for name in armed]
        filed = await self.rig.load.send(COMPLAINTS, RATE)
        ends = dict(zip(armed, await asyncio.gather(*strikes), strict=True))
        await self.rig.all_ready()
        return Round(ends, await self.rig.verdict(filed, began))

    async def command(self, point: str) -> tuple[list[str], Verdict]:
        """One case at rest; routing dies at the first command on it. How its commands ended."""
        rig, began = self.rig, now()
        filed = await rig.load.send_plain("balai_warga")
        assert filed.complaint_id is not None
        at_rest = await rig.verdict([filed], began)
        assert at_rest.flawless, at_rest.details()
        rig.arm("routing", point)
        strike = asyncio.create_task(self._revive("routing"))
        await rig.load.officers.live(filed.complaint_id, "completed")
        assert await strike == -signal.SIGKILL
        deeds = [d for d in rig.load.officers.deeds if d.complaint_id == filed.complaint_id]
        return [deed.outcome for deed in deeds], await rig.verdict([filed], began)

    async def _revive(self, name: str) -> int | None:
        """Waits for the strike and starts the service again, without a fault."""
        end = await self.rig.ended(name, STRIKE_SECONDS)
        self.rig.disarm(name)
        await self.rig.stack.restart(name)
        return end


@pytest.fixture(scope="module")
async def rounds(rig: Rig) -> Rounds:
    return Rounds(rig)


def test_every_fault_point_has_a_case() -> None:
    assert set(REACHED) == set(FAULT_POINTS)
    assert sorted(point for each in ROUNDS for point in each) == sorted(FAULT_POINTS)


@pytest.mark.parametrize(("point", "service"), CASES, ids=[f"{s}-{p}" for p, s in CASES])
async def test_a_service_that_dies_at_a_fault_point_loses_and_doubles_nothing(
    rounds: Rounds, point: str, service: str
) -> None:
    with rounds.rig.trial():
        played = await rounds.of(point)
        assert played.ends[service] == -signal.SIGKILL, f"{point} was never reached in {service}"
        assert played.verdict.accepted == COMPLAINTS
        assert played.verdict.flawless, played.verdict.details()


@pytest.mark.parametrize(
    ("point", "first"), [("work.before_commit", "answered"), ("work.after_commit", "found")]
)
async def test_a_command_whose_answer_was_lost_is_done_once_when_it_is_sent_again(
    rounds: Rounds, point: str, first: str
) -> None:
    """Before the commit the second try does it; after it, the officer finds it done."""
    ends, verdict = await rounds.command(point)
    assert ends[0] == first
    assert set(ends[1:]) == {"answered"}
    assert verdict.flawless, verdict.details()


async def test_the_ledger_of_all_rounds_together_is_in_order(rounds: Rounds) -> None:
    """What came late, after its round had settled, would show here."""
    verdict = await rounds.rig.verdict(rounds.rig.load.filed(), rounds.rig.witness.began)
    assert verdict.accepted > 0
    assert verdict.flawless, verdict.details()
