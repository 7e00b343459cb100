"""The only SQL of trained models. Rows are added, never changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.model.document import Figures
from shared.visibility import Sight, condition

MOST_CASES = 20_000
"""The newest cases that are looked at for what models said of them."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A model as it was registered. ``digest``: of its document. ``registered_by``: opaque subject
    of the officer."""

    number: int
    digest: str
    registered_by: str
    registered_by_unit: str
    registered_at: datetime
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Switched:
    """A model was let decide, or was stopped. ``switched_by``: opaque subject of the officer."""

    number: int
    decides: bool
    switched_by: str
    switched_by_unit: str
    switched_at: datetime
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """Numbers of the models that are asked: the one that decides, and the newest of all."""

    deciding: int | None
    newest: int | None

    @property
    def shadow(self) -> int | None:
        return self.newest if self.newest != self.deciding else None


@dataclass(frozen=True, slots=True)
class Finished:
    """A case whose category officers have let stand or put right. ``chosen``: as its reporter chose
    it."""

    complaint_id: UUID
    category: str
    chosen: str | None
    content_ref: UUID
    corrected: bool


async def alone(connection: AsyncConnection) -> None:
    """Until the transaction ends nobody else registers or switches."""
    await connection.execute(_ALONE)


async def register(
    connection: AsyncConnection, registered: Registered, document: Mapping[str, Any]
) -> None:
    await connection.execute(_REGISTER, {**_columns(registered), "document": json.dumps(document)})


async def switch(connection: AsyncConnection, switched: Switched) -> None:
    await connection.execute(_SWITCH, _columns(switched))


async def asked(connection: AsyncConnection) -> Asked:
    return Asked(**(await connection.execute(_ASKED)).mappings().one())


async def document_of(connection: AsyncConnection, number: int) -> Mapping[str, Any] | None:
    found = (await connection.execute(_DOCUMENT, {"number": number})).scalar_one_or_none()
    return None if found is None else dict(json.loads(found))


async def find(connection: AsyncConnection, number: int) -> Registered | None:
    row = (await connection.execute(_FIND, {"number": number})).mappings().one_or_none()
    return Registered(**row) if row else None


async def of_digest(connection: AsyncConnection, digest: str) -> Registered | None:
    """The model with that document."""
    row = (await connection.execute(_OF_DIGEST, {"digest": digest})).mappings().one_or_none()
    return Registered(**row) if row else None


async def newest(
    connection: AsyncConnection, before: int | None, limit: int
) -> Sequence[Registered]:
    """Models below ``before``, the newest first."""
    rows = await connection.execute(_NEWEST, {"before": before, "limit": limit})
    return [Registered(**row) for row in rows.mappings()]


async def switches(
    connection: AsyncConnection, numbers: Sequence[int]
) -> Mapping[int, Sequence[Switched]]:
    """By model, the first one first."""
    found: dict[int, list[Switched]] = {number: [] for number in numbers}
    rows = await connection.execute(_SWITCHES, {"numbers": list(numbers)})
    for row in rows.mappings():
        found[row["number"]].append(Switched(**row))
    return found


async def seen(
    connection: AsyncConnection, number: int
) -> tuple[Mapping[str, Figures], Mapping[str, Figures]]:
    """What a model and the rules said of finished cases, by the category that these have; and of
    those of them that officers had put right."""
    let_stand: dict[str, Figures] = {}
    corrected: dict[str, Figures] = {}
    rows = await connection.execute(_SEEN, {"number": number, "most": MOST_CASES})
    for row in rows.mappings():
        counted = Figures(texts=row["texts"], rules=row["rules"], model=row["model"])
        (corrected if row["corrected"] else let_stand)[row["category"]] = counted
    return added(let_stand, corrected), corrected


def added(one: Mapping[str, Figures], other: Mapping[str, Figures]) -> Mapping[str, Figures]:
    """Both together, by category."""
    return {
        slug: sum_of([part[slug] for part in (one, other) if slug in part])
        for slug in sorted({*one, *other})
    }


def sum_of(figures: Sequence[Figures]) -> Figures:
    return Figures(
        texts=sum(each.texts for each in figures),
        rules=sum(each.rules for each in figures),
        model=sum(each.model for each in figures),
    )


async def finished(
    connection: AsyncConnection, sight: Sight, before: UUID | None, limit: int
) -> Sequence[Finished]:
    """Finished cases within ``sight`` that came before one, the newest first; neither those about
    officials nor those whose reporter is erased."""
    shown = condition(sight, "c")
    values = {**shown.parameters, "before": before, "limit": limit}
    rows = await connection.execute(text(_FINISHED.format(seen=shown.sql)), values)
    return [Finished(**row) for row in rows.mappings()]


def _columns(row: Registered | Switched) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


_ALONE = text("LOCK TABLE classifier_models, classifier_switches IN SHARE ROW EXCLUSIVE MODE")
_REGISTER = text("""
    INSERT INTO classifier_models (number, digest, registered_by, registered_by_unit,
                                   registered_at, note, document)
    VALUES (:number, :digest, :registered_by, :registered_by_unit, :registered_at, :note,
            CAST(CAST(:document AS text) AS json))
