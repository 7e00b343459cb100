"""Alembic's entry for the schema ``routing``."""

from services.routing.tables import metadata
from shared.migrations import run_migration_environment

run_migration_environment(metadata)
