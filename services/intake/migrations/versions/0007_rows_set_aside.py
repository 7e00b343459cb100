"""The table of rows that are set aside."""

from alembic import op

from shared.bus_tables import create_set_aside_v1

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCHEMA = "intake"


def upgrade() -> None:
    create_set_aside_v1(op, SCHEMA)


def downgrade() -> None:
    op.drop_table("set_aside", schema=SCHEMA)
