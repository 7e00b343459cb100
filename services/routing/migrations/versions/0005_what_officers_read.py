"""What a reporter wrote last is unread until an officer has looked at it, and the history keeps
what its events say.

The facts of earlier events are read back from the outbox, and what the stream was not told of them
from the history itself. Words that came before this release count as looked at.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "routing"

_FACTS = """
    UPDATE routing.history AS h
    SET facts = (o.said || coalesce(h.withheld, '{}')) - CAST(ARRAY[
        'complaint_id', 'at', 'state', 'unit_id', 'unit_name', 'unit_kind', 'unit_parent_id',
        'case_version', 'standing'] AS text[])
    FROM (SELECT complaint_id, CAST(convert_from(body, 'UTF8') AS jsonb) AS said
          FROM routing.outbox) AS o
    WHERE o.complaint_id = h.complaint_id
      AND CAST(o.said ->> 'case_version' AS int) = h.version
"""


def upgrade() -> None:
    instant = pg.TIMESTAMP(timezone=True)
    op.add_column("cases", sa.Column("must_look", sa.Text), schema=SCHEMA)
    op.add_column("cases", sa.Column("unread_since", instant), schema=SCHEMA)
    op.create_index(
        "ix_cases_must_look", "cases", ["must_look", "unread_since", "complaint_id"],
        schema=SCHEMA, postgresql_where=sa.text("must_look IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_cases_watchers", "cases", ["watchers"], schema=SCHEMA, postgresql_using="gin",
        postgresql_ops={"watchers": "jsonb_path_ops"},
    )  # fmt: skip
    op.add_column("history", sa.Column("facts", pg.JSONB), schema=SCHEMA)
    op.execute(_FACTS)
    op.create_table(
        "looks",
        sa.Column("look_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("refs", pg.ARRAY(pg.UUID(as_uuid=True)), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("actor_unit", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("at", instant, nullable=False),
        schema=SCHEMA,
    )
    op.create_index("ix_looks_complaint_id", "looks", ["complaint_id"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("looks", schema=SCHEMA)
    op.drop_column("history", "facts", schema=SCHEMA)
    op.drop_index("ix_cases_watchers", "cases", schema=SCHEMA)
    op.drop_index("ix_cases_must_look", "cases", schema=SCHEMA)
    op.drop_column("cases", "unread_since", schema=SCHEMA)
    op.drop_column("cases", "must_look", schema=SCHEMA)
