"""A new data folder, by initdb."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.process import ProcessFailed
from deploy.local.settings import inherited

ADMIN = "crm_admin"


def clean_environment() -> dict[str, str]:
    """No PG* setting of the person's shell reaches the server."""
    return {**inherited("PATH"), "LC_ALL": "C", "TZ": "UTC"}


def make_data(programs: Path, data: Path, major: int, password: str, uid: int | None) -> None:
    """initdb into a new folder, renamed when whole: a killed first start leaves no half."""
    _refuse_other_majors(data)
    part = data.with_name(f"{data.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    try:
        with tempfile.NamedTemporaryFile("w", dir=data.parent, prefix=".pw") as secret:
            secret.write(password)
            secret.flush()
            if uid is not None:
                os.chown(part, uid, uid)
                os.chown(secret.name, uid, uid)
            _run(_initdb(programs, part, secret.name, major), part, uid)
        part.rename(data)
    finally:
        # The likeliest failure is a full disk, and half a database would keep it full.
        shutil.rmtree(part, ignore_errors=True)


def _refuse_other_majors(data: Path) -> None:
    """Another PostgreSQL was used before: an empty database beside it would look like a loss."""
    other = next(data.parent.glob("data-*/PG_VERSION"), None)
    if other is not None:
        raise ProcessFailed(
            f"the data in {other.parent} were made by PostgreSQL {other.read_text().strip()}, and "
            f"the one found now makes {data.name}: bring the old one back, or move the folder away"
        )


def _initdb(programs: Path, data: Path, password_file: str, major: int) -> list[str]:
    # From 17 on there is a builtin provider. It sorts and lower-cases alike on every machine.
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else []
    command = [str(programs / "initdb"), "-D", str(data), "-U", ADMIN]
    command += [f"--pwfile={password_file}", "--auth=scram-sha-256"]
    return [*command, "--encoding=UTF8", "--locale=C", *builtin, *_sync(major)]


def _sync(major: int) -> list[str]:
    """The new folder is brought to the disk by one call for the file system, where there is one.

    Syncing its thousand files one by one takes as long as all the rest of a first start.
    """
    return ["--sync-method=syncfs"] if major >= 17 and sys.platform == "linux" else []


def _run(command: list[str], data: Path, uid: int | None) -> None:
    done = subprocess.run(
        [*_under_a_known_name(os.geteuid() if uid is None else uid), *command],
        capture_output=True,
        text=True,
        env=clean_environment(),
        cwd=data,
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
        check=False,
    )
    if done.returncode != 0:
        raise ProcessFailed(f"initdb failed in {data}:\n{done.stdout}{done.stderr}{_advice(done)}")


def _under_a_known_name(uid: int) -> list[str]:
    """initdb asks for its user's name, and containers run under numbers that have none.

    In a user namespace that number goes by the number of somebody who is known; the files
    belong to the number itself.
    """
    if _is_known(uid) or shutil.which("unshare") is None:
        return []
    known = next((each.pw_uid for each in pwd.getpwall() if each.pw_uid), None)
    return [] if known is None else ["unshare", "--user", f"--map-user={known}"]


def _is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _advice(done: subprocess.CompletedProcess[str]) -> str:
    if "user does not exist" not in done.stderr and "unshare" not in done.stderr:
        return ""
    return (
        "\nPostgreSQL needs a user with a name: add this one to /etc/passwd, or name a server "
        "with CRM_DATABASE_URL"
    )
