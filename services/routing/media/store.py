"""The SQL of cases' files."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.domain import Case, CaseMedia, MediaState
from services.routing.media.files import ORDER
from shared.events.vocabulary import MediaFlag, MediaKind, MediaOrigin, MediaRefusal


async def write(connection: AsyncConnection, told: Sequence[CaseMedia]) -> None:
    """Keeps what was told of each file, unless more is known of it already. ``told``: each file
    once (`files.latest`)."""
    if not told:
        return
    # In one order for all: two batches that tell of the same files do not deadlock.
    rows = sorted(told, key=lambda each: each.ref)
    await connection.execute(
        _WRITE,
        {
            "refs": [each.ref for each in rows],
            "complaints": [each.complaint_id for each in rows],
            "origins": [each.origin.value for each in rows],
            "numbers": [each.number for each in rows],
            "contents": [each.content_ref for each in rows],
            "states": [each.state.value for each in rows],
            "kinds": [each.kind.value if each.kind else None for each in rows],
            "reasons": [each.reason.value if each.reason else None for each in rows],
            "flags": [json.dumps([flag.value for flag in each.flags]) for each in rows],
            "ats": [each.at for each in rows],
        },
    )


async def of_case(connection: AsyncConnection, case: Case) -> list[CaseMedia]:
    """The files of a case: the reporter's in the order of the messages, then the evidence as it
    came. A merged case gets its head's answer, so that the head's evidence is its own as well."""
    found = await connection.execute(_OF_CASE, {"id": case.complaint_id, "head": case.head_id})
    return in_order(case, map(file_of, found))


def in_order(case: Case, files: Iterable[CaseMedia]) -> list[CaseMedia]:
    """As `of_case` gives them."""
    order = {ref: place for place, ref in enumerate(case.content_refs)}
    last = len(order)
    return sorted(
        files,
        key=lambda each: (
            each.origin is MediaOrigin.EVIDENCE,
            order.get(each.content_ref, last) if each.content_ref else last,
            each.number if each.content_ref else 0,
            each.at,
            each.ref,
        ),
    )


async def named(connection: AsyncConnection, refs: Sequence[UUID]) -> dict[UUID, CaseMedia]:
    """The files ``refs``, of whatever case, as far as they are known."""
    if not refs:
        return {}
    found = await connection.execute(_NAMED, {"refs": list(refs)})
    return {row.ref: file_of(row) for row in found}


def file_of(row: Any) -> CaseMedia:
    return CaseMedia(
        row.ref, row.complaint_id, MediaOrigin(row.origin), row.number, row.content_ref,
        MediaState(row.state), row.at, MediaKind(row.kind) if row.kind else None,
        MediaRefusal(row.reason) if row.reason else None, tuple(map(MediaFlag, row.flags)),
    )  # fmt: skip


def _step(column: str) -> str:
    """The place of a state in `ORDER`."""
    places = {state: place for place, states in enumerate(ORDER) for state in sorted(states)}
    found = (f"WHEN '{state}' THEN {place}" for state, place in places.items())
    return f"CASE {column} {' '.join(found)} END"


_COLUMNS = "ref, complaint_id, origin, number, content_ref, state, kind, reason, flags, at"
# What intake alone knows of a file (its place, the words it came with) is said by media as well, so
# that the later of the two may be left out whole.
_WRITE = text(f"""
    INSERT INTO case_media AS m ({_COLUMNS})
    SELECT r, c, o, n, w, s, k, e, ARRAY(SELECT json_array_elements_text(CAST(f AS json))), t
    FROM unnest(
        CAST(:refs AS uuid[]), CAST(:complaints AS uuid[]), CAST(:origins AS text[]),
        CAST(:numbers AS smallint[]), CAST(:contents AS uuid[]), CAST(:states AS text[]),
        CAST(:kinds AS text[]), CAST(:reasons AS text[]), CAST(:flags AS text[]),
        CAST(:ats AS timestamptz[])
    ) AS given(r, c, o, n, w, s, k, e, f, t)
    ON CONFLICT (ref) DO UPDATE SET
        state = excluded.state, kind = coalesce(excluded.kind, m.kind), reason = excluded.reason,
        flags = excluded.flags, at = excluded.at
    WHERE {_step("excluded.state")} >= {_step("m.state")}
""")  # noqa: S608 (constants)
OF_CASE = f"""
    SELECT {_COLUMNS} FROM case_media
    WHERE complaint_id = :id
       OR (complaint_id = CAST(:head AS uuid) AND origin = '{MediaOrigin.EVIDENCE}')
"""  # noqa: S608 (constants)
_OF_CASE = text(OF_CASE)
_NAMED = text(f"""
    SELECT {_COLUMNS} FROM case_media WHERE ref = ANY(CAST(:refs AS uuid[]))
""")  # noqa: S608 (constants)
