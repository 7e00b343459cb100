"""``python -m services.intake.erased_again FILE``: in a database that is older than its erasures.

Erases all who are on the list (``CRM_ERASURE_LIST``) and writes into FILE what intake has stated of
their complaints, which each service then applies before it serves (``shared.erased_again``).
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from services.intake import store
from services.intake.domain import Erase, decide
from services.intake.erasure_list import Listed, StoredList
from services.intake.settings import IntakeSettings
from shared import outbox
from shared.clock import JAKARTA
from shared.erased_again import write_histories
from shared.errors import StopTheLine
from shared.foundation import Foundation
from shared.starting import collector_at_rest, wrong_settings_told
from shared.visibility import SYSTEM
from shared.work import Work, Works

AT_ONCE = 100
GAP = 10_000
"""So many report numbers of a day are left out: those that were given out after the backup are
not in the database, and a number that two reports have would tell one reporter of the other's."""
NOTE = "Dihapus kembali sesudah pemulihan dari cadangan."


async def erase_again(works: Works, listed: Sequence[Listed]) -> int:
    """Erases those that are not erased; how many. One whose complaint came after the backup is not
    there. Done again it changes nothing."""
    done = 0
    for start in range(0, len(listed), AT_ONCE):
        async with works.open(SYSTEM) as work:
            done += await _erase_some(work, listed[start : start + AT_ONCE])
    return done


async def _erase_some(work: Work, listed: Sequence[Listed]) -> int:
    found = await store.load_many(work.connection, sorted(each.complaint_id for each in listed))
    done = 0
    for each in listed:
        complaint = found.get(each.complaint_id)
        if complaint is None:
            continue
        decision = decide(complaint, Erase(at=each.erased_at))
        if decision.state is None or not decision.events:
            continue
        await store.save_many(work.connection, [decision.state])
        await store.erase_contents(work.connection, each.complaint_id, each.erased_at)
        await store.note_erasure(
            work.connection, each.complaint_id, "crm-restore", NOTE, each.erased_at
        )
        work.record(*decision.events, cause=None)
        done += 1
    return done


async def refuse_another_list(works: Works, listed: Sequence[Listed]) -> None:
    """Raises StopTheLine where the database knows erasures and the list has none of them."""
    async with works.read(SYSTEM) as connection:
        known = await store.erased_ids(connection, AT_ONCE)
    if known and not known & {each.complaint_id for each in listed}:
        raise StopTheLine(
            "CRM_INTAKE_ERASURE_LIST: the list has none of the erasures that the database knows, "
            "so it is another one: name the list that intake wrote"
        )


async def write_what_is_stated(works: Works, listed: Sequence[Listed], told: Path) -> None:
    """All of intake's own events of these complaints, in their order."""
    with told.open("w", encoding="utf-8") as sink:
        for start in range(0, len(listed), AT_ONCE):
            ids = [each.complaint_id for each in listed[start : start + AT_ONCE]]
            async with works.read(SYSTEM) as connection:
                rows = await outbox.of_complaints(connection, ids)
            write_histories(sink, [outbox.message_of(row, works.source) for row in rows])


async def skip_report_numbers(works: Works) -> None:
    """From the day of the last complaint that is known until today."""
    async with works.open(SYSTEM) as work:
        last = await store.last_received(work.connection)
        if last is None:
            return
        day, today = last.astimezone(JAKARTA).date(), work.now.astimezone(JAKARTA).date()
        days = [day + timedelta(days=n) for n in range(max(0, (today - day).days) + 1)]
        await store.count_complaints(work.connection, dict.fromkeys(days, GAP))


async def run(settings: IntakeSettings, told: Path) -> str:
    """What was done, in a sentence."""
    if not settings.erasure_list:
        raise StopTheLine(
            "CRM_INTAKE_ERASURE_LIST is not set: who was erased after the backup cannot be known. "
            "Name the list that intake wrote"
        )
    foundation = Foundation.of(settings)
    try:
        listed = [each async for each in StoredList.of(settings).all()]
        await refuse_another_list(foundation.works, listed)
        done = await erase_again(foundation.works, listed)
        await write_what_is_stated(foundation.works, listed, told)
        await skip_report_numbers(foundation.works)
    finally:
        await foundation.works.engine.dispose()
    return f"intake: {len(listed)} erasures are listed, {done} were erased again"


def main() -> None:
    """Ends the process with a sentence where the settings or the list are wrong."""
    with collector_at_rest(), wrong_settings_told():
        settings = IntakeSettings()
        print(asyncio.run(run(settings, Path(sys.argv[1]))))  # noqa: T201 (read by the launcher)


if __name__ == "__main__":
    main()
