"""What the rule of visibility asks of a case, besides whom it is about.

Rows from before are read as far as they tell: former holders count as units that have passed the
case on, a running clock of a judge as an open judgement, and what began with the Inspektorat or is
about a unit as restricted.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_HOLDER = "UPDATE sla.cases SET unit_id = body -> 'holdings' -> -1 ->> 'unit_id'"
_WATCHERS = """
    UPDATE sla.cases c SET watchers = w.units, body = jsonb_set(c.body, '{watchers}', w.units)
    FROM (SELECT s.complaint_id, jsonb_agg(DISTINCT h.holding ->> 'unit_id') AS units
          FROM sla.cases s CROSS JOIN jsonb_array_elements(s.body -> 'holdings') AS h(holding)
          WHERE h.holding ->> 'unit_id' NOT IN (s.unit_id, 'triage')
          GROUP BY s.complaint_id) w
    WHERE w.complaint_id = c.complaint_id
"""
_REVIEWER = """
    UPDATE sla.cases c SET reviewer = r.unit_id
    FROM (SELECT s.complaint_id, max(k.clock ->> 'unit_id') AS unit_id
          FROM sla.cases s CROSS JOIN jsonb_each(s.body -> 'clocks') AS k(name, clock)
          WHERE k.name IN ('plan_check', 'validation') AND k.clock ->> 'stopped_at' IS NULL
          GROUP BY s.complaint_id) r
    WHERE r.complaint_id = c.complaint_id
"""


def upgrade() -> None:
    op.execute("ALTER TABLE sla.cases ADD COLUMN unit_id text")
    op.execute("ALTER TABLE sla.cases ADD COLUMN reviewer text")
    op.execute("ALTER TABLE sla.cases ADD COLUMN watchers jsonb NOT NULL DEFAULT '[]'")
    for statement in (_HOLDER, _WATCHERS, _REVIEWER):
        op.execute(statement)
    op.execute("ALTER TABLE sla.cases ALTER COLUMN watchers DROP DEFAULT")


def downgrade() -> None:
    for name in ("watchers", "reviewer", "unit_id"):
        op.execute(f"ALTER TABLE sla.cases DROP COLUMN {name}")
