"""What the stream is not told of confidential complaints.

Complaints that were received before this release have told it. What the outbox says of them is
divided here: the facts go to the new table, and the bodies keep what may be told. A rebuild of the
stream, which publishes the outbox, says then what a later release would have said.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "intake"

RECEIVED = """
    SELECT seq, complaint_id, said,
           coalesce(CAST(said ->> 'confidential' AS boolean), false)
           OR coalesce(CAST(said ->> 'restricted' AS boolean), false)
           OR said ->> 'about_unit' IS NOT NULL AS is_confidential
    FROM (SELECT seq, complaint_id, CAST(convert_from(body, 'UTF8') AS jsonb) AS said
          FROM intake.outbox WHERE type = 'id.go.jakarta.crm.ComplaintReceived.v1') AS events
"""
KEEP = f"""
    INSERT INTO intake.withheld
    SELECT complaint_id, said ->> 'about_unit',
           coalesce(CAST(said ->> 'restricted' AS boolean), false), said ->> 'category',
           coalesce(CAST(said ->> 'geotagged' AS boolean), false), said ->> 'kelurahan_code',
           said ->> 'entered_by_unit'
    FROM ({RECEIVED}) AS received WHERE is_confidential
"""  # noqa: S608 (constants)
TAKE_BACK = f"""
    UPDATE intake.outbox AS o
    SET body = convert_to(CAST(
        (r.said - '{{about_unit, restricted}}'::text[])
        || CASE WHEN r.is_confidential THEN CAST(
            '{{"confidential": true, "category": null, "geotagged": false, "kelurahan_code": null,
               "entered_by_unit": null, "reported_at": null, "quoted_reports": []}}' AS jsonb)
           ELSE '{{}}' END AS text), 'UTF8')
    FROM ({RECEIVED}) AS r WHERE o.seq = r.seq
"""  # noqa: S608


def upgrade() -> None:
    op.create_table(
        "withheld",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("about_unit", sa.Text),
        sa.Column("restricted", sa.Boolean, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("geotagged", sa.Boolean, nullable=False),
        sa.Column("kelurahan_code", sa.Text),
        sa.Column("entered_by_unit", sa.Text),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_withheld"),
        schema=SCHEMA,
    )
    op.execute(KEEP)
    op.execute(TAKE_BACK)


def downgrade() -> None:
    """The stream is not told again what was taken back."""
    op.drop_table("withheld", schema=SCHEMA)
