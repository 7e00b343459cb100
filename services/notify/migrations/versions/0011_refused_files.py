"""A reporter is told of a file that was not kept, and of several at once in one message."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SCHEMA = "notify"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("refusal", sa.Text), schema=SCHEMA)
    at = sa.Column("file_refused_at", pg.TIMESTAMP(timezone=True))
    op.add_column("cases", at, schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("cases", "file_refused_at", schema=SCHEMA)
    op.drop_column("deliveries", "refusal", schema=SCHEMA)
