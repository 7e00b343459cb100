"""Which unit has stopped watching a case."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.create_table(
        "unwatchings",
        sa.Column("unwatching_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("unit_id", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
        schema=SCHEMA,
    )
    op.create_index("ix_unwatchings_complaint_id", "unwatchings", ["complaint_id"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("unwatchings", schema=SCHEMA)
