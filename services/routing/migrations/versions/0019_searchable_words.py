"""A searchable copy of what citizens wrote, and where it is about.

Cases of before are found by their keys. Their words stay with intake: nothing of them was kept.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SCHEMA = "routing"

_TEXTS = """
    INSERT INTO routing.texts (complaint_id, refs, words)
    SELECT complaint_id, '{}', '' FROM routing.cases
"""
_CARDS = """
    INSERT INTO routing.cards (card_id, sought, lexemes, keys)
    SELECT t.card_id, '', '', ARRAY(SELECT key FROM unnest(ARRAY[
        'u' || c.unit_id, 'u' || c.reviewer, 's' || c.state, 'h' || c.channel, 'c' || c.category,
        'd' || to_char(c.received_at AT TIME ZONE 'UTC', 'YYYYMMDD'),
        'm' || to_char(c.received_at AT TIME ZONE 'UTC', 'YYYYMM'),
        CASE WHEN NOT c.restricted THEN '*' END, CASE WHEN c.stage IS NOT NULL THEN 'o' END,
        'a' || substring(c.kelurahan_code, '^[0-9]+'),
        'a' || substring(c.kelurahan_code, '^[0-9]+[.][0-9]+'),
        'a' || substring(c.kelurahan_code, '^[0-9]+[.][0-9]+[.][0-9]+'), 'a' || c.kelurahan_code
    ] || ARRAY(SELECT kind || unit FROM jsonb_array_elements_text(c.watchers) unit,
               unnest(ARRAY['u', 'w']) kind)) key WHERE key IS NOT NULL GROUP BY key ORDER BY key)
    FROM routing.texts t JOIN routing.cases c ON c.complaint_id = t.complaint_id
"""


def upgrade() -> None:
    op.create_table(
        "texts",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("refs", pg.ARRAY(pg.UUID(as_uuid=True)), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("card_id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.UniqueConstraint("card_id"),
        schema=SCHEMA,
    )
    op.create_table(
        "cards",
        sa.Column("card_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sought", pg.TSVECTOR, nullable=False),
        sa.Column("lexemes", sa.Text, nullable=False),
        sa.Column("keys", pg.ARRAY(sa.Text), nullable=False),
        schema=SCHEMA,
    )
    op.execute(_TEXTS)
    op.execute(_CARDS)
    op.create_index(
        "ix_cards_sought", "cards", ["sought", "keys"], schema=SCHEMA, postgresql_using="gin"
    )
    op.create_index(
        "ix_cards_lexemes", "cards", ["lexemes", "keys"], schema=SCHEMA, postgresql_using="gin",
        postgresql_ops={"lexemes": "gin_trgm_ops"},
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("cards", schema=SCHEMA)
    op.drop_table("texts", schema=SCHEMA)
