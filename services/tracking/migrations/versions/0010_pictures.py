"""A view knows the reporter's files, what became of each, and the files among the evidence."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LISTS = ("files", "settled_files", "evidence_refs")


def upgrade() -> None:
    for name in LISTS:
        op.execute(f"ALTER TABLE tracking.cases ADD COLUMN {name} jsonb NOT NULL DEFAULT '[]'")


def downgrade() -> None:
    for name in LISTS:
        op.execute(f"ALTER TABLE tracking.cases DROP COLUMN {name}")
