"""The tables every service has besides its own: inbox, outbox, parked events, rows set aside, the
relay's leases.

``bus_tables`` is how they are now; ``create_bus_tables_v1`` is how the first migrations made
them and never changes: the next shape gets its own function beside it.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg


def bus_tables(metadata: sa.MetaData) -> None:
    """Add inbox, outbox, parked, set_aside and relay_shards to a service's metadata."""
    later = {"set_aside": _set_aside(), "relay_shards": _relay_shards()}
    for name, columns in {**_definitions(), **later}.items():
        sa.Table(name, metadata, *columns)


def create_bus_tables_v1(op: Any, schema: str) -> None:
    """Create the three tables in ``schema``; ``op`` is alembic's."""
    for name, columns in _definitions().items():
        op.create_table(name, *columns, schema=schema)


def create_set_aside_v1(op: Any, schema: str) -> None:
    """Create the table of rows that are set aside."""
    op.create_table("set_aside", *_set_aside(), schema=schema)


def create_relay_shards(op: Any, schema: str) -> None:
    """Create the table of the relay's leases in ``schema``; ``op`` is alembic's."""
    op.create_table("relay_shards", *_relay_shards(), schema=schema)


def _definitions() -> dict[str, list[Any]]:
    return {"inbox": _inbox(), "outbox": _outbox(), "parked": _parked()}


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
