"""The only SQL of the case's record: chaining its steps, and reading them whole."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.casefile.steps import Recorded, links_of
from shared.case_chain import note_text
from shared.set_aside import CASES, each, not_aside, of_complaint


async def read_steps(connection: AsyncConnection, complaint_id: UUID) -> list[Recorded]:
    """All steps of a case, oldest first. The caller has seen to it that the case may be seen."""
    found = await connection.execute(_RECORD, {"id": complaint_id})
    return [Recorded(**row) for row in found.mappings()]


async def lock_unchained(connection: AsyncConnection, at_most: int) -> list[UUID]:
    """Some cases with steps that are not chained, locked; those that others hold are left out."""
    found = await connection.execute(_UNCHAINED, {"limit": at_most})
    return [row.complaint_id for row in found]


async def chain_up(connection: AsyncConnection, cases: Sequence[UUID]) -> None:
    """Chains the steps of ``cases`` that are not chained; a hash that is there stays as it is. The
    caller holds the locks of the cases' rows, so nobody adds a step meanwhile."""
    ids = {"ids": list(cases)}
    notes = (await connection.execute(_OPEN_NOTES, ids)).all()
    await connection.execute(
        _SEAL_NOTES,
        {
            "ids": [note.note_id for note in notes],
            "texts": [note_text(note.words, note.evidence).decode() for note in notes],
        },
    )
    found = await connection.execute(_STEPS, ids)
    steps = [Recorded(**row) for row in found.mappings()]
    by_case = [list(own) for _, own in groupby(steps, key=lambda step: step.complaint_id)]
    linked = each(connection, CASES, by_case, links_of, lambda own: of_complaint(own[0]))
    links = [link for of_case in linked for link in of_case]
    await connection.execute(
        _CHAIN,
        {
            "ids": [step.complaint_id for step, _ in links],
            "versions": [step.version for step, _ in links],
            "salts": [step.salt for step, _ in links],
            "actors": [step.actor_reference for step, _ in links],
            "words": [step.words_digest for step, _ in links],
            "hashes": [digest for _, digest in links],
        },
    )


_COLUMNS = """
    h.complaint_id, h.version, h.event, h.at, h.state, h.unit_id, h.actor, h.actor_unit, h.note_id,
    h.facts, h.withheld
"""
_RECORD = text(f"""
    SELECT {_COLUMNS}, h.salt, h.actor_ref, h.words_digest, h.hash,
           n.words, n.evidence, n.salt AS words_salt
    FROM history h LEFT JOIN notes n ON n.note_id = h.note_id
    WHERE h.complaint_id = :id ORDER BY h.version
""")  # noqa: S608 (a constant)
_UNCHAINED = text(f"""
    SELECT complaint_id FROM cases
    WHERE complaint_id IN (
        SELECT complaint_id FROM history
        WHERE hash IS NULL AND {not_aside("history.complaint_id", CASES)}
        ORDER BY complaint_id LIMIT :limit
    )
    ORDER BY complaint_id FOR UPDATE SKIP LOCKED
""")  # noqa: S608 (a constant)
_OPEN_NOTES = text("""
    SELECT note_id, words, evidence FROM notes
    WHERE digest IS NULL AND note_id IN (
        SELECT note_id FROM history WHERE complaint_id = ANY(CAST(:ids AS uuid[]))
    )
    ORDER BY note_id FOR UPDATE
""")
_SEAL_NOTES = text("""
    UPDATE notes SET salt = sealed.salt,
                     digest = sha256(sealed.salt || convert_to(sealed.text, 'UTF8'))
    FROM (SELECT id, text, uuid_send(gen_random_uuid()) AS salt
          FROM unnest(CAST(:ids AS uuid[]), CAST(:texts AS text[])) AS given(id, text)) AS sealed
    WHERE note_id = sealed.id AND digest IS NULL
""")
_STEPS = text(f"""
    WITH own AS MATERIALIZED (
        SELECT id, coalesce(
            (SELECT salt FROM history WHERE complaint_id = id AND salt IS NOT NULL LIMIT 1),
            uuid_send(gen_random_uuid())
        ) AS salt
        FROM unnest(CAST(:ids AS uuid[])) AS given(id)
    )
    SELECT {_COLUMNS}, own.salt, h.actor_ref, h.hash,
           coalesce(h.words_digest, n.digest) AS words_digest
    FROM own JOIN history h ON h.complaint_id = own.id
    LEFT JOIN notes n ON n.note_id = h.note_id
    ORDER BY h.complaint_id, h.version
""")  # noqa: S608 (a constant)
_CHAIN = text("""
    UPDATE history AS h SET salt = s, actor_ref = decode(a, 'hex'), words_digest = w,
                            hash = decode(d, 'hex')
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:versions AS int[]), CAST(:salts AS bytea[]),
        CAST(:actors AS text[]), CAST(:words AS bytea[]), CAST(:hashes AS text[])
    ) AS given(i, v, s, a, w, d)
    WHERE h.complaint_id = i AND h.version = v AND h.hash IS NULL
""")
