"""alembic's entry; called through shared.migrations.run_migrations."""

from services.intake.media.tables import metadata
from shared.migrations import run_migration_environment

run_migration_environment(metadata)
