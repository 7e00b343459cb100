"""What holds of the pages on the whole stack: light, no wider than the screen, no fault. How each
page is read and used is looked at in tests/integration/console, where the services answer more."""

import pytest

from tests.e2e.browser.conftest import Opens
from tests.e2e.city import City, Officer, Reported
from tests.e2e.pages import PAGES
from tests.page_findings import FIRST_VIEW_BYTES, PHONE, SIDEWAYS


@pytest.fixture(scope="module")
async def reported(city: City) -> Reported:
    return await city.report("sampah", text="Tumpukan sampah di depan pos.")


@pytest.mark.parametrize(("who", "paths"), PAGES, ids=[who.role for who, _ in PAGES])
async def test_a_page_of_the_stack_is_light_and_without_fault(
    opens: Opens, reported: Reported, who: Officer, paths: tuple[str, ...]
) -> None:
    async with opens(who, PHONE) as at:
        findings: list[str] = []
        for path in (each.replace("{id}", reported.complaint_id) for each in paths):
            weight = await at.first_view(path)
            if weight > FIRST_VIEW_BYTES:
                findings.append(f"{path}: {weight} bytes")
            if await at.page.evaluate(SIDEWAYS) > 0:
                findings.append(f"{path}: it scrolls sideways")
            if path not in at.page.url:
                findings.append(f"{path}: leads to {at.page.url}")
        assert findings + at.faults == []
