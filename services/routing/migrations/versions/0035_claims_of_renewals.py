"""Who has the turn to renew a session is known again when the answer was lost."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.add_column("renewals", sa.Column("claim", sa.Text), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("renewals", "claim", schema=SCHEMA)
