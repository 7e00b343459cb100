"""The vault's keys are changed while complaints come in: each step on a real PostgreSQL, and the
files of keys as `crm keys` writes them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.keys.kinds import KINDS, Kind
from deploy.keys.places import FolderKeys
from deploy.keys.rotation import Rotation
from deploy.secret_files import secret_files, write_secret_files
from services.intake.vault.app import build as build_vault
from services.intake.vault.resealing import Resealing
from services.intake.vault.sealing import Opener, Sealer
from shared.errors import StopTheLine
from tests.integration.intake.conftest import House, client_of, vault_settings
from tests.integration.intake.test_vault import SPOILT, claim, item, reported

VAULT: Kind = KINDS["vault"]
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


@dataclass
class Installation:
    """The house, and the folder of secrets that its processes are told by."""

    house: House
    folder: Path
    now: datetime = NOW

    @property
    def rotation(self) -> Rotation:
        return Rotation(FolderKeys(self.folder), None, lambda: self.now)

    def private(self) -> str:
        return (self.folder / "vault" / "CRM_VAULT_PRIVATE_KEY").read_text()

    def public(self) -> str:
        return (self.folder / "intake" / "CRM_VAULT_PUBLIC_KEY").read_text()

    def ids(self) -> list[str]:
        return [key.id for key in FolderKeys(self.folder).ring(VAULT)]

    async def reported(self, number: str) -> dict[str, Any]:
        """A complaint that intake seals by the files as they are now."""
        seal = Sealer(self.public()).batch()
        event = await reported(self.house, "jaki", number)
        [row] = await self.house.rows(
            "vault", "SELECT * FROM sealed_reporters WHERE ref::text = $1", event["reporter_ref"]
        )
        opened = [
            Opener(self.house.credentials.vault.private).open(
                part, row["ref"], row["complaint_id"], row[column]
            )
            for part, column in ((b"reporter", "sealed"), (b"original", "original"))
        ]
        await self.house.rows(
            "vault",
            "UPDATE sealed_reporters SET sealed = $2, original = $3, key_id = $4 WHERE ref = $1",
            row["ref"],
            seal.seal(b"reporter", row["ref"], row["complaint_id"], opened[0]),
            seal.seal(b"original", row["ref"], row["complaint_id"], opened[1]),
            seal.key_id,
        )
        return event

    async def statuses(self, *events: dict[str, Any]) -> list[str]:
        """What a vault answers that is told by the files as they are now."""
        house = self.house
        service = build_vault(
            vault_settings(
                house.credentials, house.urls, house.jwks_url, private_key=self.private()
            )
        )
        house.extra.append(service)
        honest, house.vault_door = house.vault_door, client_of(service)
        try:
            answer = await claim(house, *map(item, events))
        finally:
            house.vault_door = honest
        if not isinstance(answer, list):
            return [str(answer.status_code)]
        return [each["status"] for each in answer]

    async def resealed(self, batch: int = 100) -> int:
        """Rows that the vault looked at until none was left."""
        works = self.house.vault_works()
        task, total = Resealing(works, Opener(self.private()), batch), 0
        while found := await task.step():
            total += found
        await works.engine.dispose()
        return total

    async def retire(self, key_id: str) -> str:
        return await self.rotation.retire(VAULT, key_id)


@pytest.fixture
async def installation(house: House, tmp_path: Path) -> Installation:
    folder = tmp_path / "secrets"
    files = {
        name: dict(each)
        for name, each in secret_files(house.credentials, "postgresql://a:b@db/crm").items()
    }
    files["vault"]["CRM_DATABASE_URL"] = house.urls["vault"]
    write_secret_files(folder, files)
    return Installation(house, folder)


async def test_what_was_sealed_before_opens_after_each_step_and_the_old_key_ends_with_proof(
    installation: Installation,
) -> None:
    [old] = installation.ids()
    before = await installation.reported("a-1")
    new = installation.rotation.add(VAULT)
    assert installation.ids() == [old, new]
    assert await installation.statuses(before) == ["ok"]
    with pytest.raises(StopTheLine, match="use another one first"):
        await installation.retire(old)

    await installation.rotation.use(VAULT, new)
    assert installation.ids() == [new, old]
    after = await installation.reported("a-2")
    assert await installation.statuses(before, after) == ["ok", "ok"]
    with pytest.raises(StopTheLine, match="under way for 75 s more"):
        await installation.retire(old)
    installation.now += timedelta(seconds=76)
    with pytest.raises(StopTheLine, match=r"1 rows need .*crm keys reseal vault"):
        await installation.retire(old)

    assert await installation.resealed() == 1
    assert [left async for left in installation.rotation.reseal(VAULT, 0)] == [0]
    assert await installation.statuses(before, after) == ["ok", "ok"]
    proof = await installation.retire(old)
    assert "no row needs it" in proof
    assert installation.ids() == [new]
    assert await installation.statuses(before, after) == ["ok", "ok"]
    kept = installation.folder / ".retired" / f"vault-{old}"
    assert installation.house.credentials.vault.private in kept.read_text()


async def test_a_row_that_is_sealed_by_a_retired_key_opens_no_more(
    installation: Installation,
) -> None:
    event = await installation.reported("a-1")
    new = installation.rotation.add(VAULT)
    await installation.rotation.use(VAULT, new)
    (installation.folder / "vault" / "CRM_VAULT_PRIVATE_KEY").write_text(
        installation.private().split()[0]
    )
    assert await installation.statuses(event) == ["503"]


async def test_rows_of_the_first_release_name_no_key_and_are_sealed_anew_all_the_same(
    installation: Installation,
) -> None:
    events = [await installation.reported(f"a-{number}") for number in range(5)]
    await installation.house.rows("vault", "UPDATE sealed_reporters SET key_id = NULL")
    [old] = installation.ids()
    new = installation.rotation.add(VAULT)
    await installation.rotation.use(VAULT, new)
    installation.now += timedelta(seconds=76)
    with pytest.raises(StopTheLine, match="5 rows"):
        await installation.retire(old)
    assert await installation.resealed(batch=2) == 5
    await installation.retire(old)
    assert await installation.statuses(*events) == ["ok"] * 5


async def test_a_spoilt_row_stops_no_other_and_keeps_its_key_from_being_retired(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = await installation.reported("a-1"), await installation.reported("a-2")
    await installation.house.rows(
        "vault", f"{SPOILT} WHERE ref::text = $1", one["reporter_ref"], 40
    )
    [old] = installation.ids()
    new = installation.rotation.add(VAULT)
    await installation.rotation.use(VAULT, new)
    installation.now += timedelta(seconds=76)
    assert await installation.resealed() == 2
    assert "sealed_row_unreadable" in "".join(capsys.readouterr())
    assert await installation.statuses(two) == ["ok"]
    with pytest.raises(StopTheLine, match="1 rows"):
        await installation.retire(old)


async def test_a_vault_with_one_key_looks_at_no_row(installation: Installation) -> None:
    await installation.reported("a-1")
    await installation.house.rows("vault", "UPDATE sealed_reporters SET key_id = NULL")
    assert await installation.resealed() == 0


async def test_the_list_says_which_key_writes_and_how_many_rows_need_it(
    installation: Installation,
) -> None:
    await installation.reported("a-1")
    [old] = installation.ids()
    new = installation.rotation.add(VAULT)
    lines = await installation.rotation.lines([VAULT], count=True)
    assert [(line.id, line.made, line.state, line.rows) for line in lines] == [
        (old, "before ids", "writes", 1), (new, "2026-11-27", "reads", 0),
    ]  # fmt: skip


async def test_no_private_half_comes_to_those_who_read(installation: Installation) -> None:
    for kind in KINDS.values():
        if kind.name != "media":
            installation.rotation.add(kind)
    for name, kind in KINDS.items():
        secrets = [key.text for key in FolderKeys(installation.folder).ring(kind)]
        holders = {
            path.parent.name
            for path in installation.folder.glob("*/CRM_*")
            for secret in secrets
            if secret in path.read_text()
        }
        shared = kind.private == kind.public
        assert holders == (kind.processes if shared else {kind.owner}), name


async def test_a_services_key_is_pinned_for_what_is_derived_from_it(
    installation: Installation,
) -> None:
    kind, bare = KINDS["service-routing"], installation.house.credentials
    new = installation.rotation.add(kind)
    await installation.rotation.use(kind, new)
    derived = (installation.folder / "routing" / "CRM_DERIVATION_KEY").read_text()
    assert derived == bare.service_keys["routing"].private
    told = json.loads((installation.folder / "vault" / "CRM_SERVICE_PUBLIC_KEYS").read_text())
    assert told["routing"].split()[0].startswith(f"{new}:")
    assert told["notify"] == bare.service_keys["notify"].public
