"""What is due at the same moment goes in its order, by an index that has it so.

The messages of a gateway that was held back are all due at once; without the index each look for a
hundred of them would sort them all.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SCHEMA = "notify"


def upgrade() -> None:
    _replace(["next_attempt_at", "seq"])


def downgrade() -> None:
    _replace(["next_attempt_at"])


def _replace(columns: list[str]) -> None:
    op.drop_index("ix_deliveries_due", "deliveries", schema=SCHEMA)
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        columns,
        schema=SCHEMA,
        postgresql_where=sa.text("status IN ('waiting', 'leased')"),
    )
