"""What administrators and auditors are told of the channels."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from deploy.local.tokens import Role
from tests.integration.intake.conftest import House


async def asked(house: House, role: Role) -> httpx.Response:
    token = house.officer(role, "dinas-kominfotik")
    headers = {"authorization": f"Bearer {token}"}
    return await house.door.get("/v1/channels/health", headers=headers)


async def figures(house: House) -> dict[str, tuple[int, int, bool]]:
    """By channel: accepted in a day, in a week, and whether anything ever came."""
    answer: dict[str, Any] = (await asked(house, "admin")).json()
    return {
        each["id"]: (
            each["accepted_24h"],
            each["accepted_7d"],
            each["last_accepted_at"] is not None,
        )
        for each in answer["channels"]
    }


async def test_each_channel_says_what_it_brought_in_a_day_and_in_a_week(house: House) -> None:
    for number, days in enumerate((0, 0, 2, 8), 1):
        await house.report("jaki", f"a-{number}", f"Lampu jalan ke-{number} padam.")
        await house.rows(
            "intake",
            "UPDATE complaints SET received_at = $1 WHERE report_number LIKE '%' || $2",
            datetime.now(UTC) - timedelta(days=days, minutes=1),
            f"{number:04d}",
        )
    found = await figures(house)
    assert found["jaki"] == (2, 3, True)
    assert found["qlue"] == (0, 0, False)
    assert len(found) == 14


async def test_a_complaint_about_officials_is_counted_nowhere(house: House) -> None:
    """One figure at the Inspektorat's desk would tell that somebody has complained."""
    token = house.officer("desk_officer", "inspektorat")
    entered = await house.send(house.request("inspektorat", "i-1", "Pungli di loket.", token))
    assert entered.status_code == 202
    assert set((await figures(house)).values()) == {(0, 0, False)}


async def test_the_health_of_channels_is_for_administrators_and_auditors(house: House) -> None:
    roles: tuple[Role, ...] = ("admin", "auditor", "unit_officer", "desk_officer")
    assert [(await asked(house, role)).status_code for role in roles] == [200, 200, 403, 403]
