"""Which rows a key has sealed is quick to find: they are counted, and sealed anew.

The key of a complaint's objects does not say yet for which key pair it is wrapped; it is found out
when it is wrapped anew.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from shared.migrations import EXPAND

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PHASE = EXPAND
SCHEMA = "media"
CONCURRENTLY = {
    "ix_complaint_keys_key_id": "ON media.complaint_keys (key_id, complaint_id)",
    "ix_files_key_id": "ON media.files (key_id, ref)",
}


def upgrade() -> None:
    op.add_column("complaint_keys", sa.Column("key_id", pg.BYTEA), schema=SCHEMA)


def downgrade() -> None:
    op.drop_index("ix_files_key_id", "files", schema=SCHEMA, if_exists=True)
    op.drop_index("ix_complaint_keys_key_id", "complaint_keys", schema=SCHEMA, if_exists=True)
    op.drop_column("complaint_keys", "key_id", schema=SCHEMA)
