"""Trained models and when each was let decide: rows are added, none is changed or deleted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

SCHEMA = "routing"
KEPT = ("classifier_models", "classifier_switches")


def upgrade() -> None:
    op.create_table(
        "classifier_models",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", pg.JSON, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("registered_by", sa.Text, nullable=False),
        sa.Column("registered_by_unit", sa.Text, nullable=False),
        sa.Column("registered_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.UniqueConstraint("digest", name="uq_classifier_models_digest"),
        schema=SCHEMA,
    )
    op.create_table(
        "classifier_switches",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("decides", sa.Boolean, nullable=False),
        sa.Column("switched_by", sa.Text, nullable=False),
        sa.Column("switched_by_unit", sa.Text, nullable=False),
        sa.Column("switched_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], [f"{SCHEMA}.classifier_models.number"],
            name="fk_classifier_switches_number_classifier_models",
        ),
        schema=SCHEMA,
    )  # fmt: skip
    for table in KEPT:
        op.execute(f"""
            CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {SCHEMA}.{table}
            FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_change()
        """)


def downgrade() -> None:
    op.drop_table("classifier_switches", schema=SCHEMA)
    op.drop_table("classifier_models", schema=SCHEMA)
