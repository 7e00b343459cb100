"""The tables of the schema ``routing``."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import service_metadata

metadata = service_metadata("routing")

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("unit_id", sa.Text, nullable=False),
    sa.Column("category", sa.Text),
    sa.Column("head_id", pg.UUID(as_uuid=True)),
    sa.Column("awaited_reviewer", sa.Text),
    sa.Column("reviewer", sa.Text),
    sa.Column("watchers", pg.JSONB, nullable=False),
    sa.Column("about_unit", sa.Text),
    sa.Column("restricted", sa.Boolean, nullable=False),
    sa.Column("received_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("body", pg.JSONB, nullable=False),
    sa.Column("must_look", sa.Text),
    sa.Column("unread_since", pg.TIMESTAMP(timezone=True)),
    sa.Index("ix_cases_inbox", "unit_id", "received_at", "complaint_id"),
    sa.Index(
        "ix_cases_review",
        "awaited_reviewer",
        "received_at",
        "complaint_id",
        postgresql_where=sa.text("awaited_reviewer IS NOT NULL"),
    ),
    sa.Index("ix_cases_head_id", "head_id", postgresql_where=sa.text("head_id IS NOT NULL")),
    sa.Index(
        "ix_cases_must_look",
        "must_look",
        "unread_since",
        "complaint_id",
        postgresql_where=sa.text("must_look IS NOT NULL"),
    ),
    sa.Index(
        "ix_cases_watchers",
        "watchers",
        postgresql_using="gin",
        postgresql_ops={"watchers": "jsonb_path_ops"},
    ),
)
"""``body`` is the whole case; the other columns are what queries go by: ``unit_id``, ``reviewer``,
``watchers``, ``about_unit`` and ``restricted`` are what the rule of visibility asks."""

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("note_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("evidence", pg.JSONB, nullable=False),
    sa.Index("ix_notes_complaint_id", "complaint_id"),
)
"""Officers' words (class C1): plans, reasons, questions, follow-ups. Events carry the id alone."""

history = sa.Table(
    "history",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("unit_id", sa.Text, nullable=False),
    sa.Column("actor", sa.Text),
    sa.Column("actor_unit", sa.Text),
    sa.Column("note_id", pg.UUID(as_uuid=True)),
    sa.Column("withheld", pg.JSONB),
    sa.Column("facts", pg.JSONB),
)
"""One row per event of a case, with the officer who caused it. ``withheld``: what the stream was
not told of the event, by field. ``facts``: what the event says beside where the case stands, whole.

``actor`` is shown to nobody, and no query asks for it. It is the only record of who acted, and it
stays for those who must find out later (an auditor, a court)."""

looks = sa.Table(
    "looks",
    metadata,
    sa.Column("look_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("refs", pg.ARRAY(pg.UUID(as_uuid=True)), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("actor_unit", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_looks_complaint_id", "complaint_id"),
)
"""Who has looked at what a reporter wrote, when, and why nothing followed (``note``, class C1).
Like the history it names the officer for those who must find out later."""
