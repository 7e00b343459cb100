"""Alembic's entry for the schema ``sla``."""

from services.sla.tables import metadata
from shared.migrations import run_migration_environment

run_migration_environment(metadata)
