"""Cases, officers' notes, history, and the tables of the bus."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from shared.bus_tables import create_bus_tables_v1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    create_bus_tables_v1(op, SCHEMA)
    _create_cases()
    op.create_table(
        "notes",
        sa.Column("note_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("evidence", pg.JSONB, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("author_unit", sa.Text, nullable=False),
        sa.Column("written_at", pg.TIMESTAMP(timezone=True), nullable=False),
        schema=SCHEMA,
    )
    op.create_index("ix_notes_complaint_id", "notes", ["complaint_id"], schema=SCHEMA)
    op.create_table(
        "history",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("unit_id", sa.Text, nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("actor_unit", sa.Text),
        sa.Column("note_id", pg.UUID(as_uuid=True)),
        schema=SCHEMA,
    )


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("unit_id", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("head_id", pg.UUID(as_uuid=True)),
        sa.Column("awaited_reviewer", sa.Text),
        sa.Column("received_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("body", pg.JSONB, nullable=False),
        schema=SCHEMA,
    )
    by_time = ["received_at", "complaint_id"]
    op.create_index("ix_cases_inbox", "cases", ["unit_id", *by_time], schema=SCHEMA)
    op.create_index(
        "ix_cases_review",
        "cases",
        ["awaited_reviewer", *by_time],
        schema=SCHEMA,
        postgresql_where=sa.text("awaited_reviewer IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_head_id",
        "cases",
        ["head_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("head_id IS NOT NULL"),
    )


def downgrade() -> None:
    for name in ("history", "notes", "cases", "parked", "outbox", "inbox"):
        op.drop_table(name, schema=SCHEMA)
