"""The tables every service has besides its own: inbox, outbox, parked events and the ways out of
them, rows set aside, the relay's leases, the months that are archived.

``bus_tables`` is how they are now; ``create_bus_tables_v1`` is how the first migrations made
them and never changes: the next shape gets its own function beside it.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg


def bus_tables(metadata: sa.MetaData) -> None:
    """Add inbox, outbox, parked, set_aside, relay_shards and what belongs to them to a service's
    metadata."""
    later = {
        "set_aside": _set_aside(), "relay_shards": _relay_shards(), "archived": _archived(),
        **_ways_out(),
    }  # fmt: skip
    added: dict[str, list[Any]] = {**_columns_of_ways_out(), "outbox": [_of_complaint()]}
    for name, columns in {**_definitions(), **later}.items():
        sa.Table(name, metadata, *columns, *added.get(name, ()))


def create_bus_tables_v1(op: Any, schema: str) -> None:
    """Create the three tables in ``schema``; ``op`` is alembic's."""
    for name, columns in _definitions().items():
        op.create_table(name, *columns, schema=schema)


def create_set_aside_v1(op: Any, schema: str) -> None:
    """Create the table of rows that are set aside."""
    op.create_table("set_aside", *_set_aside(), schema=schema)


def index_outbox_by_complaint(op: Any, schema: str) -> None:
    """Make the events of one complaint quick to find; ``op`` is alembic's."""
    op.create_index("ix_outbox_complaint_id", "outbox", ["complaint_id", "seq"], schema=schema)


def create_relay_shards(op: Any, schema: str) -> None:
    """Create the table of the relay's leases in ``schema``; ``op`` is alembic's."""
    op.create_table("relay_shards", *_relay_shards(), schema=schema)


def create_archived(op: Any, schema: str) -> None:
    """Create the table of archived months, and have what the archive deletes tidied up."""
    op.create_table("archived", *_archived(), schema=schema)
    for table, dead_rows in _DEAD_ROWS.items():
        vacuum_after(op, schema, table, dead_rows)


def drop_archived(op: Any, schema: str) -> None:
    """Refused where a month is archived: a release that knows no floor would apply its events a
    second time when the bus is rebuilt."""
    op.execute(
        f'DO $$ BEGIN IF EXISTS (SELECT 1 FROM "{schema}".archived) THEN RAISE EXCEPTION'  # noqa: S608
        " 'months of this schema are archived, and the release before cannot know it';"
        " END IF; END $$"
    )
    op.drop_table("archived", schema=schema)
    for table in _DEAD_ROWS:
        vacuum_as_usual(op, schema, table)


_DEAD_ROWS = {"outbox": 10_000, "inbox": 50_000}


def vacuum_after(op: Any, schema: str, table: str, dead_rows: int) -> None:
    """Vacuum comes to the table when so many rows are dead, however large it has grown.

    The server's own rule is a fifth of the table. A loop that takes what is first by an index of
    the open rows walks over the entries of dead ones until then: of a table of five years, over
    hundreds of pages at each step. Vacuum leaves the indexes alone where few pages of a table have
    dead rows (INDEX_CLEANUP AUTO), so it has to be told that the indexes are what it comes for.
    """
    op.execute(
        f'ALTER TABLE "{schema}"."{table}" SET (autovacuum_vacuum_scale_factor = 0,'
        f" autovacuum_vacuum_threshold = {dead_rows}, vacuum_index_cleanup = on)"
    )


def vacuum_as_usual(op: Any, schema: str, table: str) -> None:
    op.execute(
        f'ALTER TABLE "{schema}"."{table}" RESET (autovacuum_vacuum_scale_factor,'
        " autovacuum_vacuum_threshold, vacuum_index_cleanup)"
    )


def add_ways_out(op: Any, schema: str) -> None:
    """A parked event may be edited and discarded; both are kept on record."""
    for table, columns in _columns_of_ways_out().items():
        for column in columns:
            op.add_column(table, column, schema=schema)
    for name, columns in _ways_out().items():
        op.create_table(name, *columns, schema=schema)


def drop_ways_out(op: Any, schema: str) -> None:
    """As before; a discarded event counts as replayed, so that it holds nothing back."""
    op.execute(
        f'UPDATE "{schema}".parked SET replayed_at = discarded_at'  # noqa: S608 (our own name)
        " WHERE discarded_at IS NOT NULL AND replayed_at IS NULL"
    )
    for name in _ways_out():
        op.drop_table(name, schema=schema)
    for table, columns in _columns_of_ways_out().items():
        for column in columns:
            op.drop_column(table, column.name, schema=schema)


def _definitions() -> dict[str, list[Any]]:
    return {"inbox": _inbox(), "outbox": _outbox(), "parked": _parked()}


