"""Each step of a case carries a hash that rests on the step before.

Steps of before this release have none yet. Routing chains them in the background, and before
anything is added to such a case.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SCHEMA = "routing"
COLUMNS = {
    "history": ("salt", "actor_ref", "words_digest", "hash"),
    "notes": ("salt", "digest"),
}


def upgrade() -> None:
    for table, names in COLUMNS.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.LargeBinary), schema=SCHEMA)
    op.create_index(
        "ix_history_unchained", "history", ["complaint_id"], schema=SCHEMA,
        postgresql_where=sa.text("hash IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_history_unchained", "history", schema=SCHEMA)
    for table, names in COLUMNS.items():
        for name in names:
            op.drop_column(table, name, schema=SCHEMA)
