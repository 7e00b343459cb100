"""The tables of the schema ``media``."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import service_metadata

metadata = service_metadata("media")

_UUID = pg.UUID(as_uuid=True)
_INSTANT = pg.TIMESTAMP(timezone=True)

spool = sa.Table(
    "spool",
    metadata,
    sa.Column("ref", _UUID, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("sealed", pg.BYTEA, nullable=False),
    sa.Column("created_at", _INSTANT, nullable=False),
    sa.Index("ix_spool_created_at", "created_at"),
)
"""Files that wait, in sealed chunks of 1 MiB. Intake adds and may do nothing else; a file that no
row of ``files`` names was never acknowledged, and is swept after a day."""

files = sa.Table(
    "files",
    metadata,
    sa.Column("ref", _UUID, primary_key=True),
    sa.Column("complaint_id", _UUID, nullable=False),
    sa.Column("content_ref", _UUID),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("number", sa.SmallInteger, nullable=False),
    sa.Column("chunks", sa.Integer),
    sa.Column("size", sa.BigInteger),
    sa.Column("wrapped_key", pg.BYTEA),
    sa.Column("key_id", pg.BYTEA, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("media_type", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("flags", pg.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
    sa.Column("created_at", _INSTANT, nullable=False),
    sa.Column("settled_at", _INSTANT),
    sa.Column("scanned_at", _INSTANT),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("due_at", _INSTANT, nullable=False),
    sa.Index("ix_files_complaint_id", "complaint_id"),
    sa.Index(
        "ix_files_due_at", "due_at", postgresql_where=sa.text("state IN ('waiting', 'fetching')")
    ),
    sa.Index(
        "ix_files_unscanned",
        "due_at",
        postgresql_where=sa.text("state = 'kept' AND scanned_at IS NULL"),
    ),
)
"""Each file that was acknowledged. ``state``: fetching (it is still at the platform), waiting (it
lies in ``spool``), cleared (its derivatives lie in the store), kept (sealed in ``spool``, locked
until it is found clean, at ``scanned_at``), refused (``reason`` says why). ``due_at``: of the next
try, and the end of a lease while somebody has it. ``number``: its place in its message."""

removed = sa.Table(
    "removed",
    metadata,
    sa.Column("ref", _UUID, primary_key=True),
    sa.Column("removed_at", _INSTANT, nullable=False),
)
"""Files that were erased: who asks for one learns that it is gone, and not that there was none."""

wanted = sa.Table(
    "wanted",
    metadata,
    sa.Column("ref", _UUID, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("locator", pg.BYTEA, nullable=False),
)
"""Where a file in the state ``fetching`` can be had, sealed; gone when it was fetched or given
up."""

derivatives = sa.Table(
    "derivatives",
    metadata,
    sa.Column("ref", _UUID, primary_key=True),
    sa.Column("size", sa.Text, primary_key=True),
    sa.Column("object_name", sa.Text(collation="C"), nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Index("uq_derivatives_object_name", "object_name", unique=True),
)
"""Pictures made anew, and under which name each lies in the store. A name says nothing. They are
ordered by their bytes, as the store orders them: the sweep compares page with page."""

doomed = sa.Table(
    "doomed",
    metadata,
    sa.Column("object_name", sa.Text, primary_key=True),
    sa.Column("since", _INSTANT, nullable=False),
)
"""Objects that are still to be deleted from the store, which may be away."""

complaint_keys = sa.Table(
    "complaint_keys",
    metadata,
    sa.Column("complaint_id", _UUID, primary_key=True),
    sa.Column("origin", sa.Text, primary_key=True),
    sa.Column("wrapped", pg.BYTEA, nullable=False),
)
"""The key of a complaint's objects, wrapped for media; one for the reporter's pictures and one for
the unit's, which outlive the reporter's erasure."""

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("complaint_id", _UUID, primary_key=True),
    sa.Column("erased_at", _INSTANT, nullable=False),
)
"""Complaints whose reporter is erased: a file of theirs that is still under way is dropped."""
