"""A parked event may be edited and discarded; both are kept on record."""

from alembic import op

from shared.bus_tables import add_ways_out, drop_ways_out

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_ways_out(op, "notify")


def downgrade() -> None:
    drop_ways_out(op, "notify")
