"""The leases of the relay's shards, in the place of advisory locks."""

from alembic import op

from shared.bus_tables import create_relay_shards

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "notify"


def upgrade() -> None:
    create_relay_shards(op, SCHEMA)


def downgrade() -> None:
    op.drop_table("relay_shards", schema=SCHEMA)
