"""Evidence, what was found of it, by what it is found again, and whether a picture was taken where
the complaint is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "media"
_UUID = pg.UUID(as_uuid=True)


def upgrade() -> None:
    op.add_column(
        "files",
        sa.Column("taken_near", sa.Text, nullable=False, server_default=sa.text("'unknown'")),
        schema=SCHEMA,
    )
    op.create_table(
        "evidence",
        sa.Column("ref", _UUID, nullable=False),
        sa.Column("complaint_id", _UUID, nullable=False),
        sa.Column("officer", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("held_since", pg.TIMESTAMP(timezone=True)),
        sa.Column("request", pg.BYTEA),
        sa.Column("mac", pg.BYTEA, nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_evidence"),
        schema=SCHEMA,
    )
    op.create_index("uq_evidence_request", "evidence", ["request"], unique=True, schema=SCHEMA)
    op.create_table(
        "findings",
        sa.Column("ref", _UUID, nullable=False),
        sa.Column("flag", sa.Text, nullable=False),
        sa.Column("other_complaint_id", _UUID),
        schema=SCHEMA,
    )
    op.create_index("ix_findings_ref", "findings", ["ref"], schema=SCHEMA)
    _fingerprints()


def _fingerprints() -> None:
    op.create_table(
        "fingerprints",
        sa.Column("ref", _UUID, nullable=False),
        sa.Column("complaint_id", _UUID, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("digest", pg.BYTEA),
        sa.Column("hashes", pg.ARRAY(sa.BigInteger), nullable=False),
        sa.Column("grey", pg.BYTEA, nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_fingerprints"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_fingerprints_reporters", "fingerprints", ["complaint_id"], schema=SCHEMA,
        postgresql_where=sa.text("origin = 'reporter'"),
    )  # fmt: skip
    op.create_table(
        "fingerprint_keys",
        sa.Column("key", sa.Integer, nullable=False),
        sa.Column("hash", sa.BigInteger, nullable=False),
        sa.Column("ref", _UUID, nullable=False),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_fingerprint_keys_key", "fingerprint_keys", ["key"], schema=SCHEMA,
        postgresql_include=["hash", "ref"],
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("fingerprint_keys", schema=SCHEMA)
    op.drop_table("fingerprints", schema=SCHEMA)
    op.drop_table("findings", schema=SCHEMA)
    op.drop_table("evidence", schema=SCHEMA)
    op.drop_column("files", "taken_near", schema=SCHEMA)
