"""The bus tables and the read model."""

from alembic import op

from shared.bus_tables import create_bus_tables_v1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "tracking"

CASES = """
CREATE TABLE tracking.cases (
    complaint_id uuid CONSTRAINT pk_cases PRIMARY KEY,
    report_number text,
    tracking_digest text,
    channel text,
    citizen_category text,
    declared_kelurahan text,
    about_unit text,
    confidential boolean NOT NULL,
    restricted boolean NOT NULL,
    received_at timestamptz,
    supplemented_at timestamptz,
    withdrawal_asked_at timestamptz,
    erased boolean NOT NULL,
    state text NOT NULL,
    unit_id text,
    unit_name text,
    decided_category text,
    found_kelurahan text,
    area_name text,
    accepted boolean NOT NULL,
    planned_until timestamptz,
    question_open boolean NOT NULL,
    extension text,
    evidence_count integer NOT NULL,
    rejection text,
    reopened integer NOT NULL,
    merged_into uuid,
    closed_at timestamptz,
    due_at timestamptz,
    original_due_at timestamptz,
    warned_step integer NOT NULL,
    missed jsonb NOT NULL,
    evaluation text,
    notices jsonb NOT NULL,
    stages jsonb NOT NULL,
    updated_at timestamptz,
    category text GENERATED ALWAYS AS (coalesce(decided_category, citizen_category)) STORED,
    kelurahan_code text
        GENERATED ALWAYS AS (coalesce(found_kelurahan, declared_kelurahan)) STORED
) WITH (fillfactor = 80)
"""

INDEXES = (
    "CREATE UNIQUE INDEX uq_cases_tracking_digest ON tracking.cases (tracking_digest)",
    "CREATE INDEX ix_cases_report_number ON tracking.cases (report_number)",
    "CREATE INDEX ix_cases_received_at ON tracking.cases (received_at, complaint_id)",
    "CREATE INDEX ix_cases_state ON tracking.cases (state, received_at, complaint_id)",
    "CREATE INDEX ix_cases_unit_id ON tracking.cases (unit_id, received_at, complaint_id)",
)


def upgrade() -> None:
    create_bus_tables_v1(op, SCHEMA)
    op.execute(CASES)
    for index in INDEXES:
        op.execute(index)


def downgrade() -> None:
    for table in ("cases", "parked", "outbox", "inbox"):
        op.drop_table(table, schema=SCHEMA)
