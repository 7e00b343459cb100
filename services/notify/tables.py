"""Tables of notify. No contact, no tracking code and no officer's words are stored in any."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import service_metadata

metadata = service_metadata("notify")

cases = sa.Table(
    "cases",
    metadata,
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
    sa.Column("about_unit", sa.Text),
    sa.Column("restricted", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("file_refused_at", pg.TIMESTAMP(timezone=True)),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
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
    sa.Column("words_ref", pg.UUID(as_uuid=True)),
    sa.Column("gateway", sa.Text),
    sa.Column("refusal", sa.Text),
    sa.Index("ix_deliveries_complaint_id", "complaint_id"),
    # The sender asks several times a second for what is due. An index of the open rows alone
    # stays small while the table grows.
    sa.Index(
        "ix_deliveries_due",
        "next_attempt_at",
        "seq",
        postgresql_where=sa.text("status IN ('waiting', 'leased')"),
    ),
    # What administrators look through.
    sa.Index(
        "ix_deliveries_failed",
        "concluded_at",
        "id",
        postgresql_where=sa.text("status = 'failed'"),
    ),
    # Which of a complaint's messages is the first that is open.
    sa.Index(
        "ix_deliveries_open",
        "complaint_id",
        "seq",
        postgresql_where=sa.text("status IN ('waiting', 'leased')"),
    ),
)

gateways = sa.Table(
    "gateways",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("ours", sa.Boolean, nullable=False),
    sa.Column("since", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("retry_at", pg.TIMESTAMP(timezone=True)),
)
"""Those that are held back; all senders leave them alone together."""
