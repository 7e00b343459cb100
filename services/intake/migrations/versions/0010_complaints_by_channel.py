"""Complaints by channel and time: how each channel fares is read without reading them all."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SCHEMA = "intake"
INDEX = "ix_complaints_channel"


def upgrade() -> None:
    op.create_index(INDEX, "complaints", ["channel", "received_at"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_index(INDEX, "complaints", schema=SCHEMA)
