"""What officers write to each other about a case."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.create_table(
        "internal_notes",
        sa.Column("note_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("actor_unit", sa.Text, nullable=False),
        sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_internal_notes_complaint_id", "internal_notes", ["complaint_id", "at"], schema=SCHEMA
    )


def downgrade() -> None:
    op.drop_table("internal_notes", schema=SCHEMA)
