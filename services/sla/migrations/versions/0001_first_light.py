"""Clocks of cases, reasons of waivers, and the tables of the bus."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from shared.bus_tables import create_bus_tables_v1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "sla"


def upgrade() -> None:
    create_bus_tables_v1(op, SCHEMA)
    _create_cases()
    _create_clocks()
    _create_waivers()


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("next_fire_at", pg.TIMESTAMP(timezone=True)),
        sa.Column("body", pg.JSONB, nullable=False),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_cases_next_fire_at",
        "cases",
        ["next_fire_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("next_fire_at IS NOT NULL"),
    )


def _create_clocks() -> None:
    op.create_table(
        "clocks",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("clock", sa.Text, primary_key=True),
        sa.Column("unit_id", sa.Text),
        sa.Column("due_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("original_due_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("stopped_at", pg.TIMESTAMP(timezone=True)),
        sa.Column("overdue", sa.Boolean, nullable=False),
        schema=SCHEMA,
    )
    by_time = ["due_at", "complaint_id", "clock"]
    overdue = sa.text("overdue")
    op.create_index("ix_clocks_overdue", "clocks", by_time, schema=SCHEMA, postgresql_where=overdue)
    op.create_index(
        "ix_clocks_overdue_of_unit",
        "clocks",
        ["unit_id", *by_time],
        schema=SCHEMA,
        postgresql_where=overdue,
    )


def _create_waivers() -> None:
    op.create_table(
        "waivers",
        sa.Column("note_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("author_unit", sa.Text, nullable=False),
        sa.Column("written_at", pg.TIMESTAMP(timezone=True), nullable=False),
        schema=SCHEMA,
    )
    op.create_index("ix_waivers_complaint_id", "waivers", ["complaint_id"], schema=SCHEMA)


def downgrade() -> None:
    for name in ("waivers", "clocks", "cases", "parked", "outbox", "inbox"):
        op.drop_table(name, schema=SCHEMA)
