"""What the rule of visibility asks of a case stands in columns, so that queries go by it.

Units that have passed a case on are read back from its history; who may judge it from its state.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "routing"
BY_TIME = ["received_at", "complaint_id"]

_WATCHERS = """
    UPDATE routing.cases c SET watchers = w.units,
        body = jsonb_set(c.body, '{watchers}', w.units)
    FROM (SELECT h.complaint_id, jsonb_agg(DISTINCT h.actor_unit) AS units
          FROM routing.history h JOIN routing.cases o ON o.complaint_id = h.complaint_id
          WHERE h.event IN ('CaseCoordinated', 'CaseDelegated', 'CaseReturned')
            AND h.actor_unit IS NOT NULL AND h.actor_unit <> o.unit_id
          GROUP BY h.complaint_id) w
    WHERE w.complaint_id = c.complaint_id
"""
_FACTS = """
    UPDATE routing.cases SET about_unit = body ->> 'about_unit',
        restricted = coalesce(CAST(body ->> 'restricted' AS boolean), false),
        reviewer = CASE
            WHEN state NOT IN ('completed', 'rejected') THEN awaited_reviewer
            WHEN 'biro-pemerintahan' IN (unit_id, coalesce(body ->> 'about_unit', ''))
                AND coalesce(body ->> 'about_unit', '') <> 'inspektorat' THEN 'inspektorat'
            ELSE 'biro-pemerintahan' END
"""


def upgrade() -> None:
    for column in (
        sa.Column("reviewer", sa.Text),
        sa.Column("watchers", pg.JSONB, nullable=False, server_default="[]"),
        sa.Column("about_unit", sa.Text),
        sa.Column("restricted", sa.Boolean, nullable=False, server_default="false"),
    ):
        op.add_column("cases", column, schema=SCHEMA)
    op.execute(_FACTS)
    op.execute(_WATCHERS)
    for name in ("watchers", "restricted"):
        op.alter_column("cases", name, server_default=None, schema=SCHEMA)


def downgrade() -> None:
    for name in ("restricted", "about_unit", "watchers", "reviewer"):
        op.drop_column("cases", name, schema=SCHEMA)
