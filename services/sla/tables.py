"""The tables of the schema ``sla``."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import service_metadata

metadata = service_metadata("sla")

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("next_fire_at", pg.TIMESTAMP(timezone=True)),
    sa.Column("body", pg.JSONB, nullable=False),
    sa.Column("about_unit", sa.Text),
    sa.Column("restricted", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("unit_id", sa.Text),
    sa.Column("reviewer", sa.Text),
    sa.Column("watchers", pg.JSONB, nullable=False),
    sa.Index(
        "ix_cases_next_fire_at",
        "next_fire_at",
        postgresql_where=sa.text("next_fire_at IS NOT NULL"),
    ),
)
"""``body`` is all clocks of a case; ``next_fire_at`` is when the ticker must look at it.
``about_unit``, ``restricted``, ``unit_id`` (the last holder), ``reviewer``, ``watchers``: what the
rule of visibility asks, for queries."""

clocks = sa.Table(
    "clocks",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("clock", sa.Text, primary_key=True),
    sa.Column("unit_id", sa.Text),
    sa.Column("due_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("original_due_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("stopped_at", pg.TIMESTAMP(timezone=True)),
    sa.Column("overdue", sa.Boolean, nullable=False),
    sa.Index(
        "ix_clocks_overdue",
        "due_at",
        "complaint_id",
        "clock",
        postgresql_where=sa.text("overdue"),
    ),
    sa.Index(
        "ix_clocks_overdue_of_unit",
        "unit_id",
        "due_at",
        "complaint_id",
        "clock",
        postgresql_where=sa.text("overdue"),
    ),
)
"""One row per clock, for queries. ``unit_id`` is who must act: the unit that the clock names, else
the holder of the case; null where the citizen must act."""

waivers = sa.Table(
    "waivers",
    metadata,
    sa.Column("note_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("author_unit", sa.Text, nullable=False),
    sa.Column("written_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_waivers_complaint_id", "complaint_id"),
)
"""Why an evaluation was waived (class C1). The event carries the id alone."""
