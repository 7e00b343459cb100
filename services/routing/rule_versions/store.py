"""The only SQL of versions of the rules. Rows are added, never changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.rule_versions.document import Document
from services.routing.rule_versions.trial import Past
from shared.visibility import Sight, condition


@dataclass(frozen=True, slots=True)
class Proposed:
    """A version as it was proposed. ``digest``: of its document. ``based_on``: the version that
    decided then. ``proposed_by``: opaque subject of the officer."""

    number: int
    digest: str
    based_on: int
    proposed_by: str
    proposed_by_unit: str
    proposed_at: datetime
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Activated:
    """A version was activated: it decides from ``valid_from`` on. ``activated_by``: opaque subject
    of the second officer."""

    number: int
    valid_from: datetime
    activated_by: str
    activated_by_unit: str
    activated_at: datetime
    note: str = field(repr=False)


async def alone(connection: AsyncConnection) -> None:
    """Until the transaction ends nobody else proposes or activates."""
    await connection.execute(_ALONE)


async def propose(connection: AsyncConnection, proposed: Proposed, document: Document) -> None:
    await connection.execute(
        _PROPOSE, {**_columns(proposed), "document": json.dumps(document, ensure_ascii=False)}
    )


async def activate(connection: AsyncConnection, activated: Activated) -> None:
    await connection.execute(_ACTIVATE, _columns(activated))


async def number_in_force(connection: AsyncConnection, now: datetime) -> int | None:
    """The version that decides; None while none was activated: the shipped one."""
    found = await connection.execute(_IN_FORCE, {"now": now})
    number: int | None = found.scalar_one_or_none()
    return number


async def document_of(connection: AsyncConnection, number: int) -> Document | None:
    found = (await connection.execute(_DOCUMENT, {"number": number})).scalar_one_or_none()
    return None if found is None else dict(json.loads(found))


async def find(connection: AsyncConnection, number: int) -> Proposed | None:
    row = (await connection.execute(_FIND, {"number": number})).mappings().one_or_none()
    return Proposed(**row) if row else None


async def of_digest(connection: AsyncConnection, digest: str) -> Proposed | None:
    """The version with that document."""
    row = (await connection.execute(_OF_DIGEST, {"digest": digest})).mappings().one_or_none()
    return Proposed(**row) if row else None


async def last_number(connection: AsyncConnection) -> int | None:
    found: int | None = (await connection.execute(_LAST)).scalar_one()
    return found


async def newest(connection: AsyncConnection, before: int | None, limit: int) -> Sequence[Proposed]:
    """Versions below ``before``, the newest first."""
    rows = await connection.execute(_NEWEST, {"before": before, "limit": limit})
    return [Proposed(**row) for row in rows.mappings()]


async def activations(
    connection: AsyncConnection, numbers: Sequence[int]
) -> Mapping[int, Sequence[Activated]]:
    """By version when it was activated, the first time first."""
    found: dict[int, list[Activated]] = {number: [] for number in numbers}
    rows = await connection.execute(_ACTIVATIONS, {"numbers": list(numbers)})
    for row in rows.mappings():
        found[row["number"]].append(Activated(**row))
    return found


async def past(
    connection: AsyncConnection, sight: Sight, before: UUID | None, limit: int
) -> Sequence[Past]:
    """Complaints within ``sight`` that came before one, the newest first; neither those about
    officials nor those whose reporter is erased."""
    seen = condition(sight, "c")
    values = {**seen.parameters, "before": before, "limit": limit}
    rows = await connection.execute(text(_PAST.format(seen=seen.sql)), values)
    return [Past(**row) for row in rows.mappings()]


def _columns(row: Proposed | Activated) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


_ALONE = text("LOCK TABLE rule_versions, rule_activations IN SHARE ROW EXCLUSIVE MODE")
_PROPOSE = text("""
    INSERT INTO rule_versions (number, document, digest, based_on, proposed_by, proposed_by_unit,
                               proposed_at, note)
    VALUES (:number, CAST(CAST(:document AS text) AS json), :digest, :based_on, :proposed_by,
            :proposed_by_unit, :proposed_at, :note)
""")
_ACTIVATE = text("""
    INSERT INTO rule_activations (number, valid_from, activated_by, activated_by_unit,
                                  activated_at, note)
    VALUES (:number, :valid_from, :activated_by, :activated_by_unit, :activated_at, :note)
""")
_IN_FORCE = text("""
    SELECT number FROM rule_activations WHERE valid_from <= :now
    ORDER BY valid_from DESC, seq DESC LIMIT 1
""")
_DOCUMENT = text("SELECT CAST(document AS text) FROM rule_versions WHERE number = :number")
_FIND = text("""
    SELECT number, digest, based_on, proposed_by, proposed_by_unit, proposed_at, note
    FROM rule_versions WHERE number = :number
""")
_OF_DIGEST = text("""
    SELECT number, digest, based_on, proposed_by, proposed_by_unit, proposed_at, note
    FROM rule_versions WHERE digest = :digest
""")
_LAST = text("SELECT max(number) FROM rule_versions")
_NEWEST = text("""
    SELECT number, digest, based_on, proposed_by, proposed_by_unit, proposed_at, note
    FROM rule_versions WHERE CAST(:before AS integer) IS NULL OR number < :before
    ORDER BY number DESC LIMIT :limit
""")
_PAST = """
    SELECT c.complaint_id, c.body ->> 'channel' AS channel,
           c.body ->> 'citizen_category' AS category, c.kelurahan_code,
           CAST(c.body -> 'content_refs' ->> 0 AS uuid) AS content_ref
    FROM cases c
    WHERE (CAST(:before AS uuid) IS NULL OR c.complaint_id < :before) AND {seen}
      AND NOT c.restricted AND c.about_unit IS NULL AND NOT CAST(c.body ->> 'erased' AS boolean)
      AND c.body -> 'content_refs' ->> 0 IS NOT NULL
    ORDER BY c.complaint_id DESC LIMIT :limit
"""
_ACTIVATIONS = text("""
    SELECT number, valid_from, activated_by, activated_by_unit, activated_at, note
    FROM rule_activations WHERE number = ANY(:numbers) ORDER BY seq
""")
