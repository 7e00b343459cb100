"""Months may be archived, and vacuum comes by the count of dead rows where loops wait for it."""

from alembic import op

from shared.bus_tables import create_archived, drop_archived

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_archived(op, "media")


def downgrade() -> None:
    drop_archived(op, "media")
