"""A page keeps room for the new versions of its cases.

A view is written five times within a second: the complaint, its case, two of its limits, the
message to its reporter. In a full page each new version goes elsewhere, and into every index.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE tracking.cases SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE tracking.cases SET (fillfactor = 80)")
