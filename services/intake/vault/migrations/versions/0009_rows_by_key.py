"""Which rows a key has sealed is quick to find: they are counted, and sealed anew."""

from alembic import op

from shared.migrations import EXPAND

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PHASE = EXPAND
SCHEMA = "vault"
CONCURRENTLY = {"ix_sealed_reporters_key_id": "ON vault.sealed_reporters (key_id, ref)"}


def upgrade() -> None:
    """The index is made beside the work."""


def downgrade() -> None:
    op.drop_index("ix_sealed_reporters_key_id", "sealed_reporters", schema=SCHEMA, if_exists=True)
