"""Whom a case is about, and whether it is restricted: who may see its messages."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "notify"


def upgrade() -> None:
    op.add_column("cases", sa.Column("about_unit", sa.Text), schema=SCHEMA)
    restricted = sa.Column("restricted", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("cases", restricted, schema=SCHEMA)


def downgrade() -> None:
    for name in ("restricted", "about_unit"):
        op.drop_column("cases", name, schema=SCHEMA)
