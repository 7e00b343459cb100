"""The events of one complaint are quick to find in the outbox."""

from alembic import op

from shared.bus_tables import index_outbox_by_complaint

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    index_outbox_by_complaint(op, "notify")


def downgrade() -> None:
    op.drop_index("ix_outbox_complaint_id", "outbox", schema="notify")
