"""Months may be archived, and vacuum comes by the count of dead rows where loops wait for it."""

from alembic import op

from shared.bus_tables import create_archived, drop_archived, vacuum_after, vacuum_as_usual

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_archived(op, "tracking")
    vacuum_after(op, "tracking", "cases", 20_000)


def downgrade() -> None:
    vacuum_as_usual(op, "tracking", "cases")
    drop_archived(op, "tracking")
