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
    sa.Column("unfinished", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("due_at", _INSTANT, nullable=False),
    sa.Column("taken_near", sa.Text, nullable=False, server_default=sa.text("'unknown'")),
    sa.Index("ix_files_complaint_id", "complaint_id"),
    sa.Index("ix_files_key_id", "key_id", "ref"),
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
try, and the end of a lease while somebody has it. ``unfinished``: how often it was not opened to
its end. ``number``: its place in its message.
``taken_near``: yes, no or unknown, by the original's own position, which is kept nowhere."""

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
    sa.Column("key_id", pg.BYTEA),
    sa.Index("ix_complaint_keys_key_id", "key_id", "complaint_id"),
)
"""The key of a complaint's objects, wrapped for media (``key_id``: for which key pair; null: a row
of before does not say); one for the reporter's pictures and one for the unit's, which outlive the
reporter's erasure."""

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("complaint_id", _UUID, primary_key=True),
    sa.Column("erased_at", _INSTANT, nullable=False),
)
"""Complaints whose reporter is erased: a file of theirs that is still under way is dropped."""

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("ref", _UUID, primary_key=True),
    sa.Column("complaint_id", _UUID, nullable=False),
    sa.Column("officer", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("held_since", _INSTANT),
    sa.Column("request", pg.BYTEA),
    sa.Column("mac", pg.BYTEA, nullable=False),
    sa.Index("uq_evidence_request", "request", unique=True),
)
"""Who has handed a file of evidence over, and since when the unit had held the case. ``request``:
stands for the officer and the key of the request; null without a key. ``mac``: tells whether the
same bytes come again, by a key that media alone can make."""

findings = sa.Table(
    "findings",
    metadata,
    sa.Column("ref", _UUID, nullable=False),
    sa.Column("flag", sa.Text, nullable=False),
    sa.Column("other_complaint_id", _UUID),
    sa.Index("ix_findings_ref", "ref"),
)
"""What a reviewer should look at of a file of evidence; ``other_complaint_id``: the other case."""

fingerprints = sa.Table(
    "fingerprints",
    metadata,
    sa.Column("ref", _UUID, primary_key=True),
    sa.Column("complaint_id", _UUID, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("digest", pg.BYTEA),
    sa.Column("hashes", pg.ARRAY(sa.BigInteger), nullable=False),
    sa.Column("grey", pg.BYTEA, nullable=False),
    sa.Index(
        "ix_fingerprints_reporters",
        "complaint_id",
        postgresql_where=sa.text("origin = 'reporter'"),
    ),
)
"""By what a picture is found again. ``digest``: of evidence alone, because one of a reporter's
pixels would tell whoever has that picture that it is here. ``hashes``: signed, as the column has
them."""

fingerprint_keys = sa.Table(
    "fingerprint_keys",
    metadata,
    sa.Column("key", sa.Integer, nullable=False),
    sa.Column("hash", sa.BigInteger, nullable=False),
    sa.Column("ref", _UUID, nullable=False),
    sa.Index("ix_fingerprint_keys_key", "key", postgresql_include=["hash", "ref"]),
)
"""The index of evidence, 36 rows a picture; everything that a look-up reads stands in its index.
Reporters' pictures are none of it: each is compared with the evidence of its own case alone."""
