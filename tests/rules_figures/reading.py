"""The decisions as routing has kept and told them, and what each version alone says."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg

from services.routing.domain import Routed
from services.routing.placing.atlas import Atlas
from services.routing.placing.places import load_locator
from services.routing.placing.rules import Content
from services.routing.rule_versions.document import Document
from services.routing.rule_versions.rules import rules_of
from shared.events.facts import Facts
from shared.events.vocabulary import Channel
from shared.units import Duty
from shared.visibility import SYSTEM, settings_of
from tests.rules_figures.findings import Decided
from tests.rules_figures.versions import MATTERS, Outcome

_DECIDED = """
    SELECT c.complaint_id, c.body ->> 'channel' AS channel, t.words, t.address, t.latitude,
           t.longitude, CAST(c.body ->> 'rules_version' AS int) AS of_case, h.at AS begun,
           changes.xid AS batch, changes.at AS done, convert_from(o.body, 'UTF8') AS event,
           CAST(e.body ->> 'version' AS int) AS of_explanation
    FROM cases c
    JOIN texts t USING (complaint_id)
    JOIN history h ON h.complaint_id = c.complaint_id AND h.version = 1
    JOIN changes ON changes.complaint_id = c.complaint_id AND changes.version_before IS NULL
    JOIN outbox o ON o.complaint_id = c.complaint_id
      AND (o.type LIKE '%.CaseRouted.%' OR o.type LIKE '%.CaseTriaged.%')
    LEFT JOIN explanations e ON e.complaint_id = c.complaint_id AND e.version = 1
"""
_RECEIVED = "SELECT complaint_id, body FROM outbox WHERE type LIKE '%.ComplaintReceived.%'"


@asynccontextmanager
async def database(url: str) -> AsyncIterator[asyncpg.Connection]:
    """As the service itself, which sees all cases."""
    connection = await asyncpg.connect(url, server_settings=settings_of(SYSTEM))
    try:
        yield connection
    finally:
        await connection.close()


async def rows_of(routing: str, intake: str) -> list[dict[str, Any]]:
    """A row for each case that was decided, with the facts by which it was."""
    async with database(intake) as connection:
        told = {row["complaint_id"]: row["body"] for row in await connection.fetch(_RECEIVED)}
    async with database(routing) as connection:
        found = [dict(row) for row in await connection.fetch(_DECIDED)]
    return [
        {
            **row,
            "event": json.loads(row["event"]),
            "facts": Facts.model_validate(json.loads(told[row["complaint_id"]])),
        }
        for row in found
    ]


def decided(row: Mapping[str, Any]) -> Decided:
    event = row["event"]
    [matter] = [each for each in MATTERS if each in row["words"]]
    return Decided(
        complaint_id=row["complaint_id"],
        kind=(row["channel"], matter),
        batch=row["batch"],
        begun=row["begun"],
        done=row["done"],
        said=Outcome(event["category"], event["unit_id"], event["unit_name"]),
        named=(row["of_explanation"], event.get("rule_version"), row["of_case"]),
    )


def unlike(rows: Sequence[Mapping[str, Any]], documents: Mapping[int, Document]) -> int:
    """How many cases their version alone decides otherwise: nothing but its document is asked."""
    locator, now = load_locator(None), datetime.now(UTC)
    atlases = {number: Atlas(rules_of(number, d), locator) for number, d in documents.items()}
    wrong = 0
    for row in rows:
        each = decided(row)
        atlas = atlases[each.version or 1]
        wrong += each.said != _said_by(atlas, row, now)
    return wrong


def _said_by(atlas: Atlas, row: Mapping[str, Any], now: datetime) -> Outcome:
    tables = atlas.tables(now)
    content = Content(row["words"], row["latitude"], row["longitude"], row["address"])
    found, _ = atlas.route(Channel(row["channel"]), row["facts"], content, tables)
    triage = tables.units.of_duty(Duty.TRIAGE)
    unit = tables.units.find(found.unit_id) if isinstance(found, Routed) else triage
    assert unit is not None
    return Outcome(found.category, unit.id, unit.name)
