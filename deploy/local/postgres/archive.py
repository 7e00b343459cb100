"""A copy of PostgreSQL's log, segment by segment, in a folder; and a way back from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from shlex import quote

from deploy.local.postgres.place import reachable
from deploy.local.process import ProcessFailed

LATEST_SECONDS = 60
"""A segment that is not full is copied after so long: at most this much is lost."""


def archive_settings(folder: Path) -> Mapping[str, str]:
    """Of a server that archives into `folder`.

    A segment is there whole or not at all. One that is there already, because the server ended
    before it heard so, is compared: another content is an error, for it is another server's.
    """
    to = _in(folder, "%f.gz")
    part = _in(folder, "%f.part")
    there = f"gzip -dc {to} | cmp -s - %p"
    copy = f"gzip -1 -c %p > {part} && sync {part} && mv {part} {to}"
    return {
        "archive_mode": "on",
        "archive_timeout": f"{LATEST_SECONDS}s",
        "archive_command": f"if test -e {to}; then {there}; else {copy}; fi",
    }


def recovery_settings(folder: Path, until: datetime | None) -> str:
    """What a restored server is told, as lines of `postgresql.auto.conf`. until: None for the end
    of the archive."""
    source = _in(folder, "%f.gz")
    lines = {
        "restore_command": f'test -e {source} && gzip -dc {source} > "%p"',
        "recovery_target_action": "promote",
        # Nobody looks at a moment that is not yet the one that was asked for.
        "hot_standby": "off",
        **({"recovery_target_time": until.isoformat()} if until else {}),
    }
    return "".join(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n"
                   for name, value in lines.items())  # fmt: skip


def make_archive(folder: Path, uid: int | None) -> None:
    """Makes the folder, which the server's own user alone may open. Raises ProcessFailed where that
    user cannot get there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if uid is None:
        return
    if not reachable(folder, uid):
        raise ProcessFailed(
            f"PostgreSQL runs as uid {uid} and cannot get into {folder}: name a folder of "
            "CRM_WAL_ARCHIVE that it can reach"
        )
    os.chown(folder, uid, uid)


def _in(folder: Path, name: str) -> str:
    # PostgreSQL puts in names for %f and %p, and a % for %%.
    return quote(str(folder.resolve()).replace("%", "%%") + "/") + name
