"""The keys of a backup open with their passphrase and with nothing else."""

import json
from pathlib import Path

import pytest

from deploy.backup.sealed_keys import passphrase_of, refuse_within, seal, unseal
from deploy.local.process import ProcessFailed

KEYS = b'{"vault": "rahasia"}'
PASSPHRASE = "kata sandi cadangan"
CHEAP = 2**14
"""scrypt's N: a test tries no passphrases."""


def test_keys_open_with_their_passphrase_and_are_not_read_without() -> None:
    sealed = seal(KEYS, PASSPHRASE, cost=CHEAP)
    assert unseal(sealed, PASSPHRASE) == KEYS
    assert b"rahasia" not in sealed
    with pytest.raises(ProcessFailed, match="passphrase is another one"):
        unseal(sealed, "kata sandi yang lain")


def test_two_files_of_the_same_keys_have_nothing_in_common() -> None:
    one, other = (json.loads(seal(KEYS, PASSPHRASE, cost=CHEAP)) for _ in range(2))
    assert one["salt"] != other["salt"]
    assert one["sealed"] != other["sealed"]


@pytest.mark.parametrize("changed", [{"n": 2**15}, {"salt": "A" * 24}, {"sealed": "AAAA"}])
def test_a_file_that_was_changed_does_not_open(changed: dict[str, object]) -> None:
    found = json.loads(seal(KEYS, PASSPHRASE, cost=CHEAP)) | changed
    with pytest.raises(ProcessFailed, match=r"do not open|damaged"):
        unseal(json.dumps(found).encode(), PASSPHRASE)


@pytest.mark.parametrize("found", [b"", b"{}", b"not json", b'{"format": 2}'])
def test_what_is_no_file_of_keys_is_refused_in_a_sentence(found: bytes) -> None:
    with pytest.raises(ProcessFailed, match="none that 'crm backup' wrote"):
        unseal(found, PASSPHRASE)


def test_a_passphrase_is_the_first_line_and_is_no_short_one() -> None:
    assert passphrase_of(f"{PASSPHRASE}\nand a remark\n") == PASSPHRASE
    for short in ("", "\n", "sebelas ltr", "pendek\n" + PASSPHRASE):
        with pytest.raises(ProcessFailed, match="12 letters"):
            passphrase_of(short)


def test_keys_may_not_lie_in_the_backup_that_they_open(tmp_path: Path) -> None:
    refuse_within(tmp_path / "keys", tmp_path / "backup")
    for inside in ("keys", "a/b/keys", "../backup/keys"):
        with pytest.raises(ProcessFailed, match="must lie apart"):
            refuse_within(tmp_path / "backup" / inside, tmp_path / "backup")
