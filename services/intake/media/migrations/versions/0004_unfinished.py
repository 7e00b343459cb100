"""How often a file was not opened to its end: after so many times it is refused."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "media"


def upgrade() -> None:
    op.add_column(
        "files",
        sa.Column("unfinished", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_column("files", "unfinished", schema=SCHEMA)
