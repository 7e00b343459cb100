"""Which of officers' words a case's page shows, by reference alone."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NAMES = ("question_ref", "note_ref")


def upgrade() -> None:
    for name in NAMES:
        op.execute(f"ALTER TABLE tracking.cases ADD COLUMN {name} uuid")


def downgrade() -> None:
    for name in NAMES:
        op.execute(f"ALTER TABLE tracking.cases DROP COLUMN {name}")
