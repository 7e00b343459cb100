"""Apache Kafka's jars, by Maven."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
from pathlib import Path

from deploy.local.broker.java import apache_available, checked
from deploy.local.broker.topics import KAFKA_FILES
from deploy.local.process import ProcessFailed


def fetch_libraries(target: Path) -> None:
    """Fills `target` with Kafka's jars by Maven, once per content of `pom.xml`."""
    pom = KAFKA_FILES / "pom.xml"
    mark = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    if (target / f".{mark}").exists():
        return
    reason = apache_available()
    if reason is not None:
        raise ProcessFailed(f"Apache Kafka cannot be fetched: {reason}")
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    part.mkdir(parents=True, exist_ok=True)
    try:
        _fetch(pom, part, target.parent / "maven")
        (part / f".{mark}").touch()
        _put_in_place(part, target, mark)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fetch(pom: Path, part: Path, repository: Path) -> None:
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={part}"]
    # Java reads the home folder from the user database, and some users have none there.
    if not _has_a_home():
        goal.append(f"-Dmaven.repo.local={repository}")
    # Maven keeps the person's whole environment: proxies and mirrors are configured there.
    command = ["mvn", "-B", "-q", "-f", str(pom), *goal]
    checked(command, cwd=part, what="fetching Kafka's jars by Maven", env=False)


def _has_a_home() -> bool:
    try:
        return os.access(pwd.getpwuid(os.geteuid()).pw_dir, os.W_OK)
    except KeyError:
        return False


def _put_in_place(part: Path, target: Path, mark: str) -> None:
    """Renames the finished folder; a second fetcher that came first has done the same work."""
    if (target / f".{mark}").exists():
        return
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)
