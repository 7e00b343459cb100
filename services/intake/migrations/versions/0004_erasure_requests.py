"""An erasure is asked for by one administrator and confirmed by another; both are recorded."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "intake"


def upgrade() -> None:
    instant = pg.TIMESTAMP(timezone=True)
    op.create_table(
        "erasure_requests",
        sa.Column("erasure_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("settled_by", sa.Text),
        sa.Column("settled_note", sa.Text),
        sa.Column("settled_at", instant),
        sa.PrimaryKeyConstraint("erasure_id", name="pk_erasure_requests"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_erasure_requests_waiting",
        "erasure_requests",
        ["complaint_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("outcome IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("erasure_requests", schema=SCHEMA)
