"""Which key the tracking code of a case is hashed under; none is named in rows of before."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SCHEMA = "tracking"


def upgrade() -> None:
    op.add_column("cases", sa.Column("lookup_key_id", sa.Text), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("cases", "lookup_key_id", schema=SCHEMA)
