"""The tables of the schema ``intake``, and the one table of the vault that it may add to."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import service_metadata

metadata = service_metadata("intake")

complaints = sa.Table(
    "complaints",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("report_number", sa.Text, nullable=False, unique=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("reporter_ref", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("received_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("code_key_id", sa.Text),
    sa.Index("ix_complaints_channel", "channel", "received_at"),
)

contents = sa.Table(
    "contents",
    metadata,
    sa.Column("ref", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("message_digest", pg.BYTEA, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("address", sa.Text),
    sa.Column("created_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("erased_at", pg.TIMESTAMP(timezone=True)),
    sa.Column("content_digest", pg.BYTEA),
    sa.Index("ix_contents_complaint_id", "complaint_id"),
)
"""One row per message (class C1). ``message_digest``: keyed hash of channel and external id, by
which a repetition is recognised; the id itself may name a person and is kept in the vault.
``content_digest``: keyed hash of all that was said and who said it, where the caller was told the
code; both outlive an erasure, so that the message that is sent again brings nothing back."""

withheld = sa.Table(
    "withheld",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("about_unit", sa.Text),
    sa.Column("restricted", sa.Boolean, nullable=False),
    sa.Column("category", sa.Text),
    sa.Column("geotagged", sa.Boolean, nullable=False),
    sa.Column("kelurahan_code", sa.Text),
    sa.Column("entered_by_unit", sa.Text),
)
"""What the stream is not told of a complaint; where it is told all there is no row. It stays when
the words are erased: it says who must not get the case."""

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("key_digest", pg.BYTEA, primary_key=True),
    sa.Column("body_digest", pg.BYTEA, nullable=False),
    sa.Column("complaint_ids", pg.ARRAY(pg.UUID(as_uuid=True)), nullable=False),
    sa.Column("created_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_idempotency_keys_created_at", "created_at"),
)
"""Keys of requests, for a week. Both digests are keyed hashes: of the words of an erased reporter
nothing is left that could be tried out."""

early_messages = sa.Table(
    "early_messages",
    metadata,
    sa.Column("message_digest", pg.BYTEA, primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True)),
    sa.Column("withdrawn_by", sa.Text),
    sa.Column("created_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_early_messages_created_at", "created_at"),
)
"""Messages whose edit or deletion came before them. ``complaint_id``: of the complaint that was
filed of the edit; such a row stays. A deletion alone waits for a month."""

heard = sa.Table(
    "heard",
    metadata,
    sa.Column("digest", pg.BYTEA, primary_key=True),
    sa.Column("heard_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_heard_heard_at", "heard_at"),
)
"""That somebody said certain words, for a week: one keyed hash of both, and no complaint beside it.
By this an automatic answer to our receipt is told from a new complaint."""

report_counters = sa.Table(
    "report_counters",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)
"""How many complaints each day (Jakarta) has seen."""

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("erased_by", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("erased_at", pg.TIMESTAMP(timezone=True), nullable=False),
)
"""Who confirmed the erasure of a reporter, when and why."""

erasure_requests = sa.Table(
    "erasure_requests",
    metadata,
    sa.Column("erasure_id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("asked_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("expires_at", pg.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("settled_by", sa.Text),
    sa.Column("settled_note", sa.Text),
    sa.Column("settled_at", pg.TIMESTAMP(timezone=True)),
    sa.Index(
        "uq_erasure_requests_waiting",
        "complaint_id",
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    ),
)
"""Both persons of each erasure, and the requests that came to nothing. ``outcome`` is null while a
request waits, or has expired and nobody has asked anew."""
