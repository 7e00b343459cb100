"""What came before its message, and who said what lately."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "intake"


def upgrade() -> None:
    op.create_table(
        "early_messages",
        sa.Column("message_digest", pg.BYTEA, nullable=False),
        sa.Column("complaint_id", pg.UUID(as_uuid=True)),
        sa.Column("withdrawn_by", sa.Text),
        sa.Column("created_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_digest", name="pk_early_messages"),
        schema=SCHEMA,
    )
    op.create_index("ix_early_messages_created_at", "early_messages", ["created_at"], schema=SCHEMA)
    op.create_table(
        "heard",
        sa.Column("digest", pg.BYTEA, nullable=False),
        sa.Column("heard_at", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_heard"),
        schema=SCHEMA,
    )
    op.create_index("ix_heard_heard_at", "heard", ["heard_at"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("heard", schema=SCHEMA)
    op.drop_table("early_messages", schema=SCHEMA)
