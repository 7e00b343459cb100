"""Alembic's entry to tracking's schema."""

from services.tracking.tables import METADATA
from shared.migrations import run_migration_environment

run_migration_environment(METADATA)
