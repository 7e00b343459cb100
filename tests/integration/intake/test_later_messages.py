"""What a reporter says later: supplements, edits, withdrawals."""

import hashlib
import hmac
import json
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import httpx

from deploy.rehearsal.callers import Mail, raw_mail_request
from tests.integration.intake.conftest import House

TEXT = "Parkir liar di depan pasar."
PATH = "/v1/channels/facebook/webhook"


async def comment(house: House, *values: dict[str, Any]) -> httpx.Response:
    """One delivery of the page's feed with these changes."""
    secrets = house.credentials.channel_secrets["facebook"]
    default = {"item": "comment", "post_id": "1_1", "from": {"id": "3000000001"}}
    changes = [{"field": "feed", "value": {**default, **value}} for value in values]
    body = json.dumps(
        {"object": "page", "entry": [{"id": secrets["page_id"], "changes": changes}]}
    ).encode()
    proof = hmac.digest(secrets["app_secret"].encode(), body, hashlib.sha256).hex()
    headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={proof}"}
    return await house.door.post(PATH, content=body, headers=headers)


def added(comment_id: str, message: str = TEXT) -> dict[str, Any]:
    return {"verb": "add", "comment_id": comment_id, "message": message}


def edited(comment_id: str, message: str) -> dict[str, Any]:
    return {"verb": "edited", "comment_id": comment_id, "message": message}


def removed(comment_id: str) -> dict[str, Any]:
    return {"verb": "remove", "comment_id": comment_id}


async def kinds(house: House) -> list[str]:
    return [event["type"] for event in await house.events()]


async def test_an_edit_supplements_its_complaint_once(house: House) -> None:
    await comment(house, added("1_2"))
    for _ in range(2):
        await comment(house, edited("1_2", "Parkir liar di depan pasar dan sekolah."))
    first, second = await house.events()
    assert (second["type"], second["kind"]) == ("ComplaintSupplemented", "edit")
    assert second["complaint_id"] == first["complaint_id"]
    content = await house.call(
        "routing", "intake", "/internal/v1/contents/claim", {"refs": [second["content_ref"]]}
    )
    [found] = content.json()["contents"]
    assert found["text"] == "Parkir liar di depan pasar dan sekolah."
    assert found["kind"] == "edit"


async def test_an_edit_of_something_unknown_is_a_complaint(house: House) -> None:
    await comment(house, edited("1_9", TEXT))
    assert await kinds(house) == ["ComplaintReceived"]


async def test_an_edit_that_overtook_its_comment_is_not_a_second_complaint(house: House) -> None:
    await comment(house, edited("1_9", TEXT))
    await comment(house, added("1_9"))
    assert await house.count("intake", "complaints") == 1


async def test_a_deleted_comment_withdraws_once(house: House) -> None:
    await comment(house, added("1_2"))
    await comment(house, removed("1_2"))
    await comment(house, removed("1_2"))
    assert await kinds(house) == ["ComplaintReceived", "ComplaintWithdrawn"]
    [row] = await house.rows("intake", "SELECT state FROM complaints")
    assert row["state"] == "withdrawn"


async def test_a_deletion_of_something_unknown_is_nothing(house: House) -> None:
    answer = await comment(house, removed("1_8"))
    assert (answer.status_code, answer.json()) == (200, {})
    assert await kinds(house) == []


async def test_one_delivery_may_hold_a_comment_its_edit_and_its_end(house: House) -> None:
    await comment(house, added("1_2"), edited("1_2", "Lebih jelas."), removed("1_2"))
    assert await kinds(house) == [
        "ComplaintReceived",
        "ComplaintSupplemented",
        "ComplaintWithdrawn",
    ]
    [row] = await house.rows("intake", "SELECT state FROM complaints")
    assert row["state"] == "withdrawn"


async def test_an_answer_by_mail_goes_on_the_report_it_quotes(house: House) -> None:
    receipt = (await house.report("balai_warga", "a-1", TEXT)).json()
    await house.send(raw_mail_request(an_answer(house, receipt["report_number"])))
    received, supplemented = await house.events()
    assert supplemented["type"] == "ComplaintSupplemented"
    assert supplemented["complaint_id"] == received["complaint_id"]


async def test_an_answer_that_quotes_an_unknown_report_is_a_complaint(house: House) -> None:
    await house.send(raw_mail_request(an_answer(house, "JK2001010001")))
    assert await kinds(house) == ["ComplaintReceived"]


def an_answer(house: House, number: str) -> Mail:
    recipient = house.credentials.channel_secrets["email"]["recipient"]
    message = EmailMessage()
    message["From"] = "Pelapor Contoh <pelapor.contoh@example.org>"
    message["To"] = recipient
    message["Subject"] = f"Re: Laporan {number}"
    message["Message-ID"] = "<jawaban-1@example.org>"
    message["In-Reply-To"] = "<konfirmasi-1@example.org>"
    message.set_content("Letaknya di sebelah kiri gerbang.\n")
    return Mail("pelapor.contoh@example.org", recipient, message.as_bytes())


async def test_a_place_in_words_is_claimed_with_the_text(house: House) -> None:
    request = house.request("jaki", "r-1", "Lampu mati")
    body = json.loads(request.body)
    body["location"] = {**body.get("location", {}), "address": "Seberang pasar"}
    answer = await house.send(replace(request, body=json.dumps(body).encode()))
    assert answer.status_code == 202
    [received] = await house.events()
    claim = {"refs": [received["content_ref"]]}
    claimed = await house.call("routing", "intake", "/internal/v1/contents/claim", claim)
    assert claimed.json()["contents"][0]["address"] == "Seberang pasar"
