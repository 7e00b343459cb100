"""What the rule of visibility asks of a case: units that have passed it on, and who may judge it.

Both are read back from what stands in the row: the stages name the units in their order.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WATCHERS = """
    UPDATE tracking.cases c SET watchers = w.units
    FROM (SELECT complaint_id, jsonb_agg(DISTINCT before) AS units
          FROM (SELECT s.complaint_id, s.unit_id, t.stage ->> 'event' AS event,
                       lag(t.stage ->> 'unit_id')
                           OVER (PARTITION BY s.complaint_id ORDER BY t.place) AS before
                FROM tracking.cases s
                CROSS JOIN jsonb_array_elements(s.stages) WITH ORDINALITY AS t(stage, place)) steps
          WHERE event IN ('CaseCoordinated', 'CaseDelegated', 'CaseReturned')
            AND before IS NOT NULL AND before IS DISTINCT FROM unit_id
          GROUP BY complaint_id) w
    WHERE w.complaint_id = c.complaint_id
"""
_REVIEWER = """
    UPDATE tracking.cases SET reviewer = CASE
            WHEN 'biro-pemerintahan' IN (unit_id, coalesce(about_unit, ''))
                AND coalesce(about_unit, '') <> 'inspektorat' THEN 'inspektorat'
            ELSE 'biro-pemerintahan' END
    WHERE unit_id IS NOT NULL
      AND (state IN ('planned', 'awaiting_validation', 'verifying', 'completed', 'rejected')
           OR (state = 'in_progress' AND extension = 'requested'))
"""


def upgrade() -> None:
    op.execute("ALTER TABLE tracking.cases ADD COLUMN watchers jsonb NOT NULL DEFAULT '[]'")
    op.execute("ALTER TABLE tracking.cases ADD COLUMN reviewer text")
    op.execute(_WATCHERS)
    op.execute(_REVIEWER)
    op.execute(
        "CREATE INDEX ix_cases_watchers ON tracking.cases USING gin (watchers jsonb_path_ops)"
    )
    op.execute(
        "CREATE INDEX ix_cases_reviewer ON tracking.cases (reviewer, received_at, complaint_id)"
        " WHERE reviewer IS NOT NULL"
    )


def downgrade() -> None:
    for name in ("reviewer", "watchers"):
        op.execute(f"ALTER TABLE tracking.cases DROP COLUMN {name}")
