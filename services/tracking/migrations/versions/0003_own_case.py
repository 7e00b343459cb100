"""What the holder of a code is told of their own case: references and dates, no words."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LISTS = ("supplements", "acts", "lapsed_questions")


def upgrade() -> None:
    op.execute("ALTER TABLE tracking.cases ADD COLUMN content_ref uuid")
    for name in LISTS:
        op.execute(f"ALTER TABLE tracking.cases ADD COLUMN {name} jsonb NOT NULL DEFAULT '[]'")
    op.execute("ALTER TABLE tracking.cases ADD COLUMN due_extended boolean NOT NULL DEFAULT false")
    op.execute(
        "UPDATE tracking.cases SET due_extended = true"
        " WHERE extension = 'approved' AND due_at <> original_due_at"
    )


def downgrade() -> None:
    for name in ("content_ref", *LISTS, "due_extended"):
        op.execute(f"ALTER TABLE tracking.cases DROP COLUMN {name}")
