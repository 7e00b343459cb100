"""The SQL of notify: cases and their new deliveries in bulk, leases, outcomes.

The messages of a case leave in their order: a sender takes the first open one alone. The lock on
its row keeps the case from all other senders, and the next one is free when it is concluded.

A lease is a row's ``status`` and ``attempt``. A sender records an outcome for the attempt that it
leased. When its lease has run out and another sender has taken the row, the attempt is another one
and nothing is recorded.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notify.domain import SUPERSEDES, Case, Delivery, DeliveryStatus, Lease
from services.notify.sending.gateways import HeldBack
from shared import set_aside
from shared.errors import UnreadableState
from shared.events.vocabulary import Channel, MediaRefusal, NotificationTemplate, RejectionReason
from shared.set_aside import CASES, DELIVERIES, Name, States, not_aside
from shared.visibility import Sight, condition

FailedPlace = tuple[datetime, UUID]
"""Where a page of failed messages ends: when the last of them was given up, and its id."""

AWAITING_WORDS = "awaiting_words"
"""Why a delivery waits: it carries officer's words, and routing has not given them."""

_LOAD = text(
    "SELECT * FROM cases WHERE complaint_id = ANY(CAST(:keys AS uuid[]))"
    " ORDER BY complaint_id FOR UPDATE"
)
_SAVE_CASES = text(
    "INSERT INTO cases (complaint_id, channel, report_number, reporter_ref, language, reachable,"
    " confidential, muted, erased, told, about_unit, restricted, file_refused_at)"
    " SELECT complaint_id, channel, report_number, reporter_ref, language, reachable,"
    " confidential, muted, erased, string_to_array(told, ','), about_unit, restricted,"
    " file_refused_at"
    " FROM unnest(CAST(:complaint_id AS uuid[]), CAST(:channel AS text[]),"
    " CAST(:report_number AS text[]), CAST(:reporter_ref AS uuid[]), CAST(:language AS text[]),"
    " CAST(:reachable AS boolean[]), CAST(:confidential AS boolean[]), CAST(:muted AS boolean[]),"
    " CAST(:erased AS boolean[]), CAST(:told AS text[]), CAST(:about_unit AS text[]),"
    " CAST(:restricted AS boolean[]), CAST(:file_refused_at AS timestamptz[]))"
    " AS c (complaint_id, channel, report_number, reporter_ref, language, reachable,"
    " confidential, muted, erased, told, about_unit, restricted, file_refused_at)"
    " ON CONFLICT (complaint_id) DO UPDATE SET muted = EXCLUDED.muted, erased = EXCLUDED.erased,"
    " told = EXCLUDED.told, file_refused_at = EXCLUDED.file_refused_at"
)
_ADD_DELIVERIES = text(
    "INSERT INTO deliveries (id, complaint_id, template, channel, status, attempt, created_at,"
    " next_attempt_at, concluded_at, unit_name, due_at, rejection, reason, cause, traceparent,"
    " words_ref, refusal)"
    " SELECT id, complaint_id, template, channel, status, 0, created_at, created_at,"
    " CASE WHEN status = 'suppressed' THEN created_at END,"
    " unit_name, due_at, rejection, reason, cause, traceparent, words_ref, refusal"
    " FROM unnest(CAST(:id AS uuid[]), CAST(:complaint_id AS uuid[]), CAST(:template AS text[]),"
    " CAST(:channel AS text[]), CAST(:status AS text[]), CAST(:created_at AS timestamptz[]),"
    " CAST(:unit_name AS text[]), CAST(:due_at AS timestamptz[]), CAST(:rejection AS text[]),"
    " CAST(:reason AS text[]), CAST(:cause AS uuid[]), CAST(:traceparent AS text[]),"
    " CAST(:words_ref AS uuid[]), CAST(:refusal AS text[]))"
    " AS d (id, complaint_id, template, channel, status, created_at, unit_name, due_at,"
    " rejection, reason, cause, traceparent, words_ref, refusal)"
    " ON CONFLICT (id) DO NOTHING"
)
_DUE_AT_ONCE = text(
    "UPDATE deliveries SET next_attempt_at = created_at"
    " WHERE complaint_id = ANY(CAST(:keys AS uuid[])) AND status = 'waiting'"
)
_POINTLESS_ARE_DUE = text(
    "UPDATE deliveries AS d SET next_attempt_at = d.created_at"
    " FROM unnest(CAST(:complaint_id AS uuid[]), CAST(:template AS text[]))"
    " AS n (complaint_id, template)"
    " WHERE d.complaint_id = n.complaint_id AND d.template = n.template AND d.status = 'waiting'"
)
_STAND_BEHIND = text(
    "UPDATE deliveries AS d SET next_attempt_at = ahead.until"
    " FROM (SELECT mine.id, max(before.next_attempt_at) AS until"
    " FROM deliveries AS before JOIN deliveries AS mine"
    " ON mine.complaint_id = before.complaint_id AND mine.seq > before.seq"
    " WHERE before.complaint_id = ANY(CAST(:keys AS uuid[])) AND before.status = 'waiting'"
    " AND mine.status = 'waiting' GROUP BY mine.id) AS ahead"
    " WHERE d.id = ahead.id AND d.status = 'waiting' AND d.next_attempt_at < ahead.until"
)
"""What stands behind a message that waits is not due before it. The lease would pass it over
anyway; but in an outage of a day each look for what is due would read all that queues up."""

