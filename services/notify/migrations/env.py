"""Alembic's entry: the revisions of schema ``notify``."""

from services.notify.tables import metadata
from shared.migrations import run_migration_environment

run_migration_environment(metadata)
