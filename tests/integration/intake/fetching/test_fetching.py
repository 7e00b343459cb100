"""A picture is asked for as its platform wants it, and taken as long as it is good for us."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.intake.media.fetching.asking import MIB, Declined, Unfetchable
from shared.errors import Transient
from tests.integration.intake.fetching.keeper import Told
from tests.integration.intake.fetching.ways import KNOWN, LED_TO, TOKEN, ways

PICTURE = b"\xff\xd8\xff\xe0 a picture"
HERE: list[Sequence[str]] = [["127.0.0.1"]]
ZONE = {KNOWN: HERE, LED_TO: HERE}
BOTH = (KNOWN, LED_TO)


def a_jpeg(*parts: bytes, length: int | None = None) -> Told:
    said = () if length is None else (f"content-length: {length}",)
    return Told(headers=("content-type: image/jpeg", *said), parts=parts, whole=length is None)


async def test_whatsapp_is_asked_for_the_place_and_then_for_the_picture(tmp_path: Path) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        where = {"url": there.url("/bytes?mid=7"), "mime_type": "image/jpeg", "id": "1003"}
        there.keeper.told["/v23.0/1003"] = Told(parts=(json.dumps(where).encode(),))
        there.keeper.told["/bytes?mid=7"] = a_jpeg(PICTURE)
        assert await there.fetch("1003", "whatsapp") == PICTURE
        proofs = [each.headers["authorization"] for each in there.keeper.asked]
        assert proofs == [f"Bearer {TOKEN}"] * 2
        assert all(each.headers["user-agent"] for each in there.keeper.asked)


@pytest.mark.parametrize(
    "media_id", ["", "../me", "1003/../me", "1003?x=1", "1003#x", "１００３", "a" * 201, "1 0"]
)
async def test_what_is_no_id_of_whatsapp_is_not_asked_for(tmp_path: Path, media_id: str) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        with pytest.raises(Unfetchable):
            await there.fetch(media_id, "whatsapp")
        assert there.keeper.asked == []


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"url":7}', b"<html>"])
async def test_an_answer_of_whatsapp_that_names_no_place_is_a_refusal(
    tmp_path: Path, answer: bytes
) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        there.keeper.told["/v23.0/1003"] = Told(parts=(answer,))
        with pytest.raises((Declined, Unfetchable)):
            await there.fetch("1003", "whatsapp")


async def test_a_place_that_whatsapp_names_must_be_one_of_whatsapps(tmp_path: Path) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        told = json.dumps({"url": f"https://127.0.0.1:{there.keeper.port}/bytes"}).encode()
        there.keeper.told["/v23.0/1003"] = Told(parts=(told,))
        with pytest.raises(Unfetchable, match="not_allowed"):
            await there.fetch("1003", "whatsapp")
        assert [each.path for each in there.keeper.asked] == ["/v23.0/1003"]


async def test_twilio_is_shown_our_account_and_whom_it_sends_us_to_is_not(tmp_path: Path) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        there.keeper.told["/media/ME1"] = Told(307, (f"location: {there.url('/bytes', LED_TO)}",))
        there.keeper.told["/bytes"] = a_jpeg(PICTURE)
        assert await there.fetch(there.url("/media/ME1"), "twilio") == PICTURE
        first, second = there.keeper.asked
        assert first.headers["authorization"] == f"Basic {base64.b64encode(b'AC1:word').decode()}"
        assert "authorization" not in second.headers
        assert second.host == f"{LED_TO}:{there.keeper.port}"


async def test_the_host_that_was_shown_our_account_is_shown_it_again(tmp_path: Path) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        there.keeper.told["/media/ME1"] = Told(302, ("location: /media/ME2",))
        there.keeper.told["/media/ME2"] = a_jpeg(PICTURE)
        assert await there.fetch(there.url("/media/ME1"), "twilio") == PICTURE
        assert all("authorization" in each.headers for each in there.keeper.asked)


@pytest.mark.parametrize("source", ["x", "meta", "qlue"])
async def test_who_wants_no_credentials_is_shown_none(tmp_path: Path, source: str) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        there.keeper.told["/picture"] = a_jpeg(PICTURE)
        assert await there.fetch(there.url(), source) == PICTURE
        [asked] = there.keeper.asked
        assert "authorization" not in asked.headers


async def test_it_is_followed_twice_and_no_further(tmp_path: Path) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        for step in range(3):
            there.keeper.told[f"/{step}"] = Told(302, (f"location: /{step + 1}",))
        there.keeper.told["/3"] = a_jpeg(PICTURE)
        assert await there.fetch(there.url("/1")) == PICTURE
        there.keeper.asked.clear()
        with pytest.raises(Unfetchable, match="sent_on_too_often"):
            await there.fetch(there.url("/0"))
        assert [each.path for each in there.keeper.asked] == ["/0", "/1", "/2"]


async def test_a_host_that_leads_may_not_be_asked_first(tmp_path: Path) -> None:
    async with ways(tmp_path, ZONE) as there:
        with pytest.raises(Unfetchable, match="not_allowed"):
            await there.fetch(there.url(host=LED_TO))


@pytest.mark.parametrize("length", [20 * MIB + 1, 10**15])
async def test_a_picture_that_says_that_it_is_too_large_is_not_read(
    tmp_path: Path, length: int
) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        there.keeper.told["/picture"] = a_jpeg(b"x", length=length)
        with pytest.raises(Unfetchable, match="too_large"):
            await there.fetch(there.url())


@pytest.mark.parametrize(
    ("media_type", "cap"),
    [("image/jpeg", 20), ("IMAGE/PNG", 20), ("application/pdf", 10), ("video/mp4", 25), ("", 25)],
)
async def test_a_file_that_does_not_say_its_length_is_counted(
    tmp_path: Path, media_type: str, cap: int
) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        just = Told(
            headers=(f"content-type: {media_type}",), parts=(bytes(MIB),) * cap, whole=False
        )
        there.keeper.told["/just"] = just
        there.keeper.told["/over"] = Told(
            headers=just.headers, parts=(*just.parts, b"x"), whole=False
        )
        assert len(await there.fetch(there.url("/just"))) == cap * MIB
        with pytest.raises(Unfetchable, match="too_large"):
            await there.fetch(there.url("/over"))


async def test_a_packed_answer_is_not_taken(tmp_path: Path) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        there.keeper.told["/picture"] = Told(headers=("content-encoding: gzip",), parts=(PICTURE,))
        with pytest.raises(Declined, match="packed"):
            await there.fetch(there.url())


async def test_an_answer_without_a_byte_is_no_picture(tmp_path: Path) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        there.keeper.told["/picture"] = a_jpeg()
        with pytest.raises(Unfetchable, match="empty"):
            await there.fetch(there.url())


async def test_an_answer_that_breaks_off_is_asked_for_again(tmp_path: Path) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        there.keeper.told["/picture"] = a_jpeg(b"half", length=8)
        with pytest.raises(Transient) as raised:
            await there.fetch(there.url())
        assert not isinstance(raised.value, Declined)


async def test_a_source_that_drips_is_left_when_the_time_is_over(tmp_path: Path) -> None:
    """Each byte comes in time, and the whole does not."""
    async with ways(tmp_path, ZONE, local=BOTH, seconds=0.5) as there:
        there.keeper.told["/picture"] = Told(parts=(b"x",) * 60, pause=0.05)
        with pytest.raises(Transient, match="too long"):
            await there.fetch(there.url())


@pytest.mark.parametrize(
    ("status", "is_refusal"),
    [(404, True), (410, True), (400, True), (401, True), (204, True), (304, True), (302, True),
     (429, False), (408, False), (500, False), (503, False)],
)  # fmt: skip
async def test_a_refusal_is_told_from_trouble(
    tmp_path: Path, status: int, is_refusal: bool
) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        there.keeper.told["/picture"] = Told(status)
        with pytest.raises(Transient) as raised:
            await there.fetch(there.url())
        assert isinstance(raised.value, Declined) is is_refusal


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_of_our_own_credentials_is_trouble(tmp_path: Path, status: int) -> None:
    """An operator corrects them, and the picture is still there."""
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        there.keeper.told["/picture"] = Told(status)
        with pytest.raises(Transient) as raised:
            await there.fetch(there.url(), "twilio")
        assert not isinstance(raised.value, Declined)


@pytest.mark.parametrize(
    "told",
    [Told(404), Told(503), Told(302, ("location: https://secret.example.org/",)),
     Told(headers=("content-length: 99999999999",), whole=False), Told(parts=(b"",))],
)  # fmt: skip
async def test_no_error_shows_an_address(tmp_path: Path, told: Told) -> None:
    async with ways(tmp_path, ZONE, local=BOTH) as there:
        there.keeper.told["/picture-of-a-reporter"] = told
        with pytest.raises(Exception) as raised:  # noqa: PT011 (whatever it is)
            await there.fetch(there.url("/picture-of-a-reporter"))
        error: BaseException | None = raised.value
        while error is not None:
            assert "reporter" not in repr(error)
            assert "example.org" not in repr(error)
            error = error.__cause__ or error.__context__
