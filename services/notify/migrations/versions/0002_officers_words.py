"""A delivery knows which of an officer's words it carries, by reference alone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0002"
down_revision = "0001"

SCHEMA = "notify"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("words_ref", pg.UUID(as_uuid=True)), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("deliveries", "words_ref", schema=SCHEMA)
