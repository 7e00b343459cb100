"""Who may add to a complaint, through the doors: a public number alone adds nothing."""

from email.message import EmailMessage
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from deploy.rehearsal.callers import Mail, raw_mail_request
from services.intake.vault.handler import ErasureHandler
from shared.codes import reply_token
from shared.events.event import Envelope
from shared.events.intake import ReporterErased
from shared.ids import new_id
from shared.visibility import SYSTEM
from tests.builders import first_key
from tests.integration.intake.conftest import House

TEXT = "Lampu jalan padam."
MAILBOX = "pelapor.contoh@example.org"


async def twice(house: House, mail: Mail) -> None:
    """Delivered, and delivered again."""
    for _ in range(2):
        answer = await house.send(raw_mail_request(mail))
        assert answer.status_code == 200, answer.text


def a_reply(
    house: House, subject: str, sender: str = MAILBOX, tag: str = "", words: str = "Dekat gerbang."
) -> Mail:
    local, _, domain = house.credentials.channel_secrets["email"]["recipient"].partition("@")
    message = EmailMessage()
    message["From"] = f"Seseorang <{sender}>"
    message["To"] = f"{local}{tag}@{domain}"
    message["Subject"] = subject
    message["Message-ID"] = "<balasan-1@example.org>"
    message["In-Reply-To"] = "<konfirmasi-1@example.org>"
    message.set_content(f"{words}\n")
    return Mail(sender, f"{local}@{domain}", message.as_bytes())


async def reported(house: House) -> dict[str, Any]:
    """The ComplaintReceived of a report that names ``MAILBOX``."""
    await house.report("balai_warga", "a-1", TEXT)
    [received] = await house.events()
    return received


async def test_a_stranger_who_quotes_a_number_files_a_complaint_of_his_own(house: House) -> None:
    first = await reported(house)
    subject = f"Re: [{first['report_number']}] Kami memerlukan keterangan Anda"
    await twice(house, a_reply(house, subject, "tetangga@example.org"))
    _, second = await house.events()
    assert second["type"] == "ComplaintReceived"
    assert second["complaint_id"] != first["complaint_id"]
    assert second["quoted_reports"] == [first["report_number"]]
    assert second["reachable"] is True


@pytest.mark.parametrize("sender", [MAILBOX, MAILBOX.upper()])
async def test_the_reporter_adds_to_the_report_by_its_number(house: House, sender: str) -> None:
    first = await reported(house)
    await twice(house, a_reply(house, f"Re: {first['report_number']}", sender))
    _, second = await house.events()
    assert (second["type"], second["kind"]) == ("ComplaintSupplemented", "note")
    assert second["complaint_id"] == first["complaint_id"]


@pytest.mark.parametrize("shouted", [False, True])
async def test_a_token_in_the_address_is_proof_whoever_writes(house: House, shouted: bool) -> None:
    first = await reported(house)
    key = first_key(house.credentials.tracking_code_key)
    token = reply_token(key, UUID(first["complaint_id"]))
    tag = f"+{token.upper() if shouted else token}"
    await twice(house, a_reply(house, "Jawaban saya", "anak.pelapor@example.org", tag))
    _, second = await house.events()
    assert (second["type"], second["kind"]) == ("ComplaintSupplemented", "note")
    assert second["complaint_id"] == first["complaint_id"]


async def test_a_token_that_somebody_made_up_is_none(house: House) -> None:
    first = await reported(house)
    token = reply_token(bytes(32), UUID(first["complaint_id"]))
    await twice(house, a_reply(house, "Jawaban saya", "tetangga@example.org", f"+{token}"))
    assert [event["type"] for event in await house.events()] == ["ComplaintReceived"] * 2


async def test_nobody_is_the_sender_of_an_erased_complaint(house: House) -> None:
    """The blind index goes with the row that it belongs to."""
    first = await reported(house)
    works = house.vault_works()
    erased = ReporterErased(
        complaint_id=UUID(first["complaint_id"]),
        at=first["at"],
        reporter_ref=UUID(first["reporter_ref"]),
    )
    async with works.open(SYSTEM) as work:
        await ErasureHandler().apply(work, [Envelope(new_id(), "intake", erased)], None)
    await works.engine.dispose()
    await twice(house, a_reply(house, f"Re: {first['report_number']}"))
    assert [event["type"] for event in await house.events()] == ["ComplaintReceived"] * 2


async def test_the_vault_gives_notify_the_token_that_intake_reads(house: House) -> None:
    first = await reported(house)
    item = {key: first[key] for key in ("reporter_ref", "complaint_id")}
    claim = {"purpose": "notification", "items": [item]}
    answer = await house.call("notify", "vault", "/internal/v1/contacts/claim", claim)
    [contact] = answer.json()["contacts"]
    key = first_key(house.credentials.tracking_code_key)
    assert contact["reply_token"] == reply_token(key, UUID(first["complaint_id"]))


@pytest.mark.parametrize(
    "question",
    [
        "SELECT senders FROM vault.sealed_reporters",
        "SELECT complaint_id FROM vault.sealed_reporters WHERE senders IS NOT NULL",
    ],
)
async def test_intake_may_ask_for_a_yes_or_no_and_read_nothing(house: House, question: str) -> None:
    first = await reported(house)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await house.rows("intake", question)
    told = await house.rows(
        "intake",
        "SELECT vault.same_sender($1, $2) AS answers",
        [UUID(first["complaint_id"]), UUID(int=1)],
        [bytes(32), bytes(32)],
    )
    assert [list(row["answers"]) for row in told] == [[False, False]]
