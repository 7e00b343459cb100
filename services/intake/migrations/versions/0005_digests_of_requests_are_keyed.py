"""Digests of requests that were stored without a key are forgotten: a body could be guessed by one.

A request that is sent again is known by its message's own id all the same, and gets its receipt.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "intake"


def upgrade() -> None:
    op.execute(f"DELETE FROM {SCHEMA}.idempotency_keys")  # noqa: S608 (a constant)


def downgrade() -> None:
    """What was forgotten does not come back, and is not missed."""
