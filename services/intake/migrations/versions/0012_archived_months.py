"""Months may be archived, and vacuum comes by the count of dead rows where loops wait for it."""

from alembic import op

from shared.bus_tables import create_archived, drop_archived

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_archived(op, "intake")


def downgrade() -> None:
    drop_archived(op, "intake")
