"""The SQL of the slips: laid anew whenever their cases are saved."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.case.stage import next_due_at
from services.routing.case.standing import Standing
from services.routing.domain import Case
from services.routing.slips.laying import slips_of
from shared.units import Units


async def lay(
    connection: AsyncConnection, cases: Sequence[tuple[Case, Standing]], units: Units
) -> None:
    """The slips of these cases, whose cards are there, are as the cases are now."""
    slips = [(*each, slip) for each in cases for slip in slips_of(each[1], units)]
    await connection.execute(
        _LAY,
        {
            "complaints": [case.complaint_id for case, _ in cases],
            "ids": [case.complaint_id for case, _, _ in slips],
            "units": [slip.unit_id for _, _, slip in slips],
            "grounds": [slip.ground for _, _, slip in slips],
            "tabs": [slip.tab for _, _, slip in slips],
            "judges": [standing.awaited for _, standing, _ in slips],
            "states": [case.state.value for case, _, _ in slips],
            "categories": [case.category for case, _, _ in slips],
            "channels": [case.channel.value for case, _, _ in slips],
            "areas": [case.kelurahan_code for case, _, _ in slips],
            "abouts": [case.about_unit for case, _, _ in slips],
            "restricted": [case.restricted for case, _, _ in slips],
            "received": [case.received_at for case, _, _ in slips],
            "dues": [next_due_at(case) for case, _, _ in slips],
        },
    )


async def follow_limits(connection: AsyncConnection, cases: Sequence[Case]) -> None:
    """The slips of these cases, where there are any, have their limits."""
    values = {
        "ids": [case.complaint_id for case in cases],
        "dues": [next_due_at(case) for case in cases],
    }
    await connection.execute(_FOLLOW_LIMITS, values)


_FOLLOW_LIMITS = text("""
    UPDATE slips AS l SET next_due_at = d
    FROM unnest(CAST(:ids AS uuid[]), CAST(:dues AS timestamptz[])) AS given(i, d)
    JOIN texts t ON t.complaint_id = i
    WHERE l.card_id = t.card_id AND l.next_due_at IS DISTINCT FROM d
""")
_LAY = text("""
    WITH given AS (
        SELECT t.card_id, u, g, tab, j, s, c, h, a, o, x, r, d
        FROM unnest(
            CAST(:ids AS uuid[]), CAST(:units AS text[]), CAST(:grounds AS text[]),
            CAST(:tabs AS text[]), CAST(:judges AS text[]), CAST(:states AS text[]),
            CAST(:categories AS text[]), CAST(:channels AS text[]), CAST(:areas AS text[]),
            CAST(:abouts AS text[]), CAST(:restricted AS boolean[]),
            CAST(:received AS timestamptz[]), CAST(:dues AS timestamptz[])
        ) AS named(i, u, g, tab, j, s, c, h, a, o, x, r, d) JOIN texts t ON t.complaint_id = i
    ), gone AS (
        DELETE FROM slips USING texts t
        WHERE t.complaint_id = ANY(CAST(:complaints AS uuid[])) AND slips.card_id = t.card_id
          AND (slips.card_id, slips.unit_id, slips.ground)
              NOT IN (SELECT given.card_id, given.u, given.g FROM given)
    )
    INSERT INTO slips AS l (card_id, unit_id, ground, tab, judged_by, state, category, channel,
                            kelurahan_code, about_unit, restricted, received_at, next_due_at)
    SELECT * FROM given
    ON CONFLICT (card_id, unit_id, ground) DO UPDATE SET
        tab = excluded.tab, judged_by = excluded.judged_by, state = excluded.state,
        category = excluded.category, kelurahan_code = excluded.kelurahan_code,
        next_due_at = excluded.next_due_at
    WHERE (l.tab, l.judged_by, l.state, l.category, l.kelurahan_code, l.next_due_at)
        IS DISTINCT FROM (excluded.tab, excluded.judged_by, excluded.state, excluded.category,
                          excluded.kelurahan_code, excluded.next_due_at)
""")
