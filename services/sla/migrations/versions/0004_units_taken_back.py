"""What sla has told of units in cases about officials is taken back from the outbox.

A rebuild of the stream publishes the outbox: it says then what a later release would have said.
Of earlier cases sla knows only some to be about officials. Those that the Inspektorat has held
count as such too: it is their first holder, and hardly ever another case's.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TAKE_BACK = """
    UPDATE sla.outbox AS o SET body = convert_to(CAST(
        said
        || CASE WHEN said ? 'deadlines' THEN jsonb_build_object('deadlines', (
               SELECT jsonb_agg(each || '{"unit_id": null}' ORDER BY place)
               FROM jsonb_array_elements(said -> 'deadlines')
               WITH ORDINALITY AS given (each, place)))
           ELSE CAST('{}' AS jsonb) END
        || CASE WHEN said ? 'unit_id' THEN CAST('{"unit_id": null}' AS jsonb)
           ELSE CAST('{}' AS jsonb) END
        || CASE WHEN said ? 'escalate_to' THEN CAST('{"escalate_to": null}' AS jsonb)
           ELSE CAST('{}' AS jsonb) END
        || CASE WHEN said ? 'shares' THEN CAST('{"shares": []}' AS jsonb)
           ELSE CAST('{}' AS jsonb) END AS text), 'UTF8')
    FROM (SELECT e.seq, CAST(convert_from(e.body, 'UTF8') AS jsonb) AS said
          FROM sla.outbox AS e JOIN sla.cases AS c ON c.complaint_id = e.complaint_id
          WHERE c.about_unit IS NOT NULL
             OR c.body -> 'holdings' @> '[{"unit_id": "inspektorat"}]') AS told
    WHERE told.seq = o.seq
"""


def upgrade() -> None:
    op.execute(TAKE_BACK)


def downgrade() -> None:
    """The stream is not told again what was taken back."""
