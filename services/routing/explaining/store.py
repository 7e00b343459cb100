"""The SQL of explanations."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.explaining.explanation import EXPLANATION, FIRST_VERSION, Explanation


async def keep(connection: AsyncConnection, explained: Mapping[UUID, Explanation]) -> None:
    """Beside the first steps of new cases, by complaint. Of a complaint that no case came of
    nothing is kept."""
    if explained:
        await connection.execute(
            _KEEP,
            {
                "ids": list(explained),
                "version": FIRST_VERSION,
                "bodies": [EXPLANATION.dump_json(each).decode() for each in explained.values()],
            },
        )


async def forget(connection: AsyncConnection, complaints: Sequence[UUID]) -> None:
    """What the words of erased reporters spoke for. Rule, version and place stay: they say of the
    case what it says itself."""
    await connection.execute(_FORGET, {"ids": list(complaints)})


_KEEP = text("""
    INSERT INTO explanations (complaint_id, version, body)
    SELECT i, CAST(:version AS int), CAST(b AS jsonb)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:bodies AS text[])) AS given(i, b)
    JOIN history ON history.complaint_id = i AND history.version = CAST(:version AS int)
    ON CONFLICT DO NOTHING
""")
_FORGET = text("""
    UPDATE explanations SET body = jsonb_set(
        body - 'candidates', '{models}',
        (SELECT coalesce(jsonb_agg(said - 'terms'), '[]')
         FROM jsonb_array_elements(coalesce(body -> 'models', '[]')) said)
    )
    WHERE complaint_id = ANY(CAST(:ids AS uuid[]))
""")
