"""Words that a unit uses again and again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.create_table(
        "reply_templates",
        sa.Column("unit_id", sa.Text, primary_key=True),
        sa.Column("template_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("changed_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("reply_templates", schema=SCHEMA)
