"""What is known of a case's files, and which of them an officer has opened."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    op.create_table(
        "case_media",
        sa.Column("ref", pg.UUID(as_uuid=True), primary_key=True),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False),
        sa.Column("content_ref", pg.UUID(as_uuid=True)),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("flags", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("at", pg.TIMESTAMP(timezone=True), nullable=False),
        schema=SCHEMA,
    )
    op.create_index("ix_case_media_complaint_id", "case_media", ["complaint_id"], schema=SCHEMA)
    op.add_column("openings", sa.Column("media_ref", pg.UUID(as_uuid=True)), schema=SCHEMA)
    op.create_index(
        "ix_openings_media_ref",
        "openings",
        ["complaint_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("media_ref IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_openings_media_ref", "openings", schema=SCHEMA)
    op.drop_column("openings", "media_ref", schema=SCHEMA)
    op.drop_table("case_media", schema=SCHEMA)