""")
_SWITCH = text("""
    INSERT INTO classifier_switches (number, decides, switched_by, switched_by_unit, switched_at,
                                     note)
    VALUES (:number, :decides, :switched_by, :switched_by_unit, :switched_at, :note)
""")
_ASKED = text("""
    SELECT (SELECT CASE WHEN decides THEN number END FROM classifier_switches
            ORDER BY seq DESC LIMIT 1) AS deciding,
           (SELECT max(number) FROM classifier_models) AS newest
""")
_DOCUMENT = text("SELECT CAST(document AS text) FROM classifier_models WHERE number = :number")
_FIND = text("""
    SELECT number, digest, registered_by, registered_by_unit, registered_at, note
    FROM classifier_models WHERE number = :number
""")
_OF_DIGEST = text("""
    SELECT number, digest, registered_by, registered_by_unit, registered_at, note
    FROM classifier_models WHERE digest = :digest
""")
_NEWEST = text("""
    SELECT number, digest, registered_by, registered_by_unit, registered_at, note
    FROM classifier_models WHERE CAST(:before AS integer) IS NULL OR number < :before
    ORDER BY number DESC LIMIT :limit
""")
_SWITCHES = text("""
    SELECT number, decides, switched_by, switched_by_unit, switched_at, note
    FROM classifier_switches WHERE number = ANY(:numbers) ORDER BY seq
""")
# The rules' own answer is what the words spoke for most, also where a model has decided.
_SEEN = text("""
    SELECT c.category, count(*) AS texts,
           EXISTS (SELECT FROM corrections x WHERE x.complaint_id = c.complaint_id) AS corrected,
           count(*) FILTER (WHERE e.body -> 'candidates' -> 0 ->> 'slug' = c.category) AS rules,
           count(*) FILTER (WHERE said ->> 'category' = c.category) AS model
    FROM (SELECT complaint_id, body FROM explanations
          ORDER BY complaint_id DESC LIMIT :most) e
    JOIN cases c ON c.complaint_id = e.complaint_id
    CROSS JOIN LATERAL jsonb_array_elements(coalesce(e.body -> 'models', '[]')) said
    WHERE CAST(said ->> 'number' AS integer) = :number AND e.body -> 'candidates' IS NOT NULL
      AND c.state = 'completed' AND c.category IS NOT NULL
      AND NOT c.restricted AND c.about_unit IS NULL
    GROUP BY c.category, corrected ORDER BY c.category
""")
_FINISHED = """
    SELECT c.complaint_id, c.category, c.body ->> 'citizen_category' AS chosen,
           CAST(c.body -> 'content_refs' ->> 0 AS uuid) AS content_ref,
           EXISTS (SELECT FROM corrections x WHERE x.complaint_id = c.complaint_id) AS corrected
    FROM cases c
    WHERE (CAST(:before AS uuid) IS NULL OR c.complaint_id < :before) AND {seen}
      AND c.state = 'completed' AND c.category IS NOT NULL
      AND NOT c.restricted AND c.about_unit IS NULL AND NOT CAST(c.body ->> 'erased' AS boolean)
      AND c.body -> 'content_refs' ->> 0 IS NOT NULL
    ORDER BY c.complaint_id DESC LIMIT :limit
"""
