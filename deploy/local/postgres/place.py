"""Where binaries and data lie: in the home, or where an unprivileged uid can reach them."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from deploy.local.postgres.binaries import NoPostgres

UNPRIVILEGED = 65534


def reachable(path: Path, uid: int) -> bool:
    """Whether that uid may pass through every folder above `path` (modes only, no ACLs)."""
    for folder in path.resolve().parents:
        mode = folder.stat()
        wanted = stat.S_IXUSR if mode.st_uid == uid else stat.S_IXOTH
        if not mode.st_mode & wanted:
            return False
    return True


def workspace(home: Path, uid: int | None) -> Path:
    """The folder for binaries and data: in `home`, or where the unprivileged uid can reach it.

    A folder elsewhere is pointed to by the link `home/postgres`, so that it belongs to this
    home and no other, moves with it, and is not met again when the home was thrown away.
    """
    here = home / "postgres"
    if here.is_symlink() and _is_ours(here, uid):
        return here.resolve()
    if uid is None or (reachable(home / "x", uid) and not here.is_symlink()):
        return here
    place = _elsewhere(home, uid)
    here.unlink(missing_ok=True)
    here.symlink_to(place)
    return place


def _is_ours(link: Path, uid: int | None) -> bool:
    """Programs in it are run as root: nobody else may own it or write into it."""
    if not link.is_dir() or (uid is not None and not reachable(link / "x", uid)):
        return False
    found = link.stat()
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _elsewhere(home: Path, uid: int) -> Path:
    """A new folder of a name that nobody can have taken before."""
    temporary = Path(tempfile.gettempdir()).resolve()
    lasting = [] if home.resolve().is_relative_to(temporary) else [Path("/var/lib")]
    for parent in (*lasting, temporary):
        if os.access(parent, os.W_OK) and reachable(parent / "x", uid):
            place = Path(tempfile.mkdtemp(prefix="crm-local-", dir=parent))
            place.chmod(0o755)
            return place
    raise NoPostgres(f"no folder for the data that uid {uid} can reach; set CRM_HOME to one")