def _columns_of_ways_out() -> dict[str, list[Any]]:
    """``edited_at``: of the last edit; what stood there before is in ``parked_edits``."""
    instant = pg.TIMESTAMP(timezone=True)
    return {"parked": [sa.Column("edited_at", instant), sa.Column("discarded_at", instant)]}


def _ways_out() -> dict[str, list[Any]]:
    return {"parked_edits": _parked_edits(), "discards": _discards()}


def _parked_edits() -> list[Any]:
    """Who edited a parked event and why, and its bytes as they were before."""
    return [
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("parked_id", sa.BigInteger, nullable=False),
        sa.Column("edited_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("edited_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("key", pg.BYTEA),
        sa.Column("header_names", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("header_values", pg.ARRAY(pg.BYTEA), nullable=False),
        sa.Column("value", pg.BYTEA),
        sa.Index("ix_parked_edits_parked_id", "parked_id"),
    ]


def _discards() -> list[Any]:
    """Both persons of each discard (`shared.two_persons`), and what came to nothing."""
    return [
        sa.Column("discard_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("parked_id", sa.BigInteger, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("asked_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("settled_by", sa.Text),
        sa.Column("settled_note", sa.Text),
        sa.Column("settled_at", pg.TIMESTAMP(timezone=True)),
        sa.Index("ix_discards_parked_id", "parked_id"),
        sa.Index("uq_discards_waiting", "parked_id", unique=True,
                 postgresql_where=sa.text("outcome IS NULL")),
    ]  # fmt: skip


def _now() -> Any:
    return sa.text("now()")


def _inbox() -> list[Any]:
    return [
        sa.Column("event_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column(
            "received_at", pg.TIMESTAMP(timezone=True), nullable=False, server_default=_now()
        ),
    ]


def _outbox() -> list[Any]:
    return [
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("shard", sa.SmallInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("causation_id", pg.UUID(as_uuid=True)),
        sa.Column("traceparent", sa.Text),
        sa.Column("body", pg.BYTEA, nullable=False),
        sa.Column("published_at", pg.TIMESTAMP(timezone=True)),
        # The relay asks for the unpublished every time: an index of them alone stays tiny.
        sa.Index("ix_outbox_unpublished", "seq", postgresql_where=sa.text("published_at IS NULL")),
    ]


def _of_complaint() -> sa.Index:
    return sa.Index("ix_outbox_complaint_id", "complaint_id", "seq")


def _parked() -> list[Any]:
    return [
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", pg.UUID(as_uuid=True)),
        sa.Column("complaint_id", pg.UUID(as_uuid=True)),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("key", pg.BYTEA),
        sa.Column("header_names", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("header_values", pg.ARRAY(pg.BYTEA), nullable=False),
        sa.Column("value", pg.BYTEA),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("parked_at", pg.TIMESTAMP(timezone=True), nullable=False, server_default=_now()),
        sa.Column("replayed_at", pg.TIMESTAMP(timezone=True)),
        sa.Index("uq_parked_event", "event_id", unique=True),
        sa.Index("uq_parked_record", "topic", "partition", "offset", unique=True,
                 postgresql_where=sa.text("event_id IS NULL")),
        sa.Index("ix_parked_waiting", "complaint_id", "id",
                 postgresql_where=sa.text("replayed_at IS NULL")),
    ]  # fmt: skip


def _set_aside() -> list[Any]:
    instant = pg.TIMESTAMP(timezone=True)
    return [
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("row_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("times", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("since", instant, nullable=False, server_default=_now()),
        sa.Column("last_at", instant, nullable=False, server_default=_now()),
        sa.Column("released_at", instant),
        sa.Column("released_by", sa.Text),
        sa.Index("uq_set_aside_row", "table_name", "row_id", unique=True),
        # The loops ask for it at every step: what is aside now is little, whatever there was.
        sa.Index(
            "ix_set_aside_now", "complaint_id", postgresql_where=sa.text("released_at IS NULL")
        ),
    ]


def _relay_shards() -> list[Any]:
    """``epoch`` counts how often the shard has changed hands."""
    return [
        sa.Column("shard", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("holder", pg.UUID(as_uuid=True)),
        sa.Column("epoch", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column(
            "until", pg.TIMESTAMP(timezone=True), nullable=False,
            server_default=sa.text("'-infinity'"),
        ),
    ]  # fmt: skip


def _archived() -> list[Any]:
    """``below``: ids that are lower are archived up to this month. ``digest``: SHA-256 of the file,
    null where there were no events. ``deleted_at``: all rows of the month have gone."""
    return [
        sa.Column("below", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text),
        sa.Column(
            "archived_at", pg.TIMESTAMP(timezone=True), nullable=False, server_default=_now()
        ),
        sa.Column("deleted_at", pg.TIMESTAMP(timezone=True)),
    ]
