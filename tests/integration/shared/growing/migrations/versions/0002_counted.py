"""It only adds: a table that is filled from another one, and an index beside the work."""

import sqlalchemy as sa
from alembic import op

from shared.migrations import EXPAND

revision = "0002"
down_revision = "0001"
PHASE = EXPAND
CONCURRENTLY = {"ix_cases_unit_id": "ON sla.cases (unit_id)"}


def upgrade() -> None:
    op.create_table("counted", sa.Column("cases", sa.BigInteger, nullable=False), schema="sla")
    op.execute("INSERT INTO sla.counted SELECT count(*) FROM sla.cases")


def downgrade() -> None:
    op.drop_index("ix_cases_unit_id", "cases", schema="sla", if_exists=True)
    op.drop_table("counted", schema="sla")
