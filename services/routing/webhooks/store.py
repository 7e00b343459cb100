"""The only SQL of webhooks: where agencies are told, and the messages to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.webhooks.messages import Message, Webhook
from services.routing.webhooks.outcomes import PATIENCE, Concluded, Delivery, Status
from shared.ids import NewId
from shared.visibility import Sight, condition

Place: TypeAlias = tuple[str, UUID]
"""Where a webhook stands in the list: its unit, its id."""
KEPT = {Status.DELIVERED: timedelta(days=7), Status.FAILED: timedelta(days=30)}
"""How long a message stands in the list of deliveries after it was concluded."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message in the list of deliveries; what it says is left out."""

    delivery_id: UUID
    number: int
    complaint_id: UUID
    type: str
    status: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    concluded_at: datetime | None
    reason: str | None


# --- where agencies are told --------------------------------------------------------------


async def find(connection: AsyncConnection, webhook_id: UUID) -> Webhook | None:
    row = (await connection.execute(_FIND, {"id": webhook_id})).one_or_none()
    return _webhook(row) if row else None


async def of_unit(connection: AsyncConnection, unit_id: str) -> list[Webhook]:
    return [_webhook(row) for row in await connection.execute(_OF_UNIT, {"unit": unit_id})]


async def listed(
    connection: AsyncConnection, units: Sequence[str] | None, after: Place | None, limit: int
) -> list[Webhook]:
    """Those of ``units`` (None: of all) behind ``after``, in the order of their units."""
    unit, webhook_id = after or ("", None)
    values = {
        "all": units is None, "units": list(units or ()), "unit": unit, "id": webhook_id,
        "limit": limit,
    }  # fmt: skip
    return [_webhook(row) for row in await connection.execute(_LISTED, values)]


async def enabled(connection: AsyncConnection) -> list[Webhook]:
    return [_webhook(row) for row in await connection.execute(_ENABLED)]


async def alone(connection: AsyncConnection) -> None:
    """Until the transaction ends nobody else changes webhooks, nor writes messages for them."""
    await connection.execute(_ALONE)


async def save(connection: AsyncConnection, webhook: Webhook, changed_by: str) -> None:
    """As an administrator wants it: what it has failed before is forgotten."""
    await connection.execute(_SAVE, {**_columns(webhook), "changed_by": changed_by})


async def remove(connection: AsyncConnection, webhook_id: UUID) -> None:
    """With the messages that wait for it and the list of those that went."""
    await connection.execute(_REMOVE_DELIVERIES, {"id": webhook_id})
    await connection.execute(_REMOVE, {"id": webhook_id})


# --- messages are written -----------------------------------------------------------------


async def may_write(connection: AsyncConnection) -> bool:
    """Whether this transaction alone writes messages, until it ends."""
    return bool((await connection.execute(_MAY_WRITE)).scalar_one())


async def add(
    connection: AsyncConnection, messages: Sequence[Message], now: datetime, new_id: NewId
) -> None:
    """All in one statement, in their order."""
    await connection.execute(
        _ADD,
        {
            "ids": [new_id() for _ in messages],
            "webhooks": [each.webhook_id for each in messages],
            "complaints": [each.complaint_id for each in messages],
            "types": [each.type for each in messages],
            "bodies": [each.body for each in messages],
            "now": now,
            "give_up": now + PATIENCE,
        },
    )


async def tidy(connection: AsyncConnection, now: datetime) -> None:
    """What waits for a receiver that is switched off fails in its time; what is over goes."""
    await connection.execute(_GIVE_UP, {"before": now - timedelta(hours=1), "now": now})
    for status, kept in KEPT.items():
        await connection.execute(_TIDY, {"status": status.value, "before": now - kept})


# --- messages are sent --------------------------------------------------------------------


async def lease(
    connection: AsyncConnection,
    holder: UUID,
    busy: Sequence[UUID],
    now: datetime,
    until: datetime,
    limit: int,
) -> list[Webhook]:
    """At most ``limit`` receivers for whom something is due, none of ``busy``; nobody else calls
    them before ``until``."""
    values = {"holder": holder, "busy": list(busy), "now": now, "until": until, "limit": limit}
    return [_webhook(row) for row in await connection.execute(_LEASE, values)]


async def take(
    connection: AsyncConnection, webhook_id: UUID, now: datetime, limit: int
) -> list[Delivery]:
    """What is due for a receiver, the first message of each case, the oldest first."""
    found = await connection.execute(_TAKE, {"id": webhook_id, "now": now, "limit": limit})
    return [Delivery(**row) for row in found.mappings()]


