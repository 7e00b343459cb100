"""Which key the tracking code of a complaint is made by; none is named in rows of before."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SCHEMA = "vault"


def upgrade() -> None:
    op.add_column("sealed_reporters", sa.Column("code_key_id", sa.Text), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("sealed_reporters", "code_key_id", schema=SCHEMA)
