"""The outside world in a box: it checks who calls, and keeps every message once."""

from __future__ import annotations

import asyncio
import json
import smtplib
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from deploy.local.credentials import Addresses, Credentials, outside_environment
from deploy.local.ports import free_ports, http_status
from deploy.local.process import Child
from deploy.local.settings import inherited
from tests.integration.notify.servers import outside_world

NUMBER = "+628110000001"


@dataclass
class Box:
    """A running outside world and a client of it."""

    credentials: Credentials
    at: Addresses
    http: httpx.AsyncClient

    async def messages(self, **query: str) -> list[dict[str, Any]]:
        answer = await self.http.get("/messages", params=query)
        assert answer.status_code == 200
        found: list[dict[str, Any]] = answer.json()
        return found

    async def sms(self, text: str, key: str, **changes: str) -> httpx.Response:
        headers = {"X-API-Key": self.credentials.gateway_secrets["sms"], "Idempotency-Key": key}
        return await self.http.post(
            "/sms/messages", json={"to": NUMBER, "text": text}, headers=headers | changes
        )


@dataclass
class ProcessBox(Box):
    """It runs as in the local stack, and can be killed."""

    child: Child

    async def start(self) -> None:
        await self.child.start()
        for _ in range(300):
            if await http_status(self.at.outside_port, "/health/live") == 200:
                return
            assert self.child.alive, self.child.last_lines()
            await asyncio.sleep(0.05)
        pytest.fail(self.child.last_lines())


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    async with (
        outside_world(tmp_path) as outside,
        httpx.AsyncClient(base_url=outside.at.outside_url) as client,
    ):
        yield Box(outside.credentials, outside.at, client)


@pytest.fixture
async def process_box(home: Path) -> AsyncIterator[ProcessBox]:
    credentials = Credentials.load(home)
    http_port, smtp_port = free_ports(2)
    at = Addresses({}, "", False, {"console": 0}, 0, http_port, smtp_port)
    environment = outside_environment(credentials, at, home / "outside")
    child = Child(
        "outside",
        [sys.executable, "-m", "deploy.rehearsal.outside"],
        home / "logs" / "outside.log",
        env={**inherited("PATH", "PYTHONPATH"), **environment},
        cwd=Path.cwd(),
    )
    async with httpx.AsyncClient(base_url=at.outside_url) as client:
        outside = ProcessBox(credentials, at, client, child)
        await outside.start()
        yield outside
    await child.stop(5)


async def test_a_repeat_of_a_message_is_answered_alike_and_kept_once(box: Box) -> None:
    first, again = await box.sms("Laporan diterima", "k-1"), await box.sms("lain", "k-1")
    other = await box.sms("Laporan diterima", "k-2")
    assert first.status_code == again.status_code == other.status_code == 201
    assert first.json() == again.json() != other.json()
    kept = await box.messages(kind="sms", to=NUMBER)
    assert [(each["key"], each["body"], each["repeats"]) for each in kept] == [
        ("k-2", "Laporan diterima", 0),
        ("k-1", "Laporan diterima", 1),
    ]


async def test_what_was_kept_survives_a_kill_with_its_repeats(
    process_box: ProcessBox, home: Path
) -> None:
    box = process_box
    first = await box.sms("satu", "k-1")
    await box.sms("satu", "k-1")
    before = await box.messages()
    await box.child.kill()
    with (home / "outside" / "messages.jsonl").open("a") as file:
        file.write('{"id": 2, "kind": "sm')
    await box.start()
    assert await box.messages() == before
    assert (await box.sms("satu", "k-1")).json() == first.json()
    await box.sms("dua", "k-2")
    await box.child.kill()
    await box.start()
    assert [(each["body"], each["repeats"]) for each in await box.messages()] == [
        ("dua", 0),
        ("satu", 2),
    ]


