"""alembic's entry."""

from shared.migrations import run_migration_environment
from tests.integration.shared.growing.tables import metadata

run_migration_environment(metadata)
