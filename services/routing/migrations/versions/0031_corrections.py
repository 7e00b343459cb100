"""What officers put right is kept as examples, by reference to the words."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("content_ref", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("from_category", sa.Text),
        sa.Column("to_category", sa.Text),
        sa.Column("from_unit", sa.Text, nullable=False),
        sa.Column("to_unit", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("rules_version", sa.Integer),
        sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("corrections", schema=SCHEMA)