DOORS: list[tuple[str, dict[str, Any]]] = [
    ("/sms/messages", {"to": NUMBER, "text": "x"}),
    ("/x/2/tweets", {"text": "x", "reply": {"in_reply_to_tweet_id": "1"}}),
    ("/x/2/dm_conversations/with/7/messages", {"text": "x"}),
    ("/meta/77_1/comments", {"message": "x"}),
    ("/meta/me/messages", {"recipient": {"id": "7"}, "message": {"text": "x"}}),
    ("/jaki/webhook", {"to": "u", "text": "x"}),
    ("/qlue/webhook", {"post_id": 1, "state": "process"}),
    ("/lapor/tickets/1/answers", {"answer": "x"}),
    ("/printer/receipts", {"desk": "31.71", "text": "x"}),
]


async def test_no_door_opens_without_its_credential(box: Box) -> None:
    for path, body in DOORS:
        for headers in ({}, {"X-API-Key": "wrong"}, {"Authorization": "Bearer wrong"}):
            answer = await box.http.post(path, json=body, headers=headers)
            assert answer.status_code == 401, (path, headers)
    assert await box.messages() == []


async def test_each_platform_keeps_who_was_answered_and_by_which_account(box: Box) -> None:
    key = box.credentials.gateway_secrets
    tweet = {"text": "x", "reply": {"in_reply_to_tweet_id": "55"}}
    send = {"recipient": {"comment_id": "c-1"}, "message": {"text": "x"}}
    calls: list[tuple[str, dict[str, Any], dict[str, str], str, str]] = [
        ("/x/2/tweets", tweet, {"Authorization": f"Bearer {key['twitter']}"}, "twitter", "55"),
        (
            "/x/2/dm_conversations/with/7/messages",
            {"text": "x"},
            {"Authorization": f"Bearer {key['gubernur_twitter']}"},
            "gubernur",
            "7",
        ),
        (
            "/meta/c-2/comments",
            {"message": "x"},
            {"Authorization": f"Bearer {key['facebook']}"},
            "facebook",
            "c-2",
        ),
        (
            "/meta/me/messages",
            send,
            {"Authorization": f"Bearer {key['gubernur_meta']}"},
            "gubernur",
            "c-1",
        ),
        ("/printer/receipts", {"desk": "31.71", "text": "x"}, {"X-API-Key": key["printer"]},
         "printer", "31.71"),
    ]  # fmt: skip
    for path, body, headers, kind, to in calls:
        answer = await box.http.post(path, json=body, headers=headers)
        assert answer.is_success, (path, answer.text)
        newest = (await box.messages())[0]
        assert (newest["kind"], newest["to"]) == (kind, to)


def _signed(secret: str, number: str, body: str, at: datetime) -> dict[str, str]:
    return {
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(number, at, body),
    }


@pytest.mark.parametrize(
    ("path", "kind", "secret"),
    [
        ("/jaki/webhook", "jaki", "jaki"),
        ("/qlue/webhook", "qlue", "qlue_webhook"),
        ("/lapor/tickets/3/answers", "lapor_1708", "lapor_1708_webhook"),
    ],
)
async def test_a_webhook_takes_only_what_is_signed_now_for_this_very_body(
    box: Box, path: str, kind: str, secret: str
) -> None:
    secrets, body = box.credentials.gateway_secrets, json.dumps({"to": "u", "text": "x"})
    now, known = datetime.now(UTC), {"X-API-Key": secrets[kind], "Idempotency-Key": "w-1"}
    good = _signed(secrets[secret], "w-1", body, now)
    for _ in range(2):
        answer = await box.http.post(path, content=body, headers=good | known)
        assert answer.is_success
    for changed, headers in (
        (body + " ", good),
        (body, {}),
        (body, good | {"webhook-id": "w-2"}),
        (body, _signed(secrets[secret], "w-3", body, now - timedelta(hours=1))),
    ):
        answer = await box.http.post(path, content=changed, headers=headers | known)
        assert answer.status_code == 401
    [kept] = await box.messages(kind=kind)
    assert (kept["key"], kept["repeats"]) == ("w-1", 1)


