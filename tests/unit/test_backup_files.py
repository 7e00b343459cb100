"""What of a backup can be told without a database: damage, refusals, the archive of the log."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.backup import restoring
from deploy.backup.manifest import Manifest, held, read_objects, write_objects, wrong_files
from deploy.local.postgres.archive import archive_settings, recovery_settings
from deploy.local.process import ProcessFailed
from deploy.local.settings import LauncherSettings


async def _restored(home: Path, backup: Path) -> None:
    source = restoring.Source(backup, backup / "keys", "kata sandi cadangan")
    await restoring.restore(LauncherSettings(home=home), source, print)


def test_a_file_that_is_missing_or_has_changed_is_named(tmp_path: Path) -> None:
    for name in ("whole", "changed", "gone"):
        (tmp_path / name).write_bytes(name.encode())
    files = [held(tmp_path / name, name) for name in ("whole", "changed", "gone")]
    assert wrong_files(tmp_path, files) == []
    (tmp_path / "changed").write_bytes(b"Changed")
    (tmp_path / "gone").unlink()
    assert wrong_files(tmp_path, files) == [
        f"{tmp_path / 'changed'} has changed since it was written",
        f"{tmp_path / 'gone'} is missing",
    ]


def test_the_list_of_objects_says_what_was_written_into_it(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"1")
    objects = [held(tmp_path / "one", "one")]
    write_objects(tmp_path / "list", objects)
    assert list(read_objects(tmp_path / "list")) == objects


def test_a_backup_that_was_cut_off_is_none(tmp_path: Path) -> None:
    with pytest.raises(ProcessFailed, match="no whole backup"):
        Manifest.of(tmp_path)
    (tmp_path / "backup.json").write_text("{")
    with pytest.raises(ProcessFailed, match="damaged"):
        Manifest.of(tmp_path)


async def test_a_home_that_is_not_empty_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "credentials.json").write_text("mine")
    with pytest.raises(ProcessFailed, match="is not empty"):
        await _restored(home, tmp_path)
    assert [each.name for each in home.iterdir()] == ["credentials.json"]


async def test_an_empty_home_stays_empty_where_there_is_no_backup(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with pytest.raises(ProcessFailed, match="no whole backup"):
        await _restored(home, tmp_path)
    assert not home.exists()


def archive(segment: Path, folder: Path) -> int:
    """As PostgreSQL does it; the exit code."""
    command = archive_settings(folder)["archive_command"]
    filled = command.replace("%p", str(segment)).replace("%f", segment.name).replace("%%", "%")
    return subprocess.run(["sh", "-c", filled], check=False, capture_output=True).returncode


def test_a_segment_is_archived_once_and_another_one_of_its_name_is_refused(tmp_path: Path) -> None:
    folder, segment = tmp_path / "arsip kota 100%", tmp_path / "000000010000000000000001"
    folder.mkdir()
    segment.write_bytes(b"log")
    assert [archive(segment, folder) for _ in range(2)] == [0, 0]
    assert [each.name for each in folder.iterdir()] == [f"{segment.name}.gz"]
    segment.write_bytes(b"the log of another server")
    assert archive(segment, folder) != 0


def test_a_segment_that_cannot_be_written_is_not_archived(tmp_path: Path) -> None:
    segment = tmp_path / "000000010000000000000001"
    segment.write_bytes(b"log")
    assert archive(segment, tmp_path / "away") != 0


def test_a_restored_server_is_told_up_to_which_moment(tmp_path: Path) -> None:
    until = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
    told = recovery_settings(tmp_path / "it's", until)
    assert "recovery_target_time = '2026-12-01T01:30:00+00:00'\n" in told
    assert "it''" in told
    assert "recovery_target_time" not in recovery_settings(tmp_path, None)
