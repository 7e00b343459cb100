"""The callers of the demonstration bring a photograph along where their channel takes one."""

import io
from datetime import UTC, datetime

import pytest
from PIL import Image

from deploy.rehearsal.callers import DESK_UNITS, Mail, wire_request
from deploy.rehearsal.scenes import SIZE, street
from tests.integration.intake.conftest import House
from tests.integration.intake.parcels import laid_down

TEXT = "Saluran air mampet di depan sekolah."
NAME = "17001"


@pytest.mark.parametrize("channel", ["jaki", *DESK_UNITS])
async def test_a_caller_brings_its_photograph_with_the_report(house: House, channel: str) -> None:
    unit = DESK_UNITS.get(channel)
    request = wire_request(
        channel, house.credentials.channel_secrets, external_id=NAME, text=TEXT,
        operator_token=house.officer("desk_officer", unit) if unit else None,
        now=datetime.now(UTC), photographs="http://outside.test",
    )  # fmt: skip
    assert not isinstance(request, Mail)
    answer = await house.send(request)
    assert answer.status_code == 202, answer.text
    [file] = await laid_down(house)
    assert file.data == street(NAME)


def test_a_scene_is_the_same_for_its_name_and_says_where_and_when_it_was_taken() -> None:
    assert street(NAME) == street(NAME)
    assert len({street(NAME), street("17002"), street(NAME, mended=True)}) == 3
    with Image.open(io.BytesIO(street(NAME))) as picture:
        picture.load()
        assert picture.size == SIZE
        exif = picture.getexif()
    assert exif[0x010F] == "Kamera Contoh"
    assert exif.get_ifd(0x8769)[0x9011] == "+07:00"
    assert exif.get_ifd(0x8825)[1] == "S"
