"""Who reported: sealed, opened for one purpose, erased."""

from typing import Any
from uuid import UUID

import pytest

from services.intake.vault.app import build as build_vault
from services.intake.vault.handler import ErasureHandler
from shared.codes import tracking_code
from shared.events.event import Envelope
from shared.events.intake import ReporterErased
from shared.ids import new_id
from shared.visibility import SYSTEM
from tests.builders import first_key
from tests.integration.intake.conftest import House, client_of, vault_settings

TEXT = "Tumpukan sampah di tepi danau."
CLAIM = "/internal/v1/contacts/claim"


async def reported(house: House, channel: str, external_id: str = "a-1") -> dict[str, Any]:
    """The ComplaintReceived of a new complaint."""
    await house.report(channel, external_id, TEXT)
    return (await house.events())[-1]


def item(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "reporter_ref": event["reporter_ref"],
        "complaint_id": event["complaint_id"],
        "report_number": event["report_number"],
    }


async def claim(house: House, *items: dict[str, Any], purpose: str = "notification") -> Any:
    answer = await house.call("notify", "vault", CLAIM, {"purpose": purpose, "items": list(items)})
    return answer.json()["contacts"] if answer.status_code == 200 else answer


@pytest.mark.parametrize(
    ("channel", "kind", "address"),
    [
        ("jaki", "push", "a-1"),
        ("lapor_1708", "lapor_ticket", "a-1"),
        ("sms", "phone", "+628110000001"),
        ("balai_warga", "email", "pelapor.contoh@example.org"),
        ("twitter", "x_post", "2000000001"),
        ("facebook", "meta_comment", "a-1"),
    ],
)
async def test_the_way_back_is_opened_for_a_notification_and_logged(
    house: House, channel: str, kind: str, address: str
) -> None:
    event = await reported(house, channel)
    [contact] = await claim(house, item(event))
    assert contact["status"] == "ok"
    assert (contact["reply"]["kind"], contact["reply"]["address"]) == (kind, address)
    key = first_key(house.credentials.tracking_code_key)
    assert contact["tracking_code"] == tracking_code(key, UUID(event["complaint_id"]))
    [access] = await house.rows("vault", "SELECT caller, purpose, ref, outcome FROM access_log")
    assert (access["caller"], access["purpose"], access["outcome"]) == (
        "notify", "notification", "ok",
    )  # fmt: skip
    assert str(access["ref"]) == event["reporter_ref"]


async def test_a_ref_of_another_complaint_is_unknown(house: House) -> None:
    one, two = await reported(house, "jaki", "a-1"), await reported(house, "jaki", "a-2")
    mixed = {**item(one), "complaint_id": two["complaint_id"]}
    contacts = await claim(house, mixed, item(two))
    assert [contact["status"] for contact in contacts] == ["unknown", "ok"]
    assert contacts[0]["tracking_code"] is None


async def test_only_notify_and_only_for_a_known_purpose(house: House) -> None:
    event = await reported(house, "jaki")
    body = {"purpose": "notification", "items": [item(event)]}
    assert (await house.call("routing", "vault", CLAIM, body)).status_code == 403
    assert (await house.vault_door.post(CLAIM, json=body)).status_code == 401
    refused = await claim(house, item(event), purpose="curiosity")
    assert (refused.status_code, refused.json()["field"]) == (422, "purpose")
    assert await house.count("vault", "access_log") == 0


async def test_a_ref_of_another_complaint_is_unknown_also_when_it_is_asked_for_alone(
    house: House,
) -> None:
    one, two = await reported(house, "jaki", "a-1"), await reported(house, "jaki", "a-2")
    [contact] = await claim(house, {**item(one), "complaint_id": two["complaint_id"]})
    assert (contact["status"], contact["reply"]) == ("unknown", None)
    assert await outcomes(house) == ["unknown"]


async def outcomes(house: House) -> list[str]:
    """Of what stands in the access log."""
    return [row["outcome"] for row in await house.rows("vault", "SELECT outcome FROM access_log")]


SPOILT = "UPDATE sealed_reporters SET sealed = set_byte(sealed, $2, 255 - get_byte(sealed, $2))"