_LEASE = text(
    "WITH due AS ("  # noqa: S608 (names of our own)
    "SELECT id FROM deliveries AS mine WHERE status IN ('waiting', 'leased')"
    " AND next_attempt_at <= :now"
    f" AND {not_aside('mine.complaint_id', DELIVERIES)}"
    # As a value and not as NOT EXISTS: of a long queue only the rows that are taken are looked at.
    " AND seq = (SELECT min(open.seq) FROM deliveries AS open"
    " WHERE open.complaint_id = mine.complaint_id AND open.status IN ('waiting', 'leased'))"
    " ORDER BY next_attempt_at, seq LIMIT :limit FOR UPDATE SKIP LOCKED)"
    " UPDATE deliveries AS d SET status = 'leased', attempt = d.attempt + 1,"
    " next_attempt_at = :until, reason = NULL"
    " FROM due, cases AS c WHERE d.id = due.id AND c.complaint_id = d.complaint_id"
    " RETURNING d.id, d.seq, d.complaint_id, d.template, d.channel, d.status, d.attempt,"
    " d.created_at, d.next_attempt_at, d.unit_name, d.due_at, d.rejection, d.reason, d.cause,"
    " d.traceparent, d.words_ref, d.refusal, c.report_number, c.reporter_ref, c.language,"
    " c.reachable, c.confidential, c.muted, c.erased, c.told, c.about_unit, c.restricted,"
    " c.file_refused_at,"
    " ARRAY(SELECT later.template FROM deliveries AS later"
    " WHERE later.complaint_id = d.complaint_id AND later.seq > d.seq) AS later"
)
# What another transaction has locked is being concluded: it needs no lease any more.
_RENEW = text(
    "UPDATE deliveries SET next_attempt_at = :until WHERE id IN (SELECT d.id FROM deliveries AS d"
    " JOIN unnest(CAST(:id AS uuid[]), CAST(:attempt AS int[])) AS n (id, attempt)"
    " ON d.id = n.id AND d.attempt = n.attempt"
    " WHERE d.status = 'leased' FOR UPDATE OF d SKIP LOCKED)"
)
_CONCLUDE = text(
    "UPDATE deliveries AS d SET status = n.status, next_attempt_at = n.next_attempt_at,"
    " reason = n.reason, gateway = n.gateway, attempt = d.attempt - n.uncounted,"
    " concluded_at = CASE WHEN n.status = 'waiting' THEN NULL ELSE CAST(:now AS timestamptz) END"
    " FROM unnest(CAST(:id AS uuid[]), CAST(:attempt AS int[]), CAST(:status AS text[]),"
    " CAST(:next_attempt_at AS timestamptz[]), CAST(:reason AS text[]),"
    " CAST(:gateway AS text[]), CAST(:uncounted AS int[]))"
    " AS n (id, attempt, status, next_attempt_at, reason, gateway, uncounted)"
    " WHERE d.id = n.id AND d.status = 'leased' AND d.attempt = n.attempt RETURNING d.id"
)
_LIST = (
    "SELECT d.id, d.complaint_id, d.template, d.channel, d.status, d.attempt, d.created_at,"
    " d.next_attempt_at, d.concluded_at, d.reason, d.gateway"
    " FROM deliveries d JOIN cases c ON c.complaint_id = d.complaint_id"
    " WHERE d.complaint_id = :complaint_id AND {seen} ORDER BY d.seq LIMIT 500"
)
_FAILED = (
    "SELECT d.id, d.complaint_id, d.template, d.channel, d.status, d.attempt, d.created_at,"
    " d.concluded_at, d.reason, d.gateway, c.report_number"
    " FROM deliveries d JOIN cases c ON c.complaint_id = d.complaint_id"
    " WHERE d.status = 'failed' AND {seen}"
    " AND (CAST(:at AS timestamptz) IS NULL"
    " OR (d.concluded_at, d.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid)))"
    " ORDER BY d.concluded_at DESC, d.id DESC LIMIT :limit"
)
_GATEWAYS = text(
    "SELECT g.*, (SELECT count(*) FROM deliveries AS d WHERE d.status = 'waiting'"
    " AND d.gateway = g.name) AS waiting FROM gateways AS g ORDER BY g.name"
)
_HELD_BACK = text("SELECT * FROM gateways")
_HOLD_BACK = text(
    "INSERT INTO gateways (name, reason, ours, since, retry_at)"
    " VALUES (:name, :reason, :ours, :since, :retry_at) ON CONFLICT (name) DO UPDATE SET"
    " reason = EXCLUDED.reason, ours = EXCLUDED.ours, retry_at = EXCLUDED.retry_at"
)
_WAIT_TOGETHER = text(
    "WITH held AS (SELECT id FROM deliveries WHERE status = 'waiting' AND complaint_id IN"
    " (SELECT complaint_id FROM deliveries WHERE status = 'waiting' AND gateway = :name)"
    " AND (next_attempt_at < :until OR CAST(:sooner AS boolean)) FOR UPDATE SKIP LOCKED)"
    " UPDATE deliveries AS d SET next_attempt_at = :until FROM held WHERE d.id = held.id"
)
"""With those behind them. Otherwise each would be taken, and its contact asked for, to be told
again that its gateway is held back."""
_RESUME = text("UPDATE gateways SET retry_at = :now WHERE name = :name RETURNING name")
_OPEN_AGAIN = text("DELETE FROM gateways WHERE name = ANY(CAST(:names AS text[]))")
# Ids of complaints are in the order of time: of a queue that is longer, the oldest are counted.
_OPEN = text(
    "SELECT channel, status, count(*) AS messages,"
    " CAST(extract(epoch FROM now() - min(created_at)) AS float8) AS oldest"
    " FROM (SELECT channel, status, created_at FROM deliveries"
    " WHERE status IN ('waiting', 'leased') ORDER BY complaint_id, seq LIMIT 10000) AS open"
    " GROUP BY channel, status"
)
_IS_SEEN = "SELECT 1 FROM cases c WHERE c.complaint_id = :complaint_id AND {seen}"


