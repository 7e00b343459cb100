"""Erased files are remembered by their ref, a document or video that a scanner found clean is open,
and names of objects have the order of the store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "media"
_UUID = pg.UUID(as_uuid=True)
_INSTANT = pg.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "removed",
        sa.Column("ref", _UUID, nullable=False),
        sa.Column("removed_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_removed"),
        schema=SCHEMA,
    )
    op.add_column("files", sa.Column("scanned_at", _INSTANT), schema=SCHEMA)
    op.create_index(
        "ix_files_unscanned", "files", ["due_at"], schema=SCHEMA,
        postgresql_where=sa.text("state = 'kept' AND scanned_at IS NULL"),
    )  # fmt: skip
    # As the store orders names: the sweep compares a page of rows with a page of objects.
    op.execute(f'ALTER TABLE {SCHEMA}.derivatives ALTER COLUMN object_name TYPE text COLLATE "C"')


def downgrade() -> None:
    op.execute(
        f'ALTER TABLE {SCHEMA}.derivatives ALTER COLUMN object_name TYPE text COLLATE "default"'
    )
    op.drop_index("ix_files_unscanned", "files", schema=SCHEMA)
    op.drop_column("files", "scanned_at", schema=SCHEMA)
    op.drop_table("removed", schema=SCHEMA)
