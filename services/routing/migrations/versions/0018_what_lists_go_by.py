"""What officers' lists go by stands in columns, and their indexes know which cases are open.

Limits are null until sla's events are heard; ``crm bus rebuild`` tells those of before.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SCHEMA = "routing"
INSTANTS = ("due_at", "original_due_at", "next_due_at")
TEXTS = ("stage", "report_number", "channel", "kelurahan_code")

_FILL = """
    UPDATE routing.cases SET report_number = body ->> 'report_number',
        channel = body ->> 'channel', kelurahan_code = body ->> 'kelurahan_code',
        stage = CASE
            WHEN state IN ('completed', 'rejected', 'merged', 'withdrawn') THEN NULL
            WHEN awaited_reviewer IS NOT NULL THEN 'waiting'
            WHEN body ->> 'question_ref' IS NOT NULL
                AND NOT coalesce(CAST(body ->> 'question_expired' AS boolean), false)
                THEN 'waiting'
            WHEN state IN ('received', 'coordinated', 'delegated')
                AND NOT coalesce(CAST(body ->> 'accepted' AS boolean), false) THEN 'new'
            ELSE 'in_hand' END
"""


def upgrade() -> None:
    for name in INSTANTS:
        op.add_column("cases", sa.Column(name, pg.TIMESTAMP(timezone=True)), schema=SCHEMA)
    for name in TEXTS:
        op.add_column("cases", sa.Column(name, sa.Text), schema=SCHEMA)
    op.execute(_FILL)
    op.create_index("ix_cases_report_number", "cases", ["report_number"], schema=SCHEMA)
    op.drop_index("ix_cases_inbox", "cases", schema=SCHEMA)
    op.drop_index("ix_cases_watchers", "cases", schema=SCHEMA)


def downgrade() -> None:
    op.create_index(
        "ix_cases_watchers", "cases", ["watchers"], schema=SCHEMA, postgresql_using="gin",
        postgresql_ops={"watchers": "jsonb_path_ops"},
    )  # fmt: skip
    by_time = ["unit_id", "received_at", "complaint_id"]
    op.create_index("ix_cases_inbox", "cases", by_time, schema=SCHEMA)
    op.drop_index("ix_cases_report_number", "cases", schema=SCHEMA)
    for name in (*TEXTS, *INSTANTS):
        op.drop_column("cases", name, schema=SCHEMA)
