"""Files that wait, what became of them, and where their pictures lie; intake may add files and do
nothing else."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from shared.bus_tables import (
    add_ways_out,
    create_bus_tables_v1,
    create_relay_shards,
    create_set_aside_v1,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "media"
WRITER = "crm_intake"
_UUID = pg.UUID(as_uuid=True)
_INSTANT = pg.TIMESTAMP(timezone=True)


def upgrade() -> None:
    create_bus_tables_v1(op, SCHEMA)
    create_set_aside_v1(op, SCHEMA)
    create_relay_shards(op, SCHEMA)
    add_ways_out(op, SCHEMA)
    _spool()
    _files()
    _objects()
    op.create_table(
        "erasures",
        sa.Column("complaint_id", _UUID, nullable=False),
        sa.Column("erased_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_erasures"),
        schema=SCHEMA,
    )
    _let_intake_add()


def _spool() -> None:
    op.create_table(
        "spool",
        sa.Column("ref", _UUID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sealed", pg.BYTEA, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("ref", "number", name="pk_spool"),
        schema=SCHEMA,
    )
    op.create_index("ix_spool_created_at", "spool", ["created_at"], schema=SCHEMA)
    # What is sealed cannot be compressed, and the try costs more than the write.
    op.execute(f"ALTER TABLE {SCHEMA}.spool ALTER COLUMN sealed SET STORAGE EXTERNAL")
    # Rows live for seconds and are large: dead ones are given back soon, not at a fifth of all.
    op.execute(
        f"ALTER TABLE {SCHEMA}.spool SET (autovacuum_vacuum_scale_factor = 0,"
        " autovacuum_vacuum_threshold = 50, toast.autovacuum_vacuum_scale_factor = 0,"
        " toast.autovacuum_vacuum_threshold = 50)"
    )


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("ref", _UUID, nullable=False),
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
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_files"),
        schema=SCHEMA,
    )
    op.create_index("ix_files_complaint_id", "files", ["complaint_id"], schema=SCHEMA)
    op.create_index(
        "ix_files_due_at", "files", ["due_at"], schema=SCHEMA,
        postgresql_where=sa.text("state IN ('waiting', 'fetching')"),
    )  # fmt: skip
    op.create_table(
        "wanted",
        sa.Column("ref", _UUID, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("locator", pg.BYTEA, nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_wanted"),
        schema=SCHEMA,
    )


def _objects() -> None:
    op.create_table(
        "derivatives",
        sa.Column("ref", _UUID, nullable=False),
        sa.Column("size", sa.Text, nullable=False),
        sa.Column("object_name", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("ref", "size", name="pk_derivatives"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_derivatives_object_name", "derivatives", ["object_name"], unique=True, schema=SCHEMA
    )
    op.create_table(
        "doomed",
        sa.Column("object_name", sa.Text, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("object_name", name="pk_doomed"),
        schema=SCHEMA,
    )
    op.create_table(
        "complaint_keys",
        sa.Column("complaint_id", _UUID, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("wrapped", pg.BYTEA, nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "origin", name="pk_complaint_keys"),
        schema=SCHEMA,
    )


def _let_intake_add() -> None:
    known = op.get_bind().scalar(
        sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": WRITER}
    )
    # As with the vault's table: whoever makes the role on a server of its own grants this.
    if known:
        op.execute(f'GRANT USAGE ON SCHEMA {SCHEMA} TO "{WRITER}"')
        for table in ("spool", "files", "wanted"):
            op.execute(f'GRANT INSERT ON {SCHEMA}.{table} TO "{WRITER}"')


def downgrade() -> None:
    tables = (
        "erasures", "complaint_keys", "doomed", "derivatives", "wanted", "files", "spool",
        "discards", "parked_edits", "relay_shards", "set_aside", "parked", "outbox", "inbox",
    )  # fmt: skip
    for table in tables:
        op.drop_table(table, schema=SCHEMA)
