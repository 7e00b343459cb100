"""Which gateways are held back, and which of them a delivery waits for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0007"
down_revision = "0006"

SCHEMA = "notify"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("gateway", sa.Text), schema=SCHEMA)
    op.create_table(
        "gateways",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("ours", sa.Boolean, nullable=False),
        sa.Column("since", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("retry_at", pg.TIMESTAMP(timezone=True)),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("gateways", schema=SCHEMA)
    op.drop_column("deliveries", "gateway", schema=SCHEMA)