async def test_malformed_input_is_refused_and_not_kept(box: Box) -> None:
    headers = {"X-API-Key": box.credentials.gateway_secrets["sms"]}
    wrong_fields = (b'{"to": 1, "text": "x"}', b'{"to": "0811"}', b'{"to": "0811", "text": "x"}')
    for content in (b"", b"{", b"[]", b"{}", b"\xff", *wrong_fields):
        answer = await box.http.post("/sms/messages", content=content, headers=headers)
        assert answer.status_code == 400, content
    assert await box.messages() == []


async def test_a_post_that_x_would_refuse_for_its_length_is_refused(box: Box) -> None:
    headers = {"Authorization": f"Bearer {box.credentials.gateway_secrets['twitter']}"}
    for text, status in (("x" * 281, 403), ("x" * 250 + " https://example.org/" + "y" * 90, 201)):
        body = {"text": text, "reply": {"in_reply_to_tweet_id": "1"}}
        answer = await box.http.post("/x/2/tweets", json=body, headers=headers)
        assert answer.status_code == status


async def test_an_ordered_failure_happens_as_often_as_ordered(box: Box) -> None:
    order = {"kind": "sms", "status": 503, "times": 2}
    assert (await box.http.post("/faults", json=order)).status_code == 201
    answers = [(await box.sms("x", f"k-{n}")).status_code for n in range(3)]
    assert answers == [503, 503, 201]
    assert len(await box.messages()) == 1
    assert (await box.http.post("/faults", json={"kind": "sms"})).status_code == 422


async def test_an_answer_that_gets_lost_leaves_a_message_that_a_retry_does_not_double(
    box: Box,
) -> None:
    await box.http.post("/faults", json={"kind": "sms", "status": 504, "stored": True})
    assert (await box.sms("x", "k-1")).status_code == 504
    assert (await box.sms("x", "k-1")).status_code == 201
    [kept] = await box.messages()
    assert kept["repeats"] == 1


def _mail(message_id: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "dki@jakarta.go.id", "pelapor@example.org"
    mail["Subject"], mail["Auto-Submitted"] = "Laporan JK", "auto-replied"
    if message_id:
        mail["Message-ID"] = message_id
    mail.set_content("Terima kasih, laporan é diterima.")
    return mail


def _send(port: int, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(mail)


async def test_mail_is_kept_once_by_its_message_id_and_can_be_read(box: Box) -> None:
    for _ in range(2):
        await asyncio.to_thread(_send, box.at.outside_smtp_port, _mail("<1@crm.example.org>"))
    [kept] = await box.messages(kind="email", to="pelapor@example.org", contains="é diterima")
    assert (kept["key"], kept["repeats"]) == ("<1@crm.example.org>", 1)
    assert kept["payload"]["headers"]["Auto-Submitted"] == "auto-replied"


async def test_mail_is_refused_when_ordered_and_when_it_has_no_message_id(box: Box) -> None:
    await box.http.post("/faults", json={"kind": "email", "status": 451})
    for message_id, code in (("<1@crm.example.org>", 451), ("", 554)):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            await asyncio.to_thread(_send, box.at.outside_smtp_port, _mail(message_id))
        assert refused.value.smtp_code == code
    assert await box.messages() == []


async def test_the_page_shows_messages_as_text_whatever_they_hold(box: Box) -> None:
    await box.sms("<script>alert(1)</script> & halo", "k-1")
    page = await box.http.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; halo" in page.text
    assert "<script" not in page.text
    nothing = await box.http.get("/", params={"contains": '"><script>'})
    assert "<script" not in nothing.text


async def test_the_issuers_keys_are_public_and_the_private_one_is_not_there(
    process_box: ProcessBox,
) -> None:
    [key] = (await process_box.http.get("/issuer/jwks.json")).json()["keys"]
    assert {key["kty"], key["crv"], key["alg"]} == {"OKP", "Ed25519", "EdDSA"}
    assert "d" not in key
