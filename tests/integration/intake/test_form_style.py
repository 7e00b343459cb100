"""The form's style sheet comes from the same door as the form, and asks for no credentials."""

import re
from urllib.parse import urljoin

from tests.integration.intake.conftest import House


async def test_the_door_of_the_form_has_its_style_sheet(house: House) -> None:
    page = await house.door.get("/v1/channels/balai_warga/form")
    [address] = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page.text)
    sheet = await house.door.get(urljoin(str(page.url), address))
    assert sheet.status_code == 200
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
