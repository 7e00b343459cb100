"""A sealed row says which key pair it was sealed for; rows from before do not."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "vault"


def upgrade() -> None:
    op.add_column("sealed_reporters", sa.Column("key_id", pg.BYTEA), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("sealed_reporters", "key_id", schema=SCHEMA)
