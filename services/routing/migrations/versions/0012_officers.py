"""Officers by unit, as their tokens name them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.create_table(
        "officers",
        sa.Column("officer_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("unit_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("seen_at", pg.TIMESTAMP(timezone=True), nullable=False),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_officers_unit_id_subject",
        "officers",
        ["unit_id", "subject"],
        unique=True,
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("officers", schema=SCHEMA)
