"""What sla states of a pause; and rows are put right in which tracking had guessed what is open.

The release before did not see that a follow-up ends the question, that a withdrawal ends a merger,
and that a request for a later date ends with the work on the case.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_QUESTIONS = """
    UPDATE tracking.cases SET question_open = false, question_ref = NULL
    WHERE question_open AND state IN ('awaiting_validation', 'verifying', 'follow_up_refused')
"""
_MERGERS = "UPDATE tracking.cases SET merged_into = NULL WHERE state = 'withdrawn'"
_REQUESTS = """
    UPDATE tracking.cases SET extension = NULL
    WHERE extension = 'requested' AND state <> 'in_progress'
"""


def upgrade() -> None:
    op.execute(
        "ALTER TABLE tracking.cases ADD COLUMN question_pauses boolean NOT NULL DEFAULT true"
    )
    op.execute(_QUESTIONS)
    op.execute(_MERGERS)
    op.execute(_REQUESTS)


def downgrade() -> None:
    op.execute("ALTER TABLE tracking.cases DROP COLUMN question_pauses")
