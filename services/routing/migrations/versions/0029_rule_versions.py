"""Versions of the rules and when each was activated: rows are added, none is changed or deleted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

SCHEMA = "routing"
KEPT = ("rule_versions", "rule_activations")


def upgrade() -> None:
    op.create_table(
        "rule_versions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", pg.JSON, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("based_on", sa.Integer, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("proposed_by_unit", sa.Text, nullable=False),
        sa.Column("proposed_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.UniqueConstraint("digest", name="uq_rule_versions_digest"),
        schema=SCHEMA,
    )
    op.create_table(
        "rule_activations",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("valid_from", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("activated_by", sa.Text, nullable=False),
        sa.Column("activated_by_unit", sa.Text, nullable=False),
        sa.Column("activated_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], [f"{SCHEMA}.rule_versions.number"],
            name="fk_rule_activations_number_rule_versions",
        ),
        schema=SCHEMA,
    )  # fmt: skip
    op.execute(f"""
        CREATE FUNCTION {SCHEMA}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rows of % are kept as they are', TG_TABLE_NAME;
        END $$
    """)
    for table in KEPT:
        op.execute(f"""
            CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {SCHEMA}.{table}
            FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_change()
        """)


def downgrade() -> None:
    op.drop_table("rule_activations", schema=SCHEMA)
    op.drop_table("rule_versions", schema=SCHEMA)
    op.execute(f"DROP FUNCTION {SCHEMA}.refuse_change()")
