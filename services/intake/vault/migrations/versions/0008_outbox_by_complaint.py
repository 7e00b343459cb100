"""The events of one complaint are quick to find in the outbox."""

from alembic import op

from shared.bus_tables import index_outbox_by_complaint

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    index_outbox_by_complaint(op, "vault")


def downgrade() -> None:
    op.drop_index("ix_outbox_complaint_id", "outbox", schema="vault")
