"""What was answered under an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.create_table(
        "kept_answers",
        sa.Column("name", pg.BYTEA, primary_key=True),
        sa.Column("fingerprint", pg.BYTEA, nullable=False),
        sa.Column("complaint_id", pg.UUID(as_uuid=True)),
        sa.Column("version", sa.Integer),
        sa.Column("body", sa.Text),
        sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
        schema=SCHEMA,
    )
    op.create_index("ix_kept_answers_at", "kept_answers", ["at"], schema=SCHEMA)
    op.create_index("ix_kept_answers_complaint_id", "kept_answers", ["complaint_id"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("kept_answers", schema=SCHEMA)
