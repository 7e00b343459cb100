"""Java on this machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from deploy.local.process import ProcessFailed
from deploy.local.settings import inherited

_JAVA_MAJOR = 17


def java_program() -> str:
    for home in inherited("JAVA_HOME").values():
        if (Path(home) / "bin" / "java").exists():
            return str(Path(home) / "bin" / "java")
    return shutil.which("java") or "java"


def java_environment() -> dict[str, str]:
    return inherited("PATH", "HOME", "JAVA_HOME", "JDK_JAVA_OPTIONS", "LANG", "TZ", "TMPDIR")


def checked(command: Sequence[str | Path], *, cwd: Path, what: str, env: bool = True) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=java_environment() if env else None,
        timeout=600,
        check=False,
    )
    if done.returncode != 0:
        lines = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise ProcessFailed(f"{what} failed ({done.returncode}):\n{lines}")


def java_missing() -> str | None:
    """None when Java 17 or newer is there, else what is missing, for people."""
    try:
        said = subprocess.run(
            [java_program(), "-version"], capture_output=True, text=True, timeout=30, check=True
        ).stderr
    except (OSError, subprocess.SubprocessError):
        return "Java is missing: install a JRE 17 or newer"
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < _JAVA_MAJOR:
        return f"Java {_JAVA_MAJOR} or newer is needed, found: {said.splitlines()[0]}"
    return None


def apache_available() -> str | None:
    """None when Java 17 or newer and Maven are there, else what is missing, for people."""
    missing = java_missing()
    if missing is None and shutil.which("mvn") is None:
        return "Maven is missing: install mvn"
    return missing
