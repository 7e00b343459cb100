"""What changes in officers' inboxes, in the order of the commits."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCHEMA = "routing"


def upgrade() -> None:
    now_id = sa.text("CAST(CAST(pg_current_xact_id() AS text) AS bigint)")
    op.create_table(
        "changes",
        sa.Column("xid", sa.BigInteger, autoincrement=False, server_default=now_id),
        sa.Column("change_id", sa.BigInteger, sa.Identity(always=True)),
        sa.Column(
            "at",
            pg.TIMESTAMP(timezone=True),
            nullable=False,
            server_default=sa.text("clock_timestamp()"),
        ),
        sa.Column("complaint_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("version_before", sa.Integer),
        sa.Column("before", pg.JSONB),
        sa.Column("after", pg.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("xid", "change_id", name="pk_changes"),
        schema=SCHEMA,
    )
    op.create_table(
        "change_places",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("xid", sa.BigInteger, nullable=False),
        sa.Column("change_id", sa.BigInteger, nullable=False),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_table("change_places", schema=SCHEMA)
    op.drop_table("changes", schema=SCHEMA)
