"""From a door to the database: reception, group commit, planning, filing."""
