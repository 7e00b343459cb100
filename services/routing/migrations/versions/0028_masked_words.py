"""The searchable copy of confidential reports holds no numbers, names and homes of persons.

What earlier releases kept is masked once. The vocabulary is made anew: a name that nobody's card
holds any more must not be found as a word that is spelled alike.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from services.routing.masking import mask

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
_NEXT = sa.text("""
    SELECT t.complaint_id, t.words, t.address
    FROM routing.texts t JOIN routing.cases c USING (complaint_id)
    WHERE CAST(c.body ->> 'confidential' AS boolean) AND t.complaint_id > :after
    ORDER BY t.complaint_id LIMIT :at_once
""")
_KEEP = sa.text("""
    WITH kept AS (
        UPDATE routing.texts SET words = :words, address = :address
        WHERE complaint_id = :id RETURNING card_id
    )
    UPDATE routing.cards c
    SET sought = to_tsvector('simple', :words || ' ' || coalesce(:address, ''))
    FROM kept WHERE c.card_id = kept.card_id
""").bindparams(sa.bindparam("words", type_=sa.Text), sa.bindparam("address", type_=sa.Text))
_ANEW = """
    INSERT INTO routing.vocabulary (word)
    SELECT word FROM ts_stat('SELECT sought FROM routing.cards')
    WHERE word ~ '^[[:alpha:]]{4,30}$'
"""


def upgrade() -> None:
    connection, changed = op.get_bind(), False
    for rows in _confidential(connection):
        masked = [_masked(row) for row in rows]
        said = [each for each, row in zip(masked, rows, strict=True) if each != _as_it_is(row)]
        if said:
            connection.execute(_KEEP, said)
            changed = True
    if changed:
        op.execute("DELETE FROM routing.vocabulary")
        op.execute(_ANEW)


def _confidential(connection: sa.Connection) -> Iterator[Sequence[sa.Row[tuple[UUID, str, str]]]]:
    after = UUID(int=0)
    while rows := connection.execute(_NEXT, {"after": after, "at_once": AT_ONCE}).all():
        yield rows
        after = rows[-1].complaint_id


def _as_it_is(row: sa.Row[tuple[UUID, str, str]]) -> dict[str, object]:
    return {"id": row.complaint_id, "words": row.words, "address": row.address}


def _masked(row: sa.Row[tuple[UUID, str, str]]) -> dict[str, object]:
    address = row.address and mask(row.address).text
    return {"id": row.complaint_id, "words": mask(row.words).text, "address": address}


def downgrade() -> None:
    """The words that were taken out are intake's alone: an earlier release finds them there."""