async def conclude(
    connection: AsyncConnection, results: Sequence[Concluded], now: datetime
) -> None:
    await connection.execute(
        _CONCLUDE,
        {
            "ids": [each.delivery_id for each in results],
            "statuses": [each.status.value for each in results],
            "nexts": [each.next_attempt_at for each in results],
            "reasons": [each.reason for each in results],
            "now": now,
        },
    )


async def note(
    connection: AsyncConnection, webhook: Webhook, holder: UUID, until: datetime | None
) -> None:
    """How the last calls have left a receiver. ``until``: it is called on; None: others may. What
    an administrator has changed meanwhile is not overwritten."""
    await connection.execute(_NOTE, {**_columns(webhook), "holder": holder, "until": until})


# --- the list of deliveries ---------------------------------------------------------------


async def deliveries(
    connection: AsyncConnection,
    webhook_id: UUID,
    status: str | None,
    sight: Sight,
    before: int | None,
    limit: int,
) -> list[Told]:
    """The last first, at most ``limit``, of cases within sight."""
    values = {"id": webhook_id, "status": status, "before": before, "limit": limit}
    return await _told(connection, _LIST, sight, values)


async def replay(
    connection: AsyncConnection, webhook_id: UUID, delivery_id: UUID, sight: Sight, now: datetime
) -> Told | None:
    """The message is due again, with the time of a new one; as it was before. None: there is none
    within sight. One that waits is left as it is."""
    values = {"id": webhook_id, "delivery": delivery_id}
    found = await _told(connection, _ONE, sight, values)
    if not found:
        return None
    await connection.execute(
        _REPLAY, {"delivery": delivery_id, "now": now, "give_up": now + PATIENCE}
    )
    return found[0]


async def _told(
    connection: AsyncConnection, statement: str, sight: Sight, values: dict[str, Any]
) -> list[Told]:
    seen = condition(sight, "c")
    found = await connection.execute(
        text(statement.format(seen=seen.sql)), {**values, **seen.parameters}
    )
    return [Told(**row) for row in found.mappings()]


def _webhook(row: Any) -> Webhook:
    return Webhook(
        webhook_id=row.webhook_id,
        unit_id=row.unit_id,
        url=row.url,
        events=None if row.events is None else tuple(row.events),
        enabled=row.enabled,
        generation=row.generation,
        changed_at=row.changed_at,
        disabled_because=row.disabled_because,
        previous_until=row.previous_until,
        failures=row.failures,
        held_until=row.held_until,
    )


def _columns(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.webhook_id,
        "unit": webhook.unit_id,
        "url": webhook.url,
        "events": None if webhook.events is None else list(webhook.events),
        "enabled": webhook.enabled,
        "because": webhook.disabled_because,
        "generation": webhook.generation,
        "previous_until": webhook.previous_until,
        "failures": webhook.failures,
        "held_until": webhook.held_until,
        "changed_at": webhook.changed_at,
    }


