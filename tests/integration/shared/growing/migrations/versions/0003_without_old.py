"""What release 0.2.0 does without goes."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import CONTRACT

revision = "0003"
down_revision = "0002"
PHASE = CONTRACT
UNNEEDED_SINCE = "0.2.0"


def upgrade() -> None:
    op.drop_column("cases", "old", schema="sla")


def downgrade() -> None:
    op.add_column("cases", sa.Column("old", sa.Text), schema="sla")
