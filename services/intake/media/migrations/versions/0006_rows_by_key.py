"""Which rows a key has sealed is quick to find: they are counted, and sealed anew.

The key of a complaint's objects does not say yet for which key pair it is wrapped; it is found out
when it is wrapped anew.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "media"


def upgrade() -> None:
    op.add_column("complaint_keys", sa.Column("key_id", pg.BYTEA), schema=SCHEMA)
    op.create_index(
        "ix_complaint_keys_key_id", "complaint_keys", ["key_id", "complaint_id"], schema=SCHEMA
    )
    op.create_index("ix_files_key_id", "files", ["key_id", "ref"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_index("ix_files_key_id", "files", schema=SCHEMA)
    op.drop_index("ix_complaint_keys_key_id", "complaint_keys", schema=SCHEMA)
    op.drop_column("complaint_keys", "key_id", schema=SCHEMA)