_FIND = text("SELECT * FROM webhooks WHERE webhook_id = :id")
_OF_UNIT = text("SELECT * FROM webhooks WHERE unit_id = :unit ORDER BY webhook_id")
_LISTED = text("""
    SELECT * FROM webhooks
    WHERE (:all OR unit_id = ANY(CAST(:units AS text[])))
      AND (CAST(:id AS uuid) IS NULL OR (unit_id, webhook_id) > (:unit, CAST(:id AS uuid)))
    ORDER BY unit_id, webhook_id LIMIT :limit
""")
_ENABLED = text("SELECT * FROM webhooks WHERE enabled ORDER BY webhook_id")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('webhooks'))")
_SAVE = text("""
    INSERT INTO webhooks (webhook_id, unit_id, url, events, enabled, generation, previous_until,
                          changed_at, changed_by)
    VALUES (:id, :unit, :url, CAST(:events AS text[]), :enabled, :generation,
            CAST(:previous_until AS timestamptz), :changed_at, :changed_by)
    ON CONFLICT (webhook_id) DO UPDATE SET
        unit_id = excluded.unit_id, url = excluded.url, events = excluded.events,
        enabled = excluded.enabled, disabled_because = NULL, generation = excluded.generation,
        previous_until = excluded.previous_until, failures = 0, held_until = NULL,
        changed_at = excluded.changed_at, changed_by = excluded.changed_by
""")
_REMOVE = text("DELETE FROM webhooks WHERE webhook_id = :id")
_REMOVE_DELIVERIES = text("DELETE FROM webhook_deliveries WHERE webhook_id = :id")
_MAY_WRITE = text("SELECT pg_try_advisory_xact_lock(hashtext('webhooks'))")
_ADD = text("""
    INSERT INTO webhook_deliveries (delivery_id, webhook_id, complaint_id, type, body, status,
                                    created_at, next_attempt_at, give_up_at)
    SELECT d, w, c, t, b, 'waiting', :now, :now, :give_up FROM unnest(
        CAST(:ids AS uuid[]), CAST(:webhooks AS uuid[]), CAST(:complaints AS uuid[]),
        CAST(:types AS text[]), CAST(:bodies AS text[])
    ) WITH ORDINALITY AS given(d, w, c, t, b, place) ORDER BY place
""")
_GIVE_UP = text("""
    UPDATE webhook_deliveries SET status = 'failed', concluded_at = :now
    WHERE status = 'waiting' AND give_up_at < :before
""")
_TIDY = text("DELETE FROM webhook_deliveries WHERE status = :status AND concluded_at < :before")
_DUE = """
    d.status = 'waiting' AND d.next_attempt_at <= :now AND NOT EXISTS (
        SELECT 1 FROM webhook_deliveries e
        WHERE e.webhook_id = d.webhook_id AND e.complaint_id = d.complaint_id
          AND e.status = 'waiting' AND e.number < d.number)
"""
# Whoever waits for a row that another has just taken reads it anew, and leaves it.
_LEASE = text(f"""
    UPDATE webhooks w SET holder = :holder, leased_until = :until
    WHERE w.enabled AND (w.held_until IS NULL OR w.held_until <= :now)
      AND (w.leased_until IS NULL OR w.leased_until < :now)
      AND w.webhook_id IN (
          SELECT x.webhook_id FROM webhooks x
          WHERE x.enabled AND x.webhook_id <> ALL(CAST(:busy AS uuid[]))
            AND (x.held_until IS NULL OR x.held_until <= :now)
            AND (x.leased_until IS NULL OR x.leased_until < :now)
            AND EXISTS (SELECT 1 FROM webhook_deliveries d
                        WHERE d.webhook_id = x.webhook_id AND {_DUE})
          ORDER BY x.leased_until NULLS FIRST LIMIT :limit)
    RETURNING w.*
""")  # noqa: S608 (a constant)
_TAKE = text(f"""
    SELECT d.delivery_id, d.complaint_id, d.body, d.attempts, d.give_up_at
    FROM webhook_deliveries d WHERE d.webhook_id = :id AND {_DUE} ORDER BY d.number LIMIT :limit
""")  # noqa: S608 (a constant)
_CONCLUDE = text("""
    UPDATE webhook_deliveries d SET status = s, attempts = d.attempts + 1, next_attempt_at = n,
        concluded_at = CASE WHEN s = 'waiting' THEN NULL ELSE CAST(:now AS timestamptz) END,
        reason = r
    FROM unnest(CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:nexts AS timestamptz[]),
                CAST(:reasons AS text[])) AS given(i, s, n, r)
    WHERE d.delivery_id = i AND d.status = 'waiting'
""")
_NOTE = text("""
    UPDATE webhooks SET enabled = :enabled, disabled_because = :because, failures = :failures,
        held_until = CAST(:held_until AS timestamptz), leased_until = CAST(:until AS timestamptz)
    WHERE webhook_id = :id AND holder = :holder AND changed_at = :changed_at
""")
_TOLD = """
    SELECT d.delivery_id, d.number, d.complaint_id, d.type, d.status, d.attempts, d.created_at,
           d.next_attempt_at, d.concluded_at, d.reason
    FROM webhook_deliveries d JOIN cases c ON c.complaint_id = d.complaint_id
    WHERE d.webhook_id = :id AND {seen}
"""
_ONE = f"{_TOLD} AND d.delivery_id = :delivery FOR UPDATE OF d"
_LIST = f"""{_TOLD}
      AND (CAST(:status AS text) IS NULL OR d.status = CAST(:status AS text))
      AND (CAST(:before AS bigint) IS NULL OR d.number < CAST(:before AS bigint))
    ORDER BY d.number DESC LIMIT :limit
"""
_REPLAY = text("""
    UPDATE webhook_deliveries SET status = 'waiting', attempts = 0, next_attempt_at = :now,
        give_up_at = :give_up, concluded_at = NULL, reason = NULL
    WHERE delivery_id = :delivery AND status <> 'waiting'
""")
