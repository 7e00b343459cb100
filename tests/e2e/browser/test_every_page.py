"""What holds of every page: nothing grave for a screen reader, light, no wider than the screen."""

import pytest
from playwright.async_api import ViewportSize

from tests.e2e.browser.conftest import Opens
from tests.e2e.browser.officer import DESK, FIRST_VIEW_BYTES, PHONE
from tests.e2e.city import City, Officer, Reported
from tests.e2e.pages import PAGES

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
async def reported(city: City) -> Reported:
    return await city.report("sampah", text="Lubang di trotoar depan halte.")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize(("who", "paths"), PAGES, ids=[who.role for who, _ in PAGES])
async def test_every_page_can_be_read_by_all_and_is_light(
    opens: Opens, reported: Reported, who: Officer, paths: tuple[str, ...], size: ViewportSize
) -> None:
    async with opens(who, size) as at:
        findings: list[str] = []
        for path in (each.replace("{id}", reported.complaint_id) for each in paths):
            weight = await at.first_view(path)
            if weight > FIRST_VIEW_BYTES:
                findings.append(f"{path}: {weight} bytes")
            if await at.page.evaluate(SIDEWAYS) > 0:
                findings.append(f"{path}: it scrolls sideways")
            if path not in at.page.url:
                findings.append(f"{path}: leads to {at.page.url}")
            findings += await at.grave_findings()
            await at.keep_picture(path.strip("/").split("?")[0].replace("/", "-")[:60])
        assert findings + at.faults == []
