"""Whom a case is about, and whether it is restricted, as columns that queries can go by.

Earlier releases did not note what is restricted. Routing's rules give a case to the Inspektorat
first only when it is restricted or about a unit. One about a unit counts as restricted as well:
nobody knows that it is not, and it is better hidden from too many than from too few.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "sla"
RESTRICTED = """
    UPDATE sla.cases SET restricted = true, body = body || '{"restricted": true}'
    WHERE body #>> '{holdings,0,unit_id}' = 'inspektorat' OR body ->> 'about_unit' IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("cases", sa.Column("about_unit", sa.Text), schema=SCHEMA)
    restricted = sa.Column("restricted", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("cases", restricted, schema=SCHEMA)
    op.execute("UPDATE sla.cases SET about_unit = body ->> 'about_unit'")
    op.execute(RESTRICTED)


def downgrade() -> None:
    for name in ("restricted", "about_unit"):
        op.drop_column("cases", name, schema=SCHEMA)
