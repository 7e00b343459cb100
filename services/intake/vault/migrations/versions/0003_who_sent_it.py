"""Who sent a message, as keyed digests, and the one question that intake may ask about them.

Rows from before have none: nobody is known as their sender, so that words without another proof
become a complaint of their own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "vault"
ASKER = "crm_intake"

# It runs with the vault's rights and tells a yes or no per pair, in the order of the pairs: no
# digest, no row, not even whether the complaint is known.
_SAME_SENDER = """
CREATE FUNCTION vault.same_sender(complaints uuid[], senders bytea[]) RETURNS boolean[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(
        EXISTS (
            SELECT FROM vault.sealed_reporters r
            WHERE r.complaint_id = asked.complaint AND asked.sender = ANY(r.senders)
        ) ORDER BY asked.place
    ) FROM unnest(complaints, senders) WITH ORDINALITY AS asked (complaint, sender, place)
$$
"""


def upgrade() -> None:
    op.add_column("sealed_reporters", sa.Column("senders", pg.ARRAY(pg.BYTEA)), schema=SCHEMA)
    op.execute(_SAME_SENDER)
    op.execute(f"REVOKE ALL ON FUNCTION {SCHEMA}.same_sender(uuid[], bytea[]) FROM PUBLIC")
    known = op.get_bind().scalar(
        sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": ASKER}
    )
    # As with the right to add rows: whoever makes the role on a server of its own grants this.
    if known:
        op.execute(f'GRANT EXECUTE ON FUNCTION {SCHEMA}.same_sender(uuid[], bytea[]) TO "{ASKER}"')


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {SCHEMA}.same_sender(uuid[], bytea[])")
    op.drop_column("sealed_reporters", "senders", schema=SCHEMA)
