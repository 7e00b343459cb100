"""The events of one complaint are quick to find in the outbox."""

from alembic import op

from shared.bus_tables import index_outbox_by_complaint

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    index_outbox_by_complaint(op, "tracking")


def downgrade() -> None:
    op.drop_index("ix_outbox_complaint_id", "outbox", schema="tracking")
