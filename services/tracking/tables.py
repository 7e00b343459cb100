"""Tracking's one table besides those of the bus: a row is a ``CaseRecord``.

What the reporter's code, the search and the figures ask for has an index; stages, notices,
acts and the other lists are read whole and lie in jsonb.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import service_metadata

SCHEMA = "tracking"
METADATA = service_metadata(SCHEMA)


def _instant(name: str) -> sa.Column[object]:
    return sa.Column(name, pg.TIMESTAMP(timezone=True))


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _list(name: str) -> sa.Column[object]:
    """Has a default, so that a process of the release before may add rows during a roll-out."""
    return sa.Column(name, pg.JSONB, nullable=False, server_default=sa.text("'[]'"))


CASES = sa.Table(
    "cases",
    METADATA,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("report_number", sa.Text),
    sa.Column("tracking_digest", sa.Text),
    sa.Column("channel", sa.Text),
    sa.Column("citizen_category", sa.Text),
    sa.Column("declared_kelurahan", sa.Text),
    sa.Column("about_unit", sa.Text),
    _flag("confidential"),
    _flag("restricted"),
    _instant("received_at"),
    _instant("supplemented_at"),
    _instant("withdrawal_asked_at"),
    _flag("erased"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("unit_id", sa.Text),
    sa.Column("unit_name", sa.Text),
    sa.Column("decided_category", sa.Text),
    sa.Column("found_kelurahan", sa.Text),
    sa.Column("area_name", sa.Text),
    _flag("accepted"),
    _instant("planned_until"),
    _flag("question_open"),
    sa.Column("extension", sa.Text),
    sa.Column("evidence_count", sa.Integer, nullable=False),
    sa.Column("rejection", sa.Text),
    sa.Column("reopened", sa.Integer, nullable=False),
    sa.Column("merged_into", pg.UUID(as_uuid=True)),
    _instant("closed_at"),
    _instant("due_at"),
    _instant("original_due_at"),
    sa.Column("warned_step", sa.Integer, nullable=False),
    sa.Column("missed", pg.JSONB, nullable=False),
    sa.Column("evaluation", sa.Text),
    sa.Column("notices", pg.JSONB, nullable=False),
    sa.Column("stages", pg.JSONB, nullable=False),
    _instant("updated_at"),
    sa.Column("category", sa.Text, sa.Computed("coalesce(decided_category, citizen_category)")),
    sa.Column(
        "kelurahan_code", sa.Text, sa.Computed("coalesce(found_kelurahan, declared_kelurahan)")
    ),
    sa.Column("question_ref", pg.UUID(as_uuid=True)),
    sa.Column("note_ref", pg.UUID(as_uuid=True)),
    sa.Column("content_ref", pg.UUID(as_uuid=True)),
    _list("supplements"),
    _list("acts"),
    _list("lapsed_questions"),
    sa.Column("due_extended", sa.Boolean, nullable=False, server_default=sa.false()),
    _list("watchers"),
    sa.Column("reviewer", sa.Text),
    sa.Column("entered_by_unit", sa.Text),
    sa.Column("question_pauses", sa.Boolean, nullable=False, server_default=sa.true()),
    _list("files"),
    _list("settled_files"),
    _list("evidence_refs"),
    sa.Column("lookup_key_id", sa.Text),
    sa.Index("uq_cases_tracking_digest", "tracking_digest", unique=True),
    sa.Index("ix_cases_report_number", "report_number"),
    sa.Index("ix_cases_received_at", "received_at", "complaint_id"),
    sa.Index("ix_cases_state", "state", "received_at", "complaint_id"),
    sa.Index("ix_cases_unit_id", "unit_id", "received_at", "complaint_id"),
    sa.Index(
        "ix_cases_watchers",
        "watchers",
        postgresql_using="gin",
        postgresql_ops={"watchers": "jsonb_path_ops"},
    ),
    sa.Index(
        "ix_cases_reviewer",
        "reviewer",
        "received_at",
        "complaint_id",
        postgresql_where=sa.text("reviewer IS NOT NULL"),
    ),
    sa.Index(
        "ix_cases_entered_by_unit",
        "entered_by_unit",
        "received_at",
        "complaint_id",
        postgresql_where=sa.text("entered_by_unit IS NOT NULL"),
    ),
)
