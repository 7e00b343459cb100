"""Filters of the inbox that an officer keeps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("officer_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("view_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", pg.JSONB, nullable=False),
        sa.Column("changed_at", pg.TIMESTAMP(timezone=True), nullable=False),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("saved_views", schema=SCHEMA)
