"""The first release."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("unit_id", sa.Text, nullable=False),
        sa.Column("about_unit", sa.Text),
        sa.Column("old", sa.Text),
        schema="sla",
    )


def downgrade() -> None:
    op.drop_table("cases", schema="sla")
