"""A searchable copy of what citizens wrote, and where it is about."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.create_table(
        "texts",
        sa.Column("complaint_id", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("refs", pg.ARRAY(pg.UUID(as_uuid=True)), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("sought", pg.TSVECTOR, nullable=False),
        sa.Column("keys", pg.ARRAY(sa.Text), nullable=False),
        schema=SCHEMA,
    )
    op.execute(f"CREATE INDEX ix_texts_sought ON {SCHEMA}.texts USING gin (sought, keys)")
    op.execute(
        f"CREATE INDEX ix_texts_words ON {SCHEMA}.texts USING gin (words gin_trgm_ops, keys)"
    )


def downgrade() -> None:
    op.drop_table("texts", schema=SCHEMA)
