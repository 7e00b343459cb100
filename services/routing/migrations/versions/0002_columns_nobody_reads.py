"""Columns go that were written and never read.

The version stands in the case's body. Who wrote a note, and when, stands in the history row that
names the note. A release that still writes the columns cannot run beside this one: routing is
stopped while this migration runs.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "routing"
OF_NOTES = ("author", "author_unit", "written_at")


def upgrade() -> None:
    op.drop_column("cases", "version", schema=SCHEMA)
    for name in OF_NOTES:
        op.drop_column("notes", name, schema=SCHEMA)


def downgrade() -> None:
    """What the columns held is read back from where it stands as well."""
    op.add_column("cases", sa.Column("version", sa.Integer), schema=SCHEMA)
    op.execute("UPDATE routing.cases SET version = CAST(body ->> 'version' AS int)")
    op.alter_column("cases", "version", nullable=False, schema=SCHEMA)
    for name in OF_NOTES:
        kind = pg.TIMESTAMP(timezone=True) if name == "written_at" else sa.Text
        op.add_column("notes", sa.Column(name, kind), schema=SCHEMA)
    op.execute(
        "UPDATE routing.notes n SET author = h.actor, author_unit = h.actor_unit,"
        " written_at = h.at FROM (SELECT DISTINCT ON (note_id) note_id, actor, actor_unit, at"
        " FROM routing.history WHERE note_id IS NOT NULL ORDER BY note_id, at, version) h"
        " WHERE h.note_id = n.note_id"
    )
    for name in OF_NOTES:
        op.alter_column("notes", name, nullable=False, schema=SCHEMA)