@pytest.mark.parametrize("place", [1, 40, 100, 110])
async def test_a_row_that_is_spoilt_is_said_to_be_so_and_takes_no_neighbour_along(
    house: House, place: int, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = await reported(house, "jaki", "a-1"), await reported(house, "jaki", "a-2")
    await house.rows("vault", f"{SPOILT} WHERE ref = $1", UUID(one["reporter_ref"]), place)
    [alone] = await claim(house, item(one))
    both = await claim(house, item(one), item(two))
    assert (alone["status"], alone["reply"], alone["tracking_code"]) == ("unreadable", None, None)
    assert [contact["status"] for contact in both] == ["unreadable", "ok"]
    assert await outcomes(house) == ["unreadable", "unreadable", "ok"]
    logged = "".join(capsys.readouterr())
    assert logged.count("sealed_row_unreadable") == 2
    assert one["complaint_id"] in logged


WRONG_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


async def test_a_vault_with_the_wrong_key_says_so_and_not_that_reporters_are_unknown(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = await reported(house, "jaki", "a-1"), await reported(house, "jaki", "a-2")
    unmatched = {**item(one), "complaint_id": two["complaint_id"]}
    for items in ([item(one)], [item(one), item(two)], [unmatched, item(two)]):
        assert (await claim_with_wrong_key(house, *items)).status_code == 503
    assert await outcomes(house) == []
    assert "vault_key_wrong" in "".join(capsys.readouterr())


async def claim_with_wrong_key(house: House, *items: dict[str, Any]) -> Any:
    changes = {"private_key": WRONG_KEY}
    service = build_vault(vault_settings(house.credentials, house.urls, house.jwks_url, **changes))
    house.extra.append(service)
    honest, house.vault_door = house.vault_door, client_of(service)
    answer = await claim(house, *items)
    house.vault_door = honest
    return answer


async def test_the_wrong_key_is_no_reason_to_hide_what_is_gone_or_unknown(house: House) -> None:
    one, two = await reported(house, "jaki", "a-1"), await reported(house, "jaki", "a-2")
    unmatched = {**item(one), "complaint_id": two["complaint_id"]}
    assert [each["status"] for each in await claim_with_wrong_key(house, unmatched)] == ["unknown"]


async def test_a_row_that_was_sealed_for_another_key_is_that_rows_trouble(house: House) -> None:
    """An intake that had the wrong key for an hour: the vault's key is right all the same."""
    one = await reported(house, "jaki", "a-1")
    await house.rows("vault", f"{SPOILT}, key_id = $3 WHERE ref = $1",
                     UUID(one["reporter_ref"]), 40, bytes(16))  # fmt: skip
    assert (await claim(house, item(one))).status_code == 503
    await reported(house, "jaki", "a-2")
    [contact] = await claim(house, item(one))
    assert contact["status"] == "unreadable"


async def test_an_erasure_leaves_nothing_and_is_answered_as_gone(house: House) -> None:
    event = await reported(house, "jaki")
    assert (await house.erase(event["complaint_id"])).status_code == 200
    assert (await house.ask_to_erase(event["complaint_id"])).status_code == 410
    erased = (await house.events())[-1]
    assert erased["type"] == "ReporterErased"
    assert erased["reporter_ref"] == event["reporter_ref"]
    await the_vault_hears(house, erased)
    [content] = await contents(house, event["content_ref"])
    assert (content["status"], content["text"], content["latitude"]) == ("gone", None, None)
    assert await house.count("vault", "sealed_reporters") == 0
    [contact] = await claim(house, item(event))
    assert (contact["status"], contact["reply"]) == ("gone", None)


async def the_vault_hears(house: House, erased: dict[str, Any]) -> None:
    works = house.vault_works()
    fields = {key: value for key, value in erased.items() if key != "type"}
    envelope = Envelope(new_id(), "intake", ReporterErased.model_validate(fields))
    for _ in range(2):
        async with works.open(SYSTEM) as work:
            await ErasureHandler().apply(work, [envelope], None)
    await works.engine.dispose()


async def contents(house: House, *refs: str) -> Any:
    answer = await house.call(
        "routing", "intake", "/internal/v1/contents/claim", {"refs": list(refs)}
    )
    return answer.json()["contents"]


async def test_the_message_again_after_an_erasure_brings_nothing_back(house: House) -> None:
    event = await reported(house, "lapor_1708")
    await house.erase(event["complaint_id"])
    again = await house.report("lapor_1708", "a-1", TEXT)
    assert again.json()["report_number"] == event["report_number"]
    rows = await house.rows("intake", "SELECT text FROM contents")
    assert [row["text"] for row in rows] == [None]


async def test_an_erasure_of_an_unknown_complaint_is_not_found(house: House) -> None:
    assert (await house.ask_to_erase(str(new_id()))).status_code == 404


async def test_words_are_claimed_in_batches_in_the_order_asked(house: House) -> None:
    one, two = await reported(house, "jaki", "a-1"), await reported(house, "jaki", "a-2")
    unknown = str(new_id())
    found = await contents(house, two["content_ref"], unknown, one["content_ref"])
    assert [each["status"] for each in found] == ["ok", "unknown", "ok"]
    assert [each["complaint_id"] for each in found] == [
        two["complaint_id"], None, one["complaint_id"],
    ]  # fmt: skip
    assert found[0]["text"].startswith(TEXT)
    assert (found[0]["latitude"], found[0]["longitude"]) == (-6.2338, 106.8555)


async def test_words_are_for_routing_and_for_tracking_alone(house: House) -> None:
    event = await reported(house, "jaki")
    body = {"refs": [event["content_ref"]]}
    path = "/internal/v1/contents/claim"
    assert (await house.call("tracking", "intake", path, body)).status_code == 200
    assert (await house.call("sla", "intake", path, body)).status_code == 403
    assert (await house.call("notify", "intake", path, body)).status_code == 403
    assert (await house.door.post(path, json=body)).status_code == 401


@pytest.mark.parametrize(("text", "needs_words"), [("", True), (TEXT, False)])
async def test_notify_is_told_that_a_report_came_without_words(
    house: House, text: str, needs_words: bool
) -> None:
    await house.report("sms", "a-1", text)
    [contact] = await claim(house, item((await house.events())[-1]))
    assert contact["needs_words"] is needs_words
