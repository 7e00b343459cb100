"""Which rows a key has sealed is quick to find: they are counted, and sealed anew."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCHEMA = "vault"


def upgrade() -> None:
    op.create_index(
        "ix_sealed_reporters_key_id", "sealed_reporters", ["key_id", "ref"], schema=SCHEMA
    )


def downgrade() -> None:
    op.drop_index("ix_sealed_reporters_key_id", "sealed_reporters", schema=SCHEMA)
