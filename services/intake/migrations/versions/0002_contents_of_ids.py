"""What content an id stands for, as a keyed hash: another content gets no receipt of its.

Rows from before have none. The same id again is refused to them where the code would be told:
it cannot be known whose content comes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "intake"


def upgrade() -> None:
    op.add_column("contents", sa.Column("content_digest", pg.BYTEA), schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("contents", "content_digest", schema=SCHEMA)
