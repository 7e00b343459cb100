"""An officer's tokens are renewed, once, however many tabs and replicas ask at the same time.

An issuer that rotates refresh tokens ends the whole session when one is shown a second time (RFC
9700, 4.14.2). The tabs of a browser share their cookies and may be answered by any replica, so
whoever wants to renew asks routing for the turn first. The others take what that one has left
there, sealed; so does a browser that has lost the answer with its new cookie. A claim whose answer
was lost may have got the turn: it is made again under the same key, or this officer would wait
until routing takes the claimant for dead.
"""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any, Final, Protocol

from pydantic import BaseModel, ValidationError

from services.routing.console.oidc import Issuer
from services.routing.console.seals import Seals
from services.routing.console.session import Grant
from services.routing.renewals.turns import OUTCOME_PATH, TURN_PATH, ClaimedTurn
from shared.auth import OperatorTokens
from shared.clock import Clock
from shared.errors import Forbidden, Transient, Unauthenticated, Unavailable
from shared.telemetry import describe, get_logger
from shared.units import UnitTree

_LOOK_AGAIN_SECONDS: Final = 0.1
_LOOKS: Final = 40
"""Whoever has nothing but an ended token waits four seconds for the one who renews it."""
_LOST_AT_MOST: Final = 10_000
_AT_MOST: Final = 4
"""Renewals that a browser may have missed one after the other: their outcomes are kept so long."""


class Routing(Protocol):
    """A client that is signed for routing (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any, key: str | None = None) -> Any: ...


class _Outcome(BaseModel):
    """``grant``: None where the issuer refused."""

    grant: Grant | None


class Renewals:
    """Asks the issuer for new tokens, when it is our turn."""

    def __init__(
        self,
        issuer: Issuer,
        routing: Routing,
        seals: Seals,
        operators: OperatorTokens,
        units: UnitTree,
        clock: Clock,
        new_key: Callable[[], str],
    ) -> None:
        self._issuer = issuer
        self._routing = routing
        self._seals = seals
        self._operators = operators
        self._units = units
        self._clock = clock
        self._new_key = new_key
        self._lost: dict[str, str] = {}
        """By name the key of a claim that had no answer."""
        self._log = get_logger("console")

    async def renewed(self, grant: Grant) -> Grant | None:
        """The grant that follows, or this one while somebody else renews it and it is still good.
        None when the issuer refuses: the officer must sign in. Raises Transient."""
        for _ in range(_AT_MOST):
            following = await self._next(grant)
            if following is None or following is grant or not following.is_due(self._clock()):
                return following
            grant = following
        raise Transient("the browser is too far behind")

    async def _next(self, grant: Grant) -> Grant | None:
        name = _name(grant)
        for _ in range(_LOOKS):
            turn = await self._turn(name)
            if turn.mine:
                return await self._renew(name, grant)
            if turn.outcome is not None:
                return self._read(name, turn.outcome)
            if self._clock() < grant.ends:
                return grant
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        raise Transient("somebody else renews this session and does not come to an end")

    async def _turn(self, name: str) -> ClaimedTurn:
        # Taken out while it is used: two requests with one key would both get the turn.
        key = self._lost.pop(name, None) or self._new_key()
        try:
            return ClaimedTurn.model_validate(
                await self._routing.post(TURN_PATH, {"name": name}, key)
            )
        except Transient:
            if len(self._lost) < _LOST_AT_MOST:
                self._lost[name] = key
            raise
        except ValidationError:
            raise Transient("routing does not say whose turn it is") from None

    async def _renew(self, name: str, grant: Grant) -> Grant | None:
        renewed = await self._ask(grant)
        content = _Outcome(grant=renewed).model_dump_json().encode()
        sealed = self._seals.seal(f"renewal {name}", content)
        try:
            await self._routing.post(OUTCOME_PATH, {"name": name, "outcome": sealed})
        except Transient as error:
            # This browser has its new tokens all the same; other tabs find them in its cookie.
            self._log.warning("renewal_not_left", error=describe(error))
        return renewed

    async def _ask(self, grant: Grant) -> Grant | None:
        """Role, unit and name as they are now; None for an office that there is no more."""
        given = await self._issuer.renew(grant.refresh)
        if given is None:
            return None
        try:
            known = await self._operators.verify(given.access)
        except (Unauthenticated, Forbidden) as refusal:
            self._log.warning("not_renewed", error=str(refusal))
            return None
        except Unavailable as error:
            raise Transient("the issuer's keys cannot be had") from error
        if known.subject != grant.officer.subject:
            self._log.error("renewed_for_another_person")
            return None
        unit = self._units.find(known.unit)
        officer = grant.officer.model_copy(
            update={
                "role": known.role,
                "unit": known.unit,
                "unit_name": unit.name if unit else known.unit,
                "name": known.name or grant.officer.name,
                "token": given.access,
            }
        )
        return Grant.new(officer, given.refresh or grant.refresh, self._clock(), known.ends)

    def _read(self, name: str, sealed: str) -> Grant | None:
        content = self._seals.open(f"renewal {name}", sealed)
        if content is None:
            # A replica with a newer key has sealed it.
            raise Transient("what was renewed is sealed by a key that we do not have")
        return _Outcome.model_validate_json(content).grant


def _name(grant: Grant) -> str:
    """Of one renewal: an issuer that does not rotate gives the same refresh token each time."""
    return hashlib.sha256(f"{grant.refresh}\0{grant.officer.token}".encode()).hexdigest()
