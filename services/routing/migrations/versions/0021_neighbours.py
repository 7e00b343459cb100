"""Neighbours in place and time are found by indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SCHEMA = "routing"
SQUARES = ("latitude", "longitude")


def upgrade() -> None:
    for name in SQUARES:
        square = sa.Computed(f"CAST(floor({name} / 0.0025) AS integer)", persisted=True)
        op.add_column("texts", sa.Column(f"{name}_square", sa.Integer, square), schema=SCHEMA)
    op.create_index(
        "ix_texts_square", "texts", ["latitude_square", "longitude_square", "complaint_id"],
        schema=SCHEMA, postgresql_where=sa.text("latitude_square IS NOT NULL"),
        postgresql_include=["latitude", "longitude"],
    )  # fmt: skip
    op.create_index(
        "ix_cases_kelurahan", "cases", ["kelurahan_code", "complaint_id"], schema=SCHEMA
    )


def downgrade() -> None:
    op.drop_index("ix_cases_kelurahan", "cases", schema=SCHEMA)
    op.drop_index("ix_texts_square", "texts", schema=SCHEMA)
    for name in SQUARES:
        op.drop_column("texts", f"{name}_square", schema=SCHEMA)
