"""Each official channel's door, its answer, and what is written down."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.rehearsal.callers import (
    DESK_UNITS,
    csrf_token,
    form_request,
    governor_meta_request,
    raw_mail_request,
)
from shared.codes import normalise_code, tracking_digest
from tests.builders import first_key
from tests.integration.intake.conftest import House

RECEIPT_CHANNELS = ("jaki", "balai_warga", "lapor_1708")
PLATFORM_CHANNELS = ("twitter", "facebook", "gubernur")
TEXT = "Lampu jalan padam sejak kemarin."


@pytest.mark.parametrize("channel", RECEIPT_CHANNELS)
async def test_a_channel_that_acts_for_the_reporter_is_told_number_and_code(
    house: House, channel: str
) -> None:
    answer = await house.report(channel, "a-1", TEXT)
    assert answer.status_code == 202
    assert answer.headers["cache-control"] == "no-store"
    receipt = answer.json()
    assert receipt["report_number"].startswith("JK")
    assert normalise_code(receipt["tracking_code"]) is not None
    [event] = await house.events()
    assert event["type"] == "ComplaintReceived"
    assert event["channel"] == channel
    assert event["complaint_id"] == receipt["complaint_id"]
    lookup_key = first_key(house.credentials.tracking_lookup_key)
    assert event["tracking_digest"] == tracking_digest(lookup_key, receipt["tracking_code"])


@pytest.mark.parametrize("channel", PLATFORM_CHANNELS)
async def test_a_platform_is_told_nothing(house: House, channel: str) -> None:
    answer = await house.report(channel, "1001", TEXT)
    assert (answer.status_code, answer.json()) == (200, {})
    [event] = await house.events()
    assert event["channel"] == channel


async def test_a_comment_on_the_governors_page_is_the_governors_channel(house: House) -> None:
    request = governor_meta_request(
        house.credentials.channel_secrets, external_id="77_1", text=TEXT, now=datetime.now(UTC)
    )
    assert (await house.send(request)).json() == {}
    [event] = await house.events()
    assert event["channel"] == "gubernur"


async def test_an_sms_gateway_is_answered_nothing_that_could_become_an_sms(house: House) -> None:
    answer = await house.report("sms", "s-1", TEXT)
    assert (answer.status_code, answer.content) == (200, b"")
    assert await house.count("intake", "complaints") == 1


async def test_qlue_gets_one_receipt_per_post(house: House) -> None:
    one = json.loads(house.request("qlue", "500", TEXT).body)[0]
    request = house.request("qlue", "500", TEXT)
    two = {**one, "post_id": "501", "post_desc": "Sampah lain di seberang jalan."}
    answer = await house.door.post(
        request.path, headers=request.headers, content=json.dumps([one, two])
    )
    assert answer.status_code == 202
    numbers = [each["report_number"] for each in answer.json()["complaints"]]
    assert len(set(numbers)) == 2


@pytest.mark.parametrize("bad", ["a", None, 7])
async def test_what_is_no_post_of_qlue_takes_no_neighbour_along(house: House, bad: Any) -> None:
    """The push would come again and again, and its good posts never be filed."""
    request = house.request("qlue", "500", TEXT)
    [post] = json.loads(request.body)
    body = json.dumps([bad, post])
    headers = {**request.headers, "idempotency-key": "dorongan-1"}
    for _ in range(2):
        answer = await house.door.post(request.path, headers=headers, content=body)
        assert answer.status_code == 202
        first, second = answer.json()["complaints"]
        assert first is None
        assert second["report_number"]
    assert await house.count("intake", "complaints") == 1


@pytest.mark.parametrize("desk", sorted(DESK_UNITS))
async def test_a_desk_enters_a_complaint_and_gets_the_receipt(house: House, desk: str) -> None:
    token = house.officer("desk_officer", DESK_UNITS[desk])
    answer = await house.send(house.request(desk, "kertas-1", TEXT, token))
    assert answer.status_code == 202, answer.text
    [event] = await house.events()
    about_officials = desk == "inspektorat"
    assert event["confidential"] is about_officials
    assert event["entered_by_unit"] == (None if about_officials else DESK_UNITS[desk])


async def test_an_officer_of_another_office_is_refused(house: House) -> None:
    token = house.officer("desk_officer", "31.71.07")
    answer = await house.send(house.request("inspektorat", "kertas-1", TEXT, token))
    assert answer.status_code == 403
    assert await house.count("intake", "complaints") == 0


async def test_an_officer_of_another_role_is_refused(house: House) -> None:
    token = house.officer("unit_officer", DESK_UNITS["walikota"])
    assert (await house.send(house.request("walikota", "kertas-1", TEXT, token))).status_code == 403


async def test_a_raw_mail_is_taken_from_the_own_mail_server(house: House) -> None:
    answer = await house.send(raw_mail_request(house.mail("m-1", TEXT)))
    assert (answer.status_code, answer.json()) == (200, {})
    [event] = await house.events()
    assert (event["channel"], event["confidential"]) == ("email", True)


async def test_a_mail_may_be_larger_than_other_bodies(house: House) -> None:
    mail = raw_mail_request(house.mail("m-2", TEXT))
    large = mail.body + b"\n" + b"ulang \n" * 300_000
    answer = await house.door.post(mail.path, headers=mail.headers, content=large)
    assert answer.status_code == 200, answer.text


async def test_the_webhooks_answer_their_platforms_checks(house: House) -> None:
    crc = await house.door.get("/v1/channels/twitter/webhook", params={"crc_token": "t"})
    assert crc.json()["response_token"].startswith("sha256=")
    token = house.credentials.channel_secrets["facebook"]["verify_token"]
    query = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": token}
    assert (await house.door.get("/v1/channels/facebook/webhook", params=query)).text == "42"
    wrong = {**query, "hub.verify_token": "x"}
    refused = await house.door.get("/v1/channels/facebook/webhook", params=wrong)
    assert refused.status_code == 401


async def test_the_registry_lists_fourteen_channels(house: House) -> None:
    channels = (await house.door.get("/v1/channels")).json()["channels"]
    assert len(channels) == 14
    assert len({channel["id"] for channel in channels}) == 14


async def test_the_form_is_shown_sent_and_answered_with_a_page(house: House) -> None:
    page = await house.door.get("/v1/channels/balai_warga/form")
    assert page.status_code == 200
    assert "<script" not in page.text
    token = csrf_token(house.credentials.channel_secrets, draft_id="d-1", now=datetime.now(UTC))
    request = form_request(
        house.credentials.channel_secrets, draft_id="d-1", text=TEXT, csrf_token=token
    )
    first, second = await house.send(request), await house.send(request)
    assert first.status_code == 200
    assert first.text == second.text
    [row] = await house.rows("intake", "SELECT report_number FROM complaints")
    assert row["report_number"] in first.text


async def test_a_form_with_a_mistake_comes_back_with_what_was_typed(house: House) -> None:
    secrets = house.credentials.channel_secrets
    token = csrf_token(secrets, draft_id="d-2", now=datetime.now(UTC))
    request = form_request(secrets, draft_id="d-2", text=TEXT, csrf_token=token)
    body = request.body.replace(b"telepon=0811-000-0001", b"telepon=12")
    page = await house.door.post(request.path, headers=request.headers, content=body)
    assert page.status_code == 422
    assert TEXT in page.text
    assert 'name="telepon"' in page.text.split('aria-invalid="true"')[0].rsplit("<input", 1)[1]
    assert await house.count("intake", "complaints") == 0


async def test_an_expired_form_is_not_lost(house: House) -> None:
    secrets = house.credentials.channel_secrets
    request = form_request(secrets, draft_id="d-3", text=TEXT, csrf_token="1000.AAAA")
    page = await house.send(request)
    assert page.status_code == 401
    assert TEXT in page.text


async def test_what_is_typed_into_the_form_cannot_become_markup(house: House) -> None:
    request = form_request(
        house.credentials.channel_secrets,
        draft_id="d-4",
        text="<script>alert(1)</script>",
        csrf_token="1000.AAAA",
    )
    assert "<script>" not in (await house.send(request)).text


PERSONAL = {
    "jaki": ("Pelapor Contoh", "8110000001", "jaki-rahasia-9"),
    "lapor_1708": ("Pelapor Contoh", "8110000001", "rahasia-9"),
    "twitter": ("Pelapor Contoh", "pelapor_contoh", "2000000001", "rahasia-9"),
    "facebook": ("Pelapor Contoh", "3000000001", "rahasia-9"),
    "sms": ("8110000001", "rahasia-9"),
    "balai_warga": ("Pelapor Contoh", "pelapor.contoh@example.org"),
}


@pytest.mark.parametrize("channel", sorted(PERSONAL))
async def test_nothing_of_a_person_is_readable_in_any_table(house: House, channel: str) -> None:
    await house.report(channel, "rahasia-9", TEXT)
    dump = await everything(house)
    assert TEXT in dump
    assert [each for each in PERSONAL[channel] if each in dump] == []


async def everything(house: House) -> str:
    """All rows of all tables of both schemas, as text."""
    parts = []
    for service in ("intake", "vault"):
        tables = await house.rows(
            service, "SELECT tablename FROM pg_tables WHERE schemaname = $1", service
        )
        parts += [await _dump(house, service, table["tablename"]) for table in tables]
    return "\n".join(parts)


async def _dump(house: House, service: str, table: str) -> str:
    rows = await house.rows(service, f'SELECT * FROM "{table}"')
    return "\n".join(_readable(value) for row in rows for value in row.values())


def _readable(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
