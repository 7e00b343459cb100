"""Through the doors: what comes in the wrong order, and machines that answer each other."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from deploy.rehearsal.callers import Mail, WireRequest, raw_mail_request
from tests.e2e.wire import encoded, meta_signed, x_signed
from tests.integration.intake.conftest import House
from tests.integration.intake.test_later_messages import added, comment, edited, kinds, removed

# --- order -------------------------------------------------------------------------------

HAPPENINGS = (
    added("1_2", "Jalan rusak."),
    edited("1_2", "Jalan rusak parah."),
    edited("1_2", "Jalan amblas."),
    removed("1_2"),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_a_comment_its_edits_and_its_deletion_end_alike_in_any_order(
    house: House, order: tuple[int, ...]
) -> None:
    for place in order:
        for _ in range(2):
            answer = await comment(house, HAPPENINGS[place])
            assert answer.status_code == 200
    [complaint] = await house.rows("intake", "SELECT state FROM complaints")
    words = await house.rows("intake", "SELECT text FROM contents")
    assert complaint["state"] == "withdrawn"
    assert {row["text"] for row in words} == {"Jalan rusak.", "Jalan rusak parah.", "Jalan amblas."}
    assert len(words) == 3
    assert sorted(await kinds(house)) == [
        "ComplaintReceived",
        "ComplaintSupplemented",
        "ComplaintSupplemented",
        "ComplaintWithdrawn",
    ]


async def test_a_deletion_is_remembered_for_a_month_and_its_digest_alone(house: House) -> None:
    await comment(house, removed("1_8"))
    [row] = await house.rows("intake", "SELECT * FROM early_messages")
    assert (row["complaint_id"], row["withdrawn_by"]) == (None, "platform")
    assert b"1_8" not in row["message_digest"]
    await house.rows("intake", "UPDATE early_messages SET created_at = now() - interval '31 days'")
    # Another process has not pruned yet; the first one does so once a minute at most.
    await house.send(house.request("jaki", "r-1", "Lampu mati."), house.second_replica())
    assert await house.count("intake", "early_messages") == 0


async def test_a_complaint_that_an_edit_opened_is_known_by_its_message_for_ever(
    house: House,
) -> None:
    await comment(house, edited("1_2", "Jalan amblas."))
    await house.rows("intake", "UPDATE early_messages SET created_at = now() - interval '99 days'")
    await house.send(house.request("jaki", "r-1", "Lampu mati."), house.second_replica())
    await comment(house, removed("1_2"))
    states = await house.rows("intake", "SELECT state FROM complaints WHERE channel = 'facebook'")
    assert [row["state"] for row in states] == ["withdrawn"]


# --- loops -------------------------------------------------------------------------------

Say = Callable[[House, int, str], WireRequest]
"""A message with a number and words, by the same sender each time."""


def by_sms(house: House, number: int, text: str) -> WireRequest:
    return house.request("sms", f"k-{number}", text)


def by_whatsapp(house: House, number: int, text: str) -> WireRequest:
    message = {"id": f"wamid.{number}", "from": "628110000001", "type": "text",
               "text": {"body": text}}  # fmt: skip
    contact = {"wa_id": "628110000001", "profile": {"name": "Toko"}}
    body = encoded({"entry": [{"changes": [{"value": {"messages": [message],
                                                      "contacts": [contact]}}]}]})  # fmt: skip
    secret = house.credentials.channel_secrets["sms"]["whatsapp_app_secret"]
    return meta_signed("/v1/channels/sms/whatsapp", secret, body)


def by_messenger(house: House, number: int, text: str) -> WireRequest:
    secrets = house.credentials.channel_secrets["facebook"]
    messaging = {"sender": {"id": "9001"}, "timestamp": 1730600000000,
                 "message": {"mid": f"m_{number}", "text": text}}  # fmt: skip
    body = encoded(
        {"object": "page", "entry": [{"id": secrets["page_id"], "messaging": [messaging]}]}
    )
    return meta_signed("/v1/channels/facebook/webhook", secrets["app_secret"], body)


def by_x_message(house: House, number: int, text: str) -> WireRequest:
    secrets = house.credentials.channel_secrets["twitter"]
    event = {"type": "message_create", "id": str(number), "created_timestamp": "1730600000000",
             "message_create": {"target": {"recipient_id": secrets["account_id"]},
                                "sender_id": "9001", "message_data": {"text": text}}}  # fmt: skip
    body = encoded({"for_user_id": secrets["account_id"], "direct_message_events": [event],
                    "users": {"9001": {"id": "9001", "screen_name": "toko"}}})  # fmt: skip
    return x_signed("/v1/channels/twitter/webhook", secrets["consumer_secret"], body)


def by_mail(house: House, number: int, text: str) -> WireRequest:
    message = EmailMessage()
    message["From"] = "Toko <toko@example.org>"
    message["To"] = house.credentials.channel_secrets["email"]["recipient"]
    message["Subject"] = "Terima kasih"
    message["Message-ID"] = f"<m-{number}@example.org>"
    message.set_content(f"{text}\n")
    return raw_mail_request(Mail("toko@example.org", str(message["To"]), message.as_bytes()))


WAYS = {"sms": by_sms, "whatsapp": by_whatsapp, "messenger": by_messenger,
        "x": by_x_message, "mail": by_mail}  # fmt: skip
MACHINES = {
    "a shop": "Kios kami menerima pesan Anda pada {at:%d-%m-%Y %H:%M:%S}. Nomor antrean {number}.",
    "an absence": "Saya sedang cuti sampai 5 Januari dan akan membalas pesan Anda setelahnya.",
    "a ticket": "Your request #{number}A{number} is open, see https://contoh.id/t/{number}",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("machine", MACHINES)
async def test_two_machines_end_after_the_first_round(house: House, way: str, machine: str) -> None:
    """A person complains once; from then on a machine answers each of our receipts."""
    say: Say = WAYS[way]
    receipts, text = 0, "Lampu jalan padam di depan kios."
    for number in range(1, 7):
        for _ in range(2):
            answer = await house.send(say(house, number, text))
            assert answer.status_code == 200, answer.text
        received = (await house.events())[-1]
        assert len(await house.events()) == number, "nothing is lost"
        if not received["reachable"]:
            break
        receipts += 1
        text = MACHINES[machine].format(number=number * 37, at=datetime.now(UTC))
    assert receipts <= 2
    again = await house.send(say(house, 50, "Sampah menumpuk di sebelah kios."))
    assert again.status_code == 200
    assert (await house.events())[-1]["reachable"] is True


async def test_whom_a_machine_may_not_answer_has_no_way_back_in_the_vault(house: House) -> None:
    for number in (1, 2):
        await house.send(by_sms(house, number, "Toko tutup."))
    _, second = await house.events()
    item = {key: second[key] for key in ("reporter_ref", "complaint_id")}
    body = {"purpose": "notification", "items": [item]}
    answer = await house.call("notify", "vault", "/internal/v1/contacts/claim", body)
    assert [each["status"] for each in answer.json()["contacts"]] == ["none"]


# --- what answers nothing ----------------------------------------------------------------


def a_reply(house: House, number: str, words: str) -> WireRequest:
    message = EmailMessage()
    message["From"] = "pelapor.contoh@example.org"
    message["To"] = house.credentials.channel_secrets["email"]["recipient"]
    message["Subject"] = f"Re: [{number}] Kami memerlukan keterangan Anda"
    message["Message-ID"] = "<balasan-1@example.org>"
    message["In-Reply-To"] = "<pertanyaan@jakarta.go.id>"
    message.set_content(f"{words}\n")
    mail = Mail("pelapor.contoh@example.org", str(message["To"]), message.as_bytes())
    return raw_mail_request(mail)


@pytest.mark.parametrize(
    ("words", "automatic"),
    [
        ("Saya sedang cuti sampai 5 Januari. Saya akan membalas setelahnya.", True),
        ("I am out of the office until Monday and will reply when I return.", True),
        ("Kantor lurah tutup, cuti bersama terus.", False),
        ("Di sebelah kiri gerbang.", False),
    ],
)
async def test_an_absence_notice_is_kept_and_is_no_answer(
    house: House, words: str, automatic: bool
) -> None:
    await house.report("balai_warga", "a-1", "Lampu padam.")
    [first] = await house.events()
    for _ in range(2):
        await house.send(a_reply(house, first["report_number"], words))
    _, second = await house.events()
    assert (second["type"], second["kind"]) == ("ComplaintSupplemented", "note")
    assert second.get("automatic", False) is automatic
    claimed: Any = await house.call(
        "routing", "intake", "/internal/v1/contents/claim", {"refs": [second["content_ref"]]}
    )
    assert words in claimed.json()["contents"][0]["text"]
    asked = {"complaint_id": first["complaint_id"]}
    filed = await house.call("routing", "intake", "/internal/v1/contents/refs", asked)
    assert filed.json()["refs"] == [first["content_ref"], second["content_ref"]]
