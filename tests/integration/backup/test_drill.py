"""A city loses the disk of its database: what was filed comes back, and who was erased does not."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from deploy.backup.server import note_backup
from deploy.local import restored
from deploy.local.process import ProcessFailed
from deploy.local.stack import Stack
from services.intake import store
from services.intake.erasure_list import StoredList
from shared.errors import StopTheLine
from shared.visibility import SYSTEM
from tests.integration.backup.conftest import City, stand_again
from tests.integration.intake.conftest import House

TOO_OLD = timedelta(hours=26).total_seconds()
WORDS = "Lampu jalan padam di depan rumah saya."


async def filed(house: House, number: int) -> str:
    await house.report("jaki", f"drill-{number}", f"{WORDS} {number}")
    complaint_id: str = (await house.events())[-1]["complaint_id"]
    return complaint_id


async def words(city: City, complaint_id: str) -> list[str | None]:
    rows = await city.ask(
        "intake", "SELECT text FROM contents WHERE complaint_id = $1", UUID(complaint_id)
    )
    return [row["text"] for row in rows]


async def backup_age(city: City) -> float:
    """In seconds, as intake tells it."""
    works = city.works("intake")
    async with works.read(SYSTEM) as connection:
        return await store.backup_age(connection)


async def sealed(city: City, complaint_id: str) -> int:
    return len(
        await city.ask(
            "vault", "SELECT 1 FROM sealed_reporters WHERE complaint_id = $1", UUID(complaint_id)
        )
    )


async def test_a_lost_database_comes_back_as_it_was_and_who_was_erased_since_stays_erased(
    city: City, places: tuple[Path, Path, Path]
) -> None:
    house = await city.house()
    kept, erased = await filed(house, 1), await filed(house, 2)
    await city.picture_of(UUID(kept))
    await city.picture_of(UUID(erased))
    old_month = city.home / "archive" / "intake" / "2024-01.jsonl.gz"
    old_month.parent.mkdir(parents=True)
    old_month.write_bytes(b"a month")
    old_month.with_suffix(".part").write_bytes(b"half a month")
    source = await city.back_up()
    assert await backup_age(city) < TOO_OLD
    await note_backup(city.postgres.admin_url, await city.now() - timedelta(hours=27))
    assert await backup_age(city) > TOO_OLD
    late = await filed(house, 3)
    moment, before = await city.now(), await city.rows()
    assert (await house.erase(erased)).status_code == 200
    lost = await filed(house, 4)
    numbers = await city.ask("intake", "SELECT report_number FROM complaints")
    listed = city.home / "erasures"
    await city.archived()
    await house.leave()
    await city.lose_disk()

    new = await stand_again(city, places[1], replace(source, until=moment))
    try:
        assert await new.rows() == before
        months = [each for each in (new.home / "archive").rglob("*") if each.is_file()]
        assert [(each.name, each.read_bytes()) for each in months] == [
            (old_month.name, b"a month")
        ]  # fmt: skip
        with pytest.raises(ProcessFailed, match="crm restore --erasures"):
            await Stack(new.home).start()
        doomed = await new.objects_of(erased)
        assert len(new.objects()) == 6
        assert doomed < set(new.objects())
        lacking = StoredList((new.home / "erasures").as_uri(), {}, 3.0)
        with pytest.raises(StopTheLine, match="make the folder only if nobody was ever erased"):
            await anext(lacking.all())
        shutil.copytree(listed, new.home / "erasures")
        await new.erase_again("vault", "media")
        await new.bury()
        assert await words(new, erased) == [None]
        assert (await sealed(new, erased), await sealed(new, kept)) == (0, 1)
        assert set(new.objects()) == await new.objects_of(kept)
        assert len(new.objects()) == 3
        assert [await words(new, each) for each in (kept, late, lost)] == [
            [f"{WORDS} 1"], [f"{WORDS} 3"], [],
        ]  # fmt: skip
        house = await new.house()
        await filed(house, 5)
        [again] = await new.ask(
            "intake", "SELECT report_number FROM complaints ORDER BY complaint_id DESC LIMIT 1"
        )
        assert again["report_number"] not in {row["report_number"] for row in numbers}
        said = [event["type"] for event in await house.events()]
        assert said.count("ReporterErased") == 1
        await house.leave()
    finally:
        await new.close()
        await new.postgres.erase()


def test_a_home_may_serve_when_its_mark_says_so_and_not_when_it_cannot_be_read(
    tmp_path: Path,
) -> None:
    restored.refuse(tmp_path)
    for said in ("files", "erasures", "", "???"):
        (tmp_path / "restoring").write_text(said)
        with pytest.raises(ProcessFailed, match="half restored"):
            restored.refuse(tmp_path)
    restored.mark(tmp_path, "bus")
    restored.refuse(tmp_path)
    assert restored.stage(tmp_path) == "bus"
    restored.clear(tmp_path)
    assert restored.stage(tmp_path) is None
