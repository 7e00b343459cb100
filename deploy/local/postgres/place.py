"""Where binaries and data lie: in the home, or where an unprivileged uid can reach them."""

from __future__ import annotations

import hashlib
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
    """The folder for binaries and data: in `home`, or where the unprivileged uid can reach it."""
    if uid is None or reachable(home / "x", uid):
        return home / "postgres"
    mark = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]
    temporary = Path(tempfile.gettempdir()).resolve()
    lasting = [] if home.resolve().is_relative_to(temporary) else [Path("/var/lib")]
    for place in (*lasting, temporary):
        if os.access(place, os.W_OK) and reachable(place / "x", uid):
            return place / f"crm-local-{mark}"
    raise NoPostgres(f"no folder for the data that uid {uid} can reach; set CRM_HOME to one")
