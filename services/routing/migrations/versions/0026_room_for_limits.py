"""A page keeps room for the new versions of its cases.

A case is written three times within a second: when it is opened, and when two of its limits are
told. In a full page each new version goes elsewhere, and into every index of the table.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE routing.cases SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE routing.cases RESET (fillfactor)")
