"""Requests of administrators to read originals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "vault"


def upgrade() -> None:
    instant = pg.TIMESTAMP(timezone=True)
    op.create_table(
        "reveals",
        sa.Column("reveal_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("about_unit", sa.Text),
        sa.Column("restricted", sa.Boolean, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("confirmed_by", sa.Text),
        sa.Column("confirmed_note", sa.Text),
        sa.Column("confirmed_at", instant),
        sa.PrimaryKeyConstraint("reveal_id", name="pk_reveals"),
        schema=SCHEMA,
    )
    op.create_index("ix_reveals_expires_at", "reveals", ["expires_at"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("reveals", schema=SCHEMA)
