"""ExifTool, a reader of metadata that shares no line with what writes pictures here."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.gateways.installed import required

INSTALL = "apt-get install --no-install-recommends libimage-exiftool-perl"
OF_THE_FILE = frozenset(("SourceFile", "ExifTool", "File", "System", "JFIF", "Composite"))
"""Groups of tags that every picture has: where it lies, how large it is, that it is a JPEG."""


def exiftool() -> str | None:
    """The program; None where there is none."""
    return shutil.which("exiftool")


def need() -> str:
    """The program. Skips the test without one; fails it where it is required."""
    program = exiftool()
    if program is not None:
        return program
    reason = f"no ExifTool ({INSTALL})"
    if required():
        pytest.fail(reason)
    pytest.skip(reason)


def tags_of(folder: Path) -> dict[str, dict[str, Any]]:
    """What it reads in each file of a folder, unknown tags too: names as ``Group:Tag``."""
    done = subprocess.run(
        [need(), "-json", "-G0", "-a", "-u", "-U", "-ee", str(folder)],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return {Path(each["SourceFile"]).name: each for each in json.loads(done.stdout)}


def foreign(tags: dict[str, Any]) -> set[str]:
    """Tags that say more than that it is a picture of some size."""
    return {
        f"{name}={value}"
        for name, value in tags.items()
        if name.partition(":")[0] not in OF_THE_FILE or "Comment" in name or "Warning" in name
    }


def notice() -> str:
    """What the summary of a test run says about it."""
    if exiftool():
        return "metadata: ExifTool"
    return f"metadata: NOTHING WAS READ BY AN INDEPENDENT READER: {INSTALL}"
