"""Fresh folders that an unprivileged database server can reach (pytest's own it cannot)."""

from __future__ import annotations

import tempfile
from pathlib import Path


def fresh_home() -> Path:
    """A new CRM_HOME; its maker removes it."""
    place = Path(tempfile.mkdtemp(prefix="crm-test-"))
    place.chmod(0o755)
    return place
