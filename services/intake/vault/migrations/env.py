"""alembic's entry; called through shared.database.run_migrations."""

from services.intake.vault.tables import metadata
from shared.database import run_migration_environment

run_migration_environment(metadata)
