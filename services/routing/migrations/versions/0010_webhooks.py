"""Agencies' own systems are told of their units' cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    instant, uuid = pg.TIMESTAMP(timezone=True), pg.UUID(as_uuid=True)
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", uuid, primary_key=True),
        sa.Column("unit_id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("events", pg.ARRAY(sa.Text)),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("disabled_because", sa.Text),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("previous_until", instant),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("held_until", instant),
        sa.Column("leased_until", instant),
        sa.Column("holder", uuid),
        sa.Column("changed_at", instant, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        schema=SCHEMA,
    )
    op.create_index("ix_webhooks_unit_id", "webhooks", ["unit_id"], schema=SCHEMA)
    op.create_table(
        "webhook_deliveries",
        sa.Column("delivery_id", uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("webhook_id", uuid, nullable=False),
        sa.Column("complaint_id", uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("next_attempt_at", instant, nullable=False),
        sa.Column("give_up_at", instant, nullable=False),
        sa.Column("concluded_at", instant),
        sa.Column("reason", sa.Text),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_webhook_deliveries_webhook_id", "webhook_deliveries", ["webhook_id", "number"],
        schema=SCHEMA,
    )  # fmt: skip
    op.create_index(
        "ix_webhook_deliveries_waiting", "webhook_deliveries",
        ["webhook_id", "complaint_id", "number"], schema=SCHEMA,
        postgresql_where=sa.text("status = 'waiting'"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("webhook_deliveries", schema=SCHEMA)
    op.drop_table("webhooks", schema=SCHEMA)
