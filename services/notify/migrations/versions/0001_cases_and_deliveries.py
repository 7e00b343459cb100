"""Cases and deliveries, and the tables of the bus."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from shared.bus_tables import create_bus_tables_v1

revision = "0001"
down_revision = None

SCHEMA = "notify"


def upgrade() -> None:
    create_bus_tables_v1(op, SCHEMA)
    op.create_table(
        "cases",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("report_number", sa.Text, nullable=False),
        sa.Column("reporter_ref", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("reachable", sa.Boolean, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("muted", sa.Boolean, nullable=False),
        sa.Column("erased", sa.Boolean, nullable=False),
        sa.Column("told", pg.ARRAY(sa.Text), nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "deliveries",
        sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("created_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("next_attempt_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("concluded_at", pg.TIMESTAMP(timezone=True)),
        sa.Column("unit_name", sa.Text),
        sa.Column("due_at", pg.TIMESTAMP(timezone=True)),
        sa.Column("rejection", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("cause", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("traceparent", sa.Text),
        schema=SCHEMA,
    )
    op.create_index("ix_deliveries_complaint_id", "deliveries", ["complaint_id"], schema=SCHEMA)
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["next_attempt_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("status IN ('waiting', 'leased')"),
    )
