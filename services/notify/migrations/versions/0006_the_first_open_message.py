"""Which of a complaint's messages is the first that is open: found by an index of the open ones."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SCHEMA = "notify"


def upgrade() -> None:
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["complaint_id", "seq"],
        schema=SCHEMA,
        postgresql_where=sa.text("status IN ('waiting', 'leased')"),
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_open", "deliveries", schema=SCHEMA)
