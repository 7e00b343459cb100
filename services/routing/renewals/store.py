"""The only SQL of renewals."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

TURN = timedelta(seconds=45)
"""Whoever has a turn and says nothing for so long has died; then it is the next one's. The calls of
a renewal, to the issuer and for its keys, end within forty seconds: a turn that was given away
while they last would show the refresh token twice. The token that is renewed lives longer."""
KEPT = timedelta(minutes=10)
"""How long a browser that has lost the answer may still come with what was renewed."""
SWEPT_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Turn:
    """``mine``: nobody else renews this now. ``outcome``: what was left by the one whose turn it
    was; unreadable for us."""

    mine: bool
    outcome: str | None = field(default=None, repr=False)


async def take(
    connection: AsyncConnection, name: str, now: datetime, claim: str | None = None
) -> Turn:
    """A turn, unless somebody has it or has had it. What is too old goes. claim: by which the one
    who has the turn is known, should the answer be lost; None: it is not known again."""
    await connection.execute(_SWEEP, {"now": now, "limit": SWEPT_AT_ONCE})
    values = {
        "name": name, "now": now, "until": now + TURN, "kept": now + KEPT, "claim": claim,
    }  # fmt: skip
    if (await connection.execute(_TAKE, values)).first() is not None:
        return Turn(mine=True)
    row = (await connection.execute(_OUTCOME, {"name": name})).first()
    return Turn(mine=False, outcome=row.outcome if row else None)


async def leave(connection: AsyncConnection, name: str, outcome: str, now: datetime) -> None:
    """For those who come later with the same; what was left first stays."""
    await connection.execute(_LEAVE, {"name": name, "outcome": outcome, "kept": now + KEPT})


_SWEEP = text("""
    DELETE FROM renewals WHERE name IN (
        SELECT name FROM renewals WHERE kept_until < :now ORDER BY kept_until LIMIT :limit)
""")
_TAKE = text("""
    INSERT INTO renewals AS r (name, taken_until, kept_until, claim)
    VALUES (:name, :until, :kept, :claim)
    ON CONFLICT (name) DO UPDATE SET taken_until = :until, kept_until = :kept, claim = :claim
    WHERE r.outcome IS NULL AND (r.taken_until <= :now OR r.claim = :claim)
    RETURNING name
""")
_OUTCOME = text("SELECT outcome FROM renewals WHERE name = :name")
_LEAVE = text("""
    UPDATE renewals SET outcome = :outcome, kept_until = :kept
    WHERE name = :name AND outcome IS NULL
""")