class NotifyStore:
    """Cases by complaint id; deliveries by what is due."""

    async def load_many(
        self, connection: AsyncConnection, keys: Sequence[UUID]
    ) -> Mapping[UUID, Case]:
        """The cases by complaint id; their rows are locked until the transaction ends."""
        rows = await connection.execute(_LOAD, {"keys": list(keys)})
        return States(connection, CASES, rows, _case)

    async def save_many(self, connection: AsyncConnection, states: Sequence[Case]) -> None:
        """Upserts the cases and adds the deliveries decided since they were loaded."""
        await connection.execute(_SAVE_CASES, _columns_of_cases(states))
        new = [delivery for state in states for delivery in state.new]
        if new:
            await self._add(connection, new)
        erased = [state.complaint_id for state in states if state.erased]
        if erased:
            await connection.execute(_DUE_AT_ONCE, {"keys": erased})

    async def _add(self, connection: AsyncConnection, new: Sequence[Delivery]) -> None:
        """What the new ones make pointless is due at once: the sender drops it, and they can go."""
        pointless = [(d.complaint_id, each) for d in new for each in SUPERSEDES[d.template]]
        if pointless:
            keys, templates = zip(*pointless, strict=True)
            values = {"complaint_id": [*keys], "template": [each.value for each in templates]}
            await connection.execute(_POINTLESS_ARE_DUE, values)
        await connection.execute(_ADD_DELIVERIES, _columns_of_deliveries(new))
        await connection.execute(_STAND_BEHIND, {"keys": [d.complaint_id for d in new]})

    async def lease(
        self, connection: AsyncConnection, now: datetime, until: datetime, limit: int
    ) -> list[Lease]:
        """At most ``limit`` deliveries that are due or whose lease has run out, oldest first.

        At most one of a case: the first that is open. Raises UnreadableState when one of them
        cannot be read. The next call leaves it out, and all that comes after it about the same
        complaint.
        """
        rows = (
            await connection.execute(_LEASE, {"now": now, "until": until, "limit": limit})
        ).all()
        leases = set_aside.each(connection, DELIVERIES, rows, _lease, name_of)
        if len(leases) < len(rows):
            raise UnreadableState
        return sorted(leases, key=lambda lease: lease.seq)

    async def renew(
        self, connection: AsyncConnection, deliveries: Sequence[Delivery], until: datetime
    ) -> None:
        """The leases of ``deliveries`` that still hold last until ``until``."""
        values = {
            "id": [d.id for d in deliveries],
            "attempt": [d.attempt for d in deliveries],
            "until": until,
        }
        await connection.execute(_RENEW, values)

    async def conclude(
        self,
        connection: AsyncConnection,
        deliveries: Sequence[Delivery],
        now: datetime,
        *,
        uncounted: Set[UUID] = frozenset(),
    ) -> set[UUID]:
        """Writes what became of leased deliveries; returns the ids whose lease still held.

        ``uncounted``: ids of those whose attempt does not count.
        """
        values = {
            "now": now,
            "id": [d.id for d in deliveries],
            "attempt": [d.attempt for d in deliveries],
            "status": [d.status.value for d in deliveries],
            "next_attempt_at": [d.next_attempt_at for d in deliveries],
            "reason": [d.reason for d in deliveries],
            "gateway": [d.gateway for d in deliveries],
            "uncounted": [int(d.id in uncounted) for d in deliveries],
        }
        held = set((await connection.execute(_CONCLUDE, values)).scalars())
        waiting = [d.complaint_id for d in deliveries if d.status is DeliveryStatus.WAITING]
        if waiting:
            await connection.execute(_STAND_BEHIND, {"keys": waiting})
        return held

    async def held_back(self, connection: AsyncConnection) -> dict[str, HeldBack]:
        """The gateways that are held back, by name."""
        rows = await connection.execute(_HELD_BACK)
        return {
            row.name: HeldBack(row.name, row.reason, row.ours, row.since, row.retry_at)
            for row in rows
        }

    async def hold_back(self, connection: AsyncConnection, gateways: Iterable[HeldBack]) -> None:
        """Leaves the gateways alone until their time; what waits for them waits as long."""
        for gateway in gateways:
            await connection.execute(_HOLD_BACK, asdict(gateway))
            if gateway.retry_at is not None:
                values = {"name": gateway.name, "until": gateway.retry_at, "sooner": False}
                await connection.execute(_WAIT_TOGETHER, values)

    async def open_again(self, connection: AsyncConnection, names: Iterable[str]) -> None:
        """The gateways have taken a message: they are not held back any longer."""
        await connection.execute(_OPEN_AGAIN, {"names": list(names)})

    async def gateways(self, connection: AsyncConnection) -> Sequence[Any]:
        """Rows of those that are held back, each with the number of messages that wait for it."""
        return (await connection.execute(_GATEWAYS)).all()

    async def resume(self, connection: AsyncConnection, name: str, now: datetime) -> bool:
        """Tries a gateway, and sends what waits for it, at once; False when it is not held back."""
        resumed = await connection.execute(_RESUME, {"name": name, "now": now})
        if resumed.first() is None:
            return False
        values = {"name": name, "until": now, "sooner": True}
        await connection.execute(_WAIT_TOGETHER, values)
        return True

    async def open_messages(
        self, connection: AsyncConnection
    ) -> dict[tuple[str, str], tuple[int, float]]:
        """By channel and status how many messages are open, 10,000 at most, and the age of the
        oldest in seconds."""
        rows = await connection.execute(_OPEN)
        return {(row.channel, row.status): (row.messages, row.oldest) for row in rows}

    async def deliveries_of(
        self, connection: AsyncConnection, complaint_id: UUID, sight: Sight
    ) -> Sequence[Any]:
        """Rows of a complaint's deliveries, oldest first, at most 500; no contact in them. None for
        a complaint that is not within sight."""
        return await self._seen(connection, _LIST, complaint_id, sight)

    async def failed(
        self, connection: AsyncConnection, sight: Sight, after: FailedPlace | None, limit: int
    ) -> Sequence[Any]:
        """Rows of messages that were given up, the last first, as far as they are within sight."""
        seen, (at, delivery_id) = condition(sight, "c"), after or (None, None)
        place = {"at": at, "id": delivery_id, "limit": limit}
        statement = text(_FAILED.format(seen=seen.sql))
        return (await connection.execute(statement, {**seen.parameters, **place})).all()

    async def is_seen(self, connection: AsyncConnection, complaint_id: UUID, sight: Sight) -> bool:
        """Whether there is such a complaint for an officer of this sight."""
        return bool(await self._seen(connection, _IS_SEEN, complaint_id, sight))

    async def _seen(
        self, connection: AsyncConnection, statement: str, complaint_id: UUID, sight: Sight
    ) -> Sequence[Any]:
        seen = condition(sight, "c")
        values = {"complaint_id": complaint_id, **seen.parameters}
        return (await connection.execute(text(statement.format(seen=seen.sql)), values)).all()


