"""Words that are spelled alike are found in a vocabulary, instead of in an index of all letters.

The column ``lexemes`` stays for replicas of the release before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SCHEMA = "routing"

_WORDS = """
    INSERT INTO routing.vocabulary (word)
    SELECT word FROM ts_stat('SELECT sought FROM routing.cards')
    WHERE word ~ '^[[:alpha:]]{4,30}$'
"""


def upgrade() -> None:
    op.create_table("vocabulary", sa.Column("word", sa.Text, primary_key=True), schema=SCHEMA)
    op.execute(_WORDS)
    op.create_index(
        "ix_vocabulary_letters", "vocabulary", ["word"], schema=SCHEMA, postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )  # fmt: skip
    op.drop_index("ix_cards_lexemes", "cards", schema=SCHEMA)
    op.alter_column("cards", "lexemes", server_default="", schema=SCHEMA)


def downgrade() -> None:
    op.alter_column("cards", "lexemes", server_default=None, schema=SCHEMA)
    op.create_index(
        "ix_cards_lexemes", "cards", ["lexemes", "keys"], schema=SCHEMA, postgresql_using="gin",
        postgresql_ops={"lexemes": "gin_trgm_ops"},
    )  # fmt: skip
    op.drop_table("vocabulary", schema=SCHEMA)
