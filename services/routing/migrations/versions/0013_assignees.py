"""Who has a case in hand within its unit, and who gave it to whom."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.add_column("cases", sa.Column("assignee_id", pg.UUID(as_uuid=True)), schema=SCHEMA)
    op.create_index(
        "ix_cases_assignee_id", "cases", ["assignee_id"], schema=SCHEMA,
        postgresql_where=sa.text("assignee_id IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "assignments",
        sa.Column("assignment_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("unit_id", sa.Text, nullable=False),
        sa.Column("officer_id", pg.UUID(as_uuid=True)),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
        schema=SCHEMA,
    )
    op.create_index("ix_assignments_complaint_id", "assignments", ["complaint_id"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("assignments", schema=SCHEMA)
    op.drop_index("ix_cases_assignee_id", "cases", schema=SCHEMA)
    op.drop_column("cases", "assignee_id", schema=SCHEMA)
