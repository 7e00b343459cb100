"""What the stream is not told of a case stands in its history.

Cases about officials of before this release have told it. Their events in the outbox are divided
here: the history keeps what is withheld, and the bodies say what may be told. A rebuild of the
stream, which publishes the outbox, says then what a later release would have said.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "routing"

DISCREET = """
    SELECT o.seq, o.complaint_id, o.said, CAST(o.said ->> 'case_version' AS int) AS version,
           CASE WHEN o.type LIKE '%.CaseRouted.v1' THEN CAST(
               '{"category": "keluhan-pelayanan", "kelurahan_code": null, "area_name": null,
                 "runners_up": [], "approximate_area": false, "confidence": 1.0}' AS jsonb)
              || CASE WHEN o.said ->> 'rule_id' = 'conflict-of-interest'
                 THEN CAST('{"rule_id": "oversight"}' AS jsonb) ELSE '{}' END
              WHEN o.type LIKE '%.CaseTriaged.v1' THEN CAST(
               '{"category": null, "kelurahan_code": null, "area_name": null,
                 "runners_up": [], "reason": "no_category"}' AS jsonb)
              ELSE '{}' END
           || CASE WHEN o.said ->> 'unit_id' NOT IN ('inspektorat', 'triage')
                        AND c.body ->> 'about_unit' IS DISTINCT FROM 'inspektorat' THEN CAST(
               '{"unit_id": "withheld", "unit_name": "Dirahasiakan", "unit_kind": "other",
                 "unit_parent_id": null}' AS jsonb) ELSE '{}' END
           || CASE WHEN o.said ->> 'from_unit_id' NOT IN ('inspektorat', 'triage')
                        AND c.body ->> 'about_unit' IS DISTINCT FROM 'inspektorat'
              THEN CAST('{"from_unit_id": "withheld"}' AS jsonb) ELSE '{}' END AS told
    FROM (SELECT seq, complaint_id, type, CAST(convert_from(body, 'UTF8') AS jsonb) AS said
          FROM routing.outbox) AS o
    JOIN routing.cases c ON c.complaint_id = o.complaint_id
    WHERE CAST(c.body ->> 'restricted' AS boolean) OR c.body ->> 'about_unit' IS NOT NULL
"""
KEEP = f"""
    UPDATE routing.history AS h
    SET withheld = (SELECT jsonb_object_agg(key, d.said -> key) FROM jsonb_object_keys(d.told) key)
    FROM ({DISCREET}) AS d
    WHERE h.complaint_id = d.complaint_id AND h.version = d.version AND d.told <> '{{}}'
"""  # noqa: S608 (constants)
TAKE_BACK = f"""
    UPDATE routing.outbox AS o SET body = convert_to(CAST(d.said || d.told AS text), 'UTF8')
    FROM ({DISCREET}) AS d WHERE o.seq = d.seq AND d.told <> '{{}}'
"""  # noqa: S608
FRAUD = """
    SELECT seq, complaint_id, CAST(said ->> 'case_version' AS int) AS version, said
    FROM (SELECT seq, complaint_id, CAST(convert_from(body, 'UTF8') AS jsonb) AS said
          FROM routing.outbox WHERE type LIKE '%.CaseReopened.v1') AS reopened
    WHERE said ->> 'reason' = 'suspected_fraud'
"""
KEEP_FRAUD = f"""
    UPDATE routing.history AS h
    SET withheld = coalesce(h.withheld, '{{}}') || '{{"reason": "suspected_fraud"}}'
    FROM ({FRAUD}) AS f WHERE h.complaint_id = f.complaint_id AND h.version = f.version
"""  # noqa: S608
TAKE_FRAUD_BACK = f"""
    UPDATE routing.outbox AS o
    SET body = convert_to(CAST(f.said || '{{"reason": "new_facts"}}' AS text), 'UTF8')
    FROM ({FRAUD}) AS f WHERE o.seq = f.seq
"""  # noqa: S608


def upgrade() -> None:
    op.add_column("history", sa.Column("withheld", pg.JSONB), schema=SCHEMA)
    for statement in (KEEP, TAKE_BACK, KEEP_FRAUD, TAKE_FRAUD_BACK):
        op.execute(statement)


def downgrade() -> None:
    """The stream is not told again what was taken back."""
    op.drop_column("history", "withheld", schema=SCHEMA)
