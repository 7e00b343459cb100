"""Each unit that has to do with an open case has a slip of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SCHEMA = "routing"

_FILL = """
    INSERT INTO routing.slips (card_id, unit_id, ground, tab, judged_by, state, category, channel,
                               kelurahan_code, about_unit, restricted, received_at, next_due_at)
    SELECT t.card_id, of.unit, of.ground, of.tab, c.awaited_reviewer, c.state, c.category,
           c.channel, c.kelurahan_code, c.about_unit, c.restricted, c.received_at, c.next_due_at
    FROM routing.cases c JOIN routing.texts t ON t.complaint_id = c.complaint_id, LATERAL (
        SELECT c.unit_id AS unit, 'holder' AS ground, c.stage AS tab
        UNION ALL SELECT c.awaited_reviewer, 'judge', 'judgement'
        WHERE c.awaited_reviewer IS NOT NULL
        UNION ALL SELECT watcher, 'watcher', 'waiting'
        FROM jsonb_array_elements_text(c.watchers) watcher WHERE watcher <> c.unit_id
    ) AS of
    WHERE c.stage IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "slips",
        sa.Column("card_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("unit_id", sa.Text, primary_key=True),
        sa.Column("ground", sa.Text, primary_key=True),
        sa.Column("tab", sa.Text, nullable=False),
        sa.Column("judged_by", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("kelurahan_code", sa.Text),
        sa.Column("about_unit", sa.Text),
        sa.Column("restricted", sa.Boolean, nullable=False),
        sa.Column("received_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("next_due_at", pg.TIMESTAMP(timezone=True)),
        schema=SCHEMA,
    )
    op.execute(_FILL)
    op.create_index("ix_slips_unit_id", "slips", ["unit_id"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("slips", schema=SCHEMA)
