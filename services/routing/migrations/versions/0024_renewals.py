"""Replicas of the console agree on who renews an officer's session."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.create_table(
        "renewals",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("taken_until", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("kept_until", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text),
        schema=SCHEMA,
    )
    op.create_index("ix_renewals_kept_until", "renewals", ["kept_until"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("renewals", schema=SCHEMA)
