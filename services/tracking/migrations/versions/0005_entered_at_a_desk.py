"""A view says at which desk its complaint was entered. Of complaints that came before this release
it is not known here, so that their desks do not find them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "tracking"


def upgrade() -> None:
    op.add_column("cases", sa.Column("entered_by_unit", sa.Text), schema=SCHEMA)
    op.create_index(
        "ix_cases_entered_by_unit", "cases", ["entered_by_unit", "received_at", "complaint_id"],
        schema=SCHEMA, postgresql_where=sa.text("entered_by_unit IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_column("cases", "entered_by_unit", schema=SCHEMA)
