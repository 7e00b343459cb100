"""The console's door: two of its replicas must not renew one session at the same time.

The console has no database, and an issuer that detects reuse ends the session of whoever shows a
refresh token twice (RFC 9700, 4.14.2).
"""

from fastapi import Depends

from services.routing.renewals import store
from services.routing.renewals.turns import ClaimedTurn, Left, RenewalOutcome, TurnClaim
from shared.auth import ServiceTokens
from shared.http.idempotency import IdempotencyKey
from shared.http.operation import Router
from shared.visibility import SYSTEM
from shared.work import Works


def create_router(works: Works, callers: ServiceTokens) -> Router:
    router = Router(prefix="/internal/v1", tags=["internal"])
    console = Depends(callers.require("console"))

    @router.post("/renewals/turn", summary="Whose turn it is to renew a session")
    async def claim_renewal_turn(
        claim: TurnClaim, key: IdempotencyKey, _: str = console
    ) -> ClaimedTurn:
        """One caller at a time gets the turn; the others get what the first one leaves. Who has
        claimed it and got no answer claims it again with the same key."""
        async with works.open(SYSTEM) as work:
            turn = await store.take(work.connection, claim.name, work.now, key)
        return ClaimedTurn(mine=turn.mine, outcome=turn.outcome)

    @router.post("/renewals/outcome", summary="What became of a session's renewal")
    async def leave_renewal_outcome(left: RenewalOutcome, _: str = console) -> Left:
        """For the other tabs of the same browser, at whichever replica they ask."""
        async with works.open(SYSTEM) as work:
            await store.leave(work.connection, left.name, left.outcome, work.now)
        return Left()

    return router
