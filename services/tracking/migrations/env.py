"""Alembic's entry to tracking's schema."""

from services.tracking.tables import METADATA
from shared.database import run_migration_environment

run_migration_environment(METADATA)