def name_of(delivery: Any) -> Name:
    """Of a delivery or its row: what it is called where it is set aside."""
    return delivery.id, delivery.complaint_id


def _case(row: Any) -> Case:
    return Case(
        complaint_id=row.complaint_id,
        channel=Channel(row.channel),
        report_number=row.report_number,
        reporter_ref=row.reporter_ref,
        language=row.language,
        reachable=row.reachable,
        confidential=row.confidential,
        muted=row.muted,
        erased=row.erased,
        told=frozenset(NotificationTemplate(name) for name in row.told),
        about_unit=row.about_unit,
        restricted=row.restricted,
        file_refused_at=row.file_refused_at,
    )


def _lease(row: Any) -> Lease:
    delivery = Delivery(
        id=row.id,
        complaint_id=row.complaint_id,
        template=NotificationTemplate(row.template),
        channel=Channel(row.channel),
        status=DeliveryStatus(row.status),
        cause=row.cause,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        attempt=row.attempt,
        unit_name=row.unit_name,
        due_at=row.due_at,
        rejection=RejectionReason(row.rejection) if row.rejection else None,
        traceparent=row.traceparent,
        reason=row.reason,
        words_ref=row.words_ref,
        refusal=MediaRefusal(row.refusal) if row.refusal else None,
    )
    later = frozenset(NotificationTemplate(name) for name in row.later)
    return Lease(delivery, _case(row), row.seq, later)


def _columns(rows: Iterable[Any], *names: str) -> dict[str, list[Any]]:
    rows = list(rows)
    return {name: [getattr(row, name) for row in rows] for name in names}


def _columns_of_cases(states: Sequence[Case]) -> dict[str, list[Any]]:
    return {
        **_columns(
            states, "complaint_id", "channel", "report_number", "reporter_ref", "language",
            "reachable", "confidential", "muted", "erased", "about_unit", "restricted",
            "file_refused_at",
        ),
        "told": [",".join(sorted(state.told)) for state in states],
    }  # fmt: skip


def _columns_of_deliveries(new: Sequence[Delivery]) -> dict[str, list[Any]]:
    return _columns(
        new, "id", "complaint_id", "template", "channel", "status", "created_at", "unit_name",
        "due_at", "rejection", "reason", "cause", "traceparent", "words_ref", "refusal",
    )  # fmt: skip
