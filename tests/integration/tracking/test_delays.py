"""The page and its JSON say honestly when news of a case are held up in tracking."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.tracking.web.english import ENGLISH
from services.tracking.web.indonesian import INDONESIAN
from shared import parked
from shared.bus import Partition, Record
from shared.cloudevents import encode
from shared.events.event import Envelope
from shared.visibility import SYSTEM
from tests.builders import a_complaint_id, a_routing, in_envelope
from tests.integration.tracking.conftest import NOW, Issuer, Tracking, code_of, doors
from tests.unit.tracking.events import MERGED, STARTED

SINCE = "2024-11-12T02:00:00Z"
DAY = timedelta(days=1)


async def parks(tracking: Tracking, envelope: Envelope, cause: str = "bug") -> None:
    """An event of the case is set aside, on the ninth day."""
    message = encode(envelope)
    record = Record(
        Partition("crm.complaints.v1", 0), envelope.id.int % 2**31, message.key, message.headers,
        message.value,
    )  # fmt: skip
    async with tracking.works.open(SYSTEM) as work:
        await parked.park(work.connection, record, cause, "", envelope.id, envelope.complaint_id)
        await work.connection.execute(
            text("UPDATE parked SET parked_at = CAST(:at AS timestamptz)"), {"at": NOW - DAY}
        )


async def page(tracking: Tracking, language: str) -> str:
    answer = await tracking.http.post(f"/lacak?lang={language}", data={"code": code_of()})
    assert answer.status_code == 200
    return answer.text


async def delayed_since(tracking: Tracking, number: int = 1) -> Any:
    return (await tracking.track(code_of(number))).json()["delayed_since"]


async def test_the_citizen_is_told_while_an_event_of_the_case_waits_and_not_after_its_replay(
    tracking: Tracking,
) -> None:
    await tracking.hear(in_envelope(tracking.received(1), 1), in_envelope(tracking.received(2), 2))
    assert await delayed_since(tracking) is None
    await parks(tracking, in_envelope(a_routing(), 3), parked.HELD)
    assert await delayed_since(tracking) == SINCE
    assert await delayed_since(tracking, 2) is None, "a neighbour's news are all there"
    for language, words in (("id", INDONESIAN), ("en", ENGLISH)):
        told = await page(tracking, language)
        assert words.texts["delayed_heading"] in told
        assert words.date(NOW - DAY) in told
    for settled in ("replayed_at = now()", "replayed_at = NULL, discarded_at = now()"):
        async with tracking.works.open(SYSTEM) as work:
            await work.connection.execute(text(f"UPDATE parked SET {settled}"))
        assert await delayed_since(tracking) is None
        assert INDONESIAN.texts["delayed_heading"] not in await page(tracking, "id")


async def test_news_of_the_head_are_news_of_those_that_were_merged_into_it(
    tracking: Tracking,
) -> None:
    head = tracking.received(2)
    merged = MERGED.model_copy(
        update={"complaint_id": a_complaint_id(1), "head_complaint_id": head.complaint_id}
    )
    await tracking.hear(in_envelope(tracking.received(1), 1), in_envelope(head, 2))
    await tracking.hear(in_envelope(merged, 3))
    started = STARTED.model_copy(update={"complaint_id": head.complaint_id})
    await parks(tracking, in_envelope(started, 4))
    assert await delayed_since(tracking) == SINCE


@pytest.mark.parametrize("restricted", [False, True])
async def test_a_report_whose_very_first_event_waits_is_not_said_to_be_unknown(
    tracking: Tracking, restricted: bool
) -> None:
    """What the stream is silent about was not asked for yet: it is shown with its dates alone."""
    received = tracking.received(1, **({"restricted": True} if restricted else {}))
    await parks(tracking, in_envelope(received, 1), "unknown_facts")
    told = (await tracking.track(code_of())).json()
    assert (told["state"], told["delayed_since"]) == ("received", SINCE)
    assert (told["restricted"], told["report_number"]) == (
        (True, None) if restricted else (False, "JK2411030001")
    )
    assert INDONESIAN.texts["delayed_heading"] in await page(tracking, "id")
    assert (await tracking.track(code_of(2))).status_code == 404


async def test_while_the_loop_stands_still_for_a_minute_all_news_are_held_up(
    tracking: Tracking,
) -> None:
    await tracking.hear(in_envelope(tracking.received(1), 1))
    silent = [60.0, 90.0]
    async with doors(
        tracking.works, Issuer(), tracking.around, silent_seconds=lambda: silent.pop(0)
    ) as door:
        short = await door.post("/v1/track", json={"code": code_of()})
        long = await door.post("/v1/track", json={"code": code_of()})
    assert short.json()["delayed_since"] is None
    assert long.json()["delayed_since"] == "2024-11-13T01:58:30Z"
