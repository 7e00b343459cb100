"""Which key the tracking code of a complaint is made by; none is named in rows of before."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SCHEMA = "intake"


def upgrade() -> None:
    op.add_column("complaints", sa.Column("code_key_id", sa.Text), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("complaints", "code_key_id", schema=SCHEMA)
