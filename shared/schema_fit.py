"""Which revision of its schema a service's code knows."""

from importlib.resources import files


def newest_revision(package: str) -> str | None:
    """Of the schema of ``package`` (``services.intake``): the newest that this code knows, four
    digits; None where it has no migrations. Told by the names of the files, because no service
    loads alembic."""
    versions = files(package) / "migrations" / "versions"
    if not versions.is_dir():
        return None
    return max(each.name[:4] for each in versions.iterdir() if each.name[:4].isdigit())
