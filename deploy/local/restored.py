"""The file `restoring` in a home: what is still to be done before a restored stack may serve.

Between the copy of a database and the erasures that were confirmed after it, the words of people
who are erased are in the tables again. Nothing that serves may start then.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from deploy.local.credentials import write_private
from deploy.local.process import ProcessFailed

Stage = Literal["files", "erasures", "bus"]
"""What is being done, or is to be done next."""
_TO_DO = {
    "files": "its files were not all brought back: move it away, then 'crm restore' once more",
    "erasures": "people who were erased after the backup are in its database: run "
    "'crm restore --erasures', which erases them again",
}


def stage(home: Path) -> Stage | None:
    """None for a home that may serve."""
    try:
        said = (home / "restoring").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    # What cannot be read is no permission to serve.
    return "bus" if said == "bus" else "erasures" if said == "erasures" else "files"


def mark(home: Path, what: Stage) -> None:
    """Outlives a loss of power."""
    write_private(home / "restoring", what + "\n")


def clear(home: Path) -> None:
    """All is done."""
    (home / "restoring").unlink(missing_ok=True)


def refuse(home: Path) -> None:
    """Raises ProcessFailed, which says what to do, while the home must not serve."""
    found = stage(home)
    if found is not None and found != "bus":
        raise ProcessFailed(f"{home} is half restored; {_TO_DO[found]}")
