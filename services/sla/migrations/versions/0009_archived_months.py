"""Months may be archived, and vacuum comes by the count of dead rows where loops wait for it."""

from alembic import op

from shared.bus_tables import create_archived, drop_archived, vacuum_after, vacuum_as_usual

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_archived(op, "sla")
    vacuum_after(op, "sla", "cases", 5_000)


def downgrade() -> None:
    vacuum_as_usual(op, "sla", "cases")
    drop_archived(op, "sla")
