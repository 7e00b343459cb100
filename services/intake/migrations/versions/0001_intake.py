"""Complaints, contents, idempotency keys, report counters, erasures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from shared.bus_tables import create_bus_tables_v1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "intake"


def upgrade() -> None:
    create_bus_tables_v1(op, SCHEMA)
    _complaints()
    _contents()
    _idempotency_keys()
    op.create_table(
        "report_counters",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_report_counters"),
        schema=SCHEMA,
        # One hot row per day: room on its page keeps each new version beside the old one.
        postgresql_with={"fillfactor": 10},
    )
    op.create_table(
        "erasures",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("erased_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("erased_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_erasures"),
        schema=SCHEMA,
    )


def _complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("report_number", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("reporter_ref", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("received_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_complaints"),
        sa.UniqueConstraint("report_number", name="uq_complaints_report_number"),
        schema=SCHEMA,
    )


def _contents() -> None:
    op.create_table(
        "contents",
        sa.Column("ref", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("message_digest", pg.BYTEA, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("address", sa.Text),
        sa.Column("created_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("erased_at", pg.TIMESTAMP(timezone=True)),
        sa.PrimaryKeyConstraint("ref", name="pk_contents"),
        sa.UniqueConstraint("message_digest", name="uq_contents_message_digest"),
        schema=SCHEMA,
    )
    op.create_index("ix_contents_complaint_id", "contents", ["complaint_id"], schema=SCHEMA)


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("key_digest", pg.BYTEA, nullable=False),
        sa.Column("body_digest", pg.BYTEA, nullable=False),
        sa.Column("complaint_ids", pg.ARRAY(pg.UUID(as_uuid=True)), nullable=False),
        sa.Column("created_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key_digest", name="pk_idempotency_keys"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], schema=SCHEMA
    )
