"""Failed messages by the moment at which they were given up."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SCHEMA = "notify"
INDEX = "ix_deliveries_failed"


def upgrade() -> None:
    op.create_index(
        INDEX,
        "deliveries",
        ["concluded_at", "id"],
        schema=SCHEMA,
        postgresql_where=sa.text("status = 'failed'"),
    )


def downgrade() -> None:
    op.drop_index(INDEX, "deliveries", schema=SCHEMA)
