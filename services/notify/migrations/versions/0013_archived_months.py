"""Months may be archived, and vacuum comes by the count of dead rows where loops wait for it."""

from alembic import op

from shared.bus_tables import create_archived, drop_archived, vacuum_after, vacuum_as_usual

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_archived(op, "notify")
    vacuum_after(op, "notify", "deliveries", 5_000)


def downgrade() -> None:
    vacuum_as_usual(op, "notify", "deliveries")
    drop_archived(op, "notify")
