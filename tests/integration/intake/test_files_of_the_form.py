"""Balai Warga's form with photos, as a browser without JavaScript sends it."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import httpx

from deploy.rehearsal.callers import csrf_token, form_request
from services.intake.app import build
from tests.integration.intake.conftest import House, client_of
from tests.integration.intake.parcels import a_file, headers_of, laid_down, parcel
from tests.integration.intake.test_filing import originals

TEXT = "Lampu jalan padam sejak kemarin."


async def sent_form(
    house: House,
    files: list[bytes],
    *,
    draft_id: str = "d-1",
    door: httpx.AsyncClient | None = None,
    **fields: str,
) -> httpx.Response:
    """A form with those files; a browser that has none to send sends one part without a byte."""
    secrets = house.credentials.channel_secrets
    token = csrf_token(secrets, draft_id=draft_id, now=datetime.now(UTC))
    request = form_request(secrets, draft_id=draft_id, text=TEXT, csrf_token=token, **fields)
    parts = [(name, value.encode()) for name, value in parse_qsl(request.body.decode())]
    body = parcel(parts, files or [b""], part="foto")
    return await (door or house.door).post(request.path, headers=headers_of(request), content=body)


def kept(page: httpx.Response) -> str:
    """The ids of files that the page would send again."""
    [ids] = re.findall(r'name="unggahan" value="([^"]*)"', page.text)
    return str(ids)


async def test_the_form_asks_for_files_and_says_how_to_take_them_safely(house: House) -> None:
    page = await house.door.get("/v1/channels/balai_warga/form")
    assert 'enctype="multipart/form-data"' in page.text
    assert re.search(r'<input id="foto"[^>]* type="file" multiple accept="image/\*', page.text)
    for advice in ("CCTV", "dari luar", "saat kejadian", "email"):
        assert advice in page.text


async def test_a_form_with_photos_is_filed_with_them(house: House) -> None:
    photos = [a_file(4_000), a_file(1_500_000)]
    page = await sent_form(house, photos)
    assert page.status_code == 200, page.text
    assert [each.data for each in await laid_down(house)] == photos


async def test_a_form_without_a_photo_is_filed_without(house: House) -> None:
    assert (await sent_form(house, [])).status_code == 200
    assert await laid_down(house) == []
    assert await house.count("intake", "complaints") == 1


async def test_the_same_page_again_is_the_same_report(house: House) -> None:
    photos = [a_file(4_000)]
    first, again = await sent_form(house, photos), await sent_form(house, photos)
    assert re.findall("JK[0-9]{10}", first.text) == re.findall("JK[0-9]{10}", again.text) != []
    assert len(await laid_down(house)) == 1


async def test_a_corrected_form_needs_its_photos_no_second_time(house: House) -> None:
    photos = [a_file(4_000), a_file(5_000)]
    wrong = await sent_form(house, photos, telepon="bukan nomor")
    assert wrong.status_code == 422
    assert TEXT in wrong.text
    assert "2 berkas sudah kami terima" in wrong.text
    assert await laid_down(house) == []
    wrong_again = await sent_form(house, [], telepon="bukan nomor", unggahan=kept(wrong))
    one_more = a_file(6_000)
    page = await sent_form(house, [one_more], unggahan=kept(wrong_again))
    assert page.status_code == 200, page.text
    assert [each.data for each in await laid_down(house)] == [*photos, one_more]


async def test_too_many_photos_are_said_beside_the_field_and_those_we_have_are_kept(
    house: House,
) -> None:
    page = await sent_form(house, [a_file(1_000) for _ in range(6)])
    assert page.status_code == 422
    assert TEXT in page.text
    assert 'id="salah-foto"' in page.text
    assert "5 berkas sudah kami terima" in page.text
    assert (await sent_form(house, [], unggahan=kept(page))).status_code == 200
    assert len(await laid_down(house)) == 5


async def test_a_photo_that_is_too_large_costs_nothing_that_was_typed(house: House) -> None:
    page = await sent_form(house, [a_file(1_000), bytes(26 << 20)], nama="Pelapor Contoh")
    assert page.status_code == 422
    assert TEXT in page.text
    assert 'value="Pelapor Contoh"' in page.text
    assert "1 berkas sudah kami terima" in page.text


async def test_photos_of_another_report_must_be_chosen_again(house: House) -> None:
    """Somebody went back to the corrected page, changed the words and sent it as a new report."""
    wrong = await sent_form(house, [a_file(4_000)], telepon="bukan nomor")
    ids = kept(wrong)
    assert (await sent_form(house, [], unggahan=ids)).status_code == 200
    page = await sent_form(house, [], draft_id="d-2", nama="Lain", unggahan=ids)
    assert page.status_code == 422
    assert 'id="salah-foto"' in page.text
    assert 'name="unggahan"' not in page.text
    assert len(await laid_down(house)) == 1


async def test_a_made_up_id_of_an_upload_is_refused(house: House) -> None:
    page = await sent_form(house, [], unggahan="bukan-id")
    assert page.status_code == 422
    assert 'id="salah-foto"' in page.text
    assert (await sent_form(house, [])).status_code == 200


async def test_words_stay_where_photos_cannot_be_laid_down(house: House) -> None:
    service = build(house.settings(database_url="postgresql://x:x@127.0.0.1:1/x"))
    house.extra.append(service)
    page = await sent_form(house, [a_file(2_000_000)], door=client_of(service))
    assert page.status_code == 503
    assert TEXT in page.text


async def test_the_original_of_a_form_is_its_fields_alone(house: House) -> None:
    await sent_form(house, [a_file(4_000, canary=b"KENARI-FORMULIR")])
    [original] = await originals(house)
    assert b"isi=" in original
    assert b"KENARI" not in original
