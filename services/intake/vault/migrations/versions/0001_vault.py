"""Sealed reporters, access log, erasures; intake may add sealed rows and do nothing else."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from shared.bus_tables import create_bus_tables_v1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "vault"
WRITER = "crm_intake"


def upgrade() -> None:
    create_bus_tables_v1(op, SCHEMA)
    op.create_table(
        "sealed_reporters",
        sa.Column("ref", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("sealed", pg.BYTEA, nullable=False),
        sa.Column("original", pg.BYTEA),
        sa.Column("created_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_sealed_reporters"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_sealed_reporters_complaint_id", "sealed_reporters", ["complaint_id"], schema=SCHEMA
    )
    _access_log()
    op.create_table(
        "erasures",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("erased_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_erasures"),
        schema=SCHEMA,
    )
    _let_intake_add()


def _access_log() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("ref", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_log"),
        schema=SCHEMA,
    )
    op.create_index("ix_access_log_complaint_id", "access_log", ["complaint_id"], schema=SCHEMA)


def _let_intake_add() -> None:
    known = op.get_bind().scalar(
        sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": WRITER}
    )
    # A vault on a server of its own has no such role; whoever makes the role there grants it.
    if known:
        op.execute(f'GRANT USAGE ON SCHEMA {SCHEMA} TO "{WRITER}"')
        op.execute(f'GRANT INSERT ON {SCHEMA}.sealed_reporters TO "{WRITER}"')
