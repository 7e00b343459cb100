"""Every example of every channel through its real door, twice: filed once, with the right words."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from deploy.local.credentials import Credentials
from deploy.local.tokens import mint_operator_token
from services.intake.app import build
from services.intake.channels.balai_warga.adapter import mint_csrf_token
from services.intake.media.sealing import FileOpener
from services.intake.vault.sealing import ORIGINAL, REPORTER, Opener
from tests.corpus import DESKS, EXAMPLES, Example
from tests.databases import Databases
from tests.integration.intake.conftest import TABLES, intake_settings
from tests.unit.intake.channels import wire
from tests.unit.intake.channels.test_forgiving_doors import (
    FORGIVING,
    HOSTILE_JSON,
    KANNEL_TEXTS,
    SENT,
    TWILIO_BODIES,
    UNHARMED_JSON,
    UNREADABLE,
    delivery,
)

_WANTED = "SELECT f.content_ref, w.* FROM wanted w JOIN files f USING (ref) ORDER BY f.number"
FEWEST = 12
"""Examples of each channel."""


@dataclass
class Sent:
    """One request as it left. original: what of it must be sealed."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    original: bytes


@dataclass
class Filed:
    """One message as it is kept: row of the database, and what is sealed of it."""

    row: asyncpg.Record
    contact: dict[str, Any]
    original: bytes
    event: dict[str, Any]
    files: list[list[str]]
    """Source and address of what is still to be fetched, in the order of the message."""


@dataclass
class Corpus:
    """Intake on a database of its own, with secrets that the signers know."""

    credentials: Credentials
    door: httpx.AsyncClient
    intake: asyncpg.Connection
    vault: asyncpg.Connection
    media: asyncpg.Connection

    def sent(self, example: Example) -> Sent:
        """The example with the proof that its caller would send."""
        body, path = example.body, example.path
        if example.channel in DESKS:
            token = mint_operator_token(self.credentials, "desk_officer", DESKS[example.channel])
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            return Sent("POST", path, headers, body, body)
        if path == wire.KANNEL:
            secret = wire.SECRETS["sms"]["kannel_secret"]
            return Sent("GET", f"{path}?secret={secret}&{body.decode()}", {}, b"", body)
        if path == wire.FORM:
            draft = dict(parse_qsl(body.decode(errors="replace")))["draft_id"]
            key = SecretStr(wire.SECRETS["balai_warga"]["csrf_key"])
            body += f"&csrf_token={mint_csrf_token(key, draft, datetime.now(UTC))}".encode()
        signer = wire.SIGNERS[path]
        headers = {"content-type": signer.media, **signer.headers(body)}
        return Sent("POST", path, headers, body, body)

    async def send(self, sent: Sent) -> httpx.Response:
        return await self.door.request(
            sent.method, sent.path, headers=sent.headers, content=sent.body
        )

    async def filed(self) -> list[Filed]:
        """All that is kept, in order."""
        rows = await self.intake.fetch("SELECT * FROM contents ORDER BY created_at, ref")
        sealed = await self.vault.fetch("SELECT * FROM sealed_reporters")
        events = [json.loads(row["body"]) for row in await self.intake.fetch("TABLE outbox")]
        opener = Opener(self.credentials.vault.private)
        wanted = await self.media.fetch(_WANTED)
        addresses = FileOpener(self.credentials.media.private)
        files = [
            (each["content_ref"], each["source"], addresses.locator(each["ref"], each["locator"]))
            for each in wanted
        ]
        return [_filed(row, sealed, events, opener, files) for row in rows]

    async def empty(self) -> None:
        for table in TABLES["intake"]:
            await self.intake.execute(f'DELETE FROM "{table}"')
        await self.vault.execute("DELETE FROM sealed_reporters")
        for table in ("files", "wanted"):
            await self.media.execute(f'DELETE FROM "{table}"')


def _filed(
    row: asyncpg.Record,
    sealed: list[asyncpg.Record],
    events: list[dict[str, Any]],
    opener: Opener,
    files: list[tuple[UUID, str, bytes]],
) -> Filed:
    # What is told of its files names the message, too.
    told = [each for each in events if each.get("content_ref") == str(row["ref"])]
    event = next(each for each in told if "ref" not in each)
    refs = (event.get("reporter_ref"), str(row["ref"]))
    kept = next(each for each in sealed if str(each["ref"]) in refs)
    opened = opener.open(REPORTER, kept["ref"], kept["complaint_id"], kept["sealed"])
    original = opener.open(ORIGINAL, kept["ref"], kept["complaint_id"], kept["original"])
    own = [[source, address.decode()] for ref, source, address in files if ref == row["ref"]]
    return Filed(row, json.loads(opened), original, event, own)


@pytest.fixture(scope="module")
async def standing_corpus(
    postgres: Databases, credentials: Credentials, jwks_url: str
) -> AsyncIterator[Corpus]:
    urls = await postgres.urls("vault", "media", "intake")
    service = build(intake_settings(credentials, urls, jwks_url, channel_secrets=wire.SECRETS))
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    intake, vault, media = [
        await asyncpg.connect(urls[name], server_settings={"search_path": name})
        for name in ("intake", "vault", "media")
    ]
    async with httpx.AsyncClient(transport=transport, base_url=wire.HOST) as door:
        yield Corpus(credentials, door, intake, vault, media)
    for connection in (intake, vault, media):
        await connection.close()
    for closer in reversed(service.closers):
        await closer()


@pytest.fixture
async def corpus(standing_corpus: Corpus) -> Corpus:
    await standing_corpus.empty()
    return standing_corpus


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
async def test_an_example_that_comes_twice_is_filed_once_and_with_its_words(
    corpus: Corpus, example: Example
) -> None:
    sent = corpus.sent(example)
    first, again = await corpus.send(sent), await corpus.send(sent)
    assert (first.status_code, again.status_code) == (example.status, example.status), first.text
    if example.path != wire.FORM:
        # The form's page has a new token each time.
        assert again.content == first.content
    if example.refused is not None:
        assert first.json()["field"] == example.refused
    filed = await corpus.filed()
    assert len(filed) == len(example.filed), [each.row["text"] for each in filed]
    for expected in example.filed:
        said = next((each for each in filed if _says(each, expected["words"])), None)
        assert said is not None, [each.row["text"] for each in filed]
        assert _told(said, expected) == expected
    if len(filed) == 1 and not _is_part(filed[0], sent):
        assert filed[0].original == sent.original


def _says(filed: Filed, words: list[str]) -> bool:
    return all(each in filed.row["text"] for each in words)


def _is_part(filed: Filed, sent: Sent) -> bool:
    """Whether a part is sealed: one of several messages, a form without its name, or a mail without
    its files."""
    if filed.original == sent.original:
        return False
    if wire.RAW_MAIL in sent.path:
        return re.sub(rb"\(berkas [0-9a-f-]{36}\)", b"", filed.original) != filed.original
    if filed.event["anonymous"] and wire.FORM in sent.path:
        assert b"nama=" not in filed.original
        return True
    part = json.loads(filed.original)
    return part in _members(json.loads(sent.body))


def _members(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(member for each in inner for member in _members(each))]


def _told(filed: Filed, expected: dict[str, Any]) -> dict[str, Any]:
    """What became of those fields that the row names."""
    contact, reporter = filed.contact, filed.contact.get("reporter", {})
    latitude, longitude = filed.row["latitude"], filed.row["longitude"]
    known = {
        "words": expected["words"],
        "without": [word for word in expected.get("without", ()) if word not in filed.row["text"]],
        "point": None if latitude is None else [latitude, longitude],
        "reply": [[path["kind"], path["address"]] for path in contact.get("reply", ())],
        "asks": contact.get("needs_words"),
        "phone": reporter.get("phone"),
        "handle": reporter.get("handle"),
        "user_id": reporter.get("platform_user_id"),
        "address": filed.row["address"],
        "files": filed.files,
        **{
            name: filed.event.get(name)
            for name in ("category", "confidential", "anonymous", "reported_at")
        },
    }
    return {name: known[name] for name in expected}


def test_each_channel_has_its_examples_and_each_file_its_row() -> None:
    found = dict.fromkeys(sorted({each.channel for each in EXAMPLES}), 0)
    for each in EXAMPLES:
        found[each.channel] += 1
    assert {channel: count for channel, count in found.items() if count < FEWEST} == {}
    assert len(found) == 14
    rows = {(each.channel, each.name) for each in EXAMPLES}
    files = {
        (path.parent.name, path.name)
        for path in wire.EXAMPLES.glob("*/*")
        if path.name != "expected.json"
    }
    assert files == rows


def _hostile(path: str) -> dict[str, tuple[bytes, str]]:
    """Bytes that may come by the door, and words of theirs that can be read."""
    if path == wire.KANNEL:
        sender = "from=%2B628110000001&id=1&"
        return {query: ((sender + query).encode(), text) for query, text in KANNEL_TEXTS}
    if path == wire.TWILIO:
        start = b"MessageSid=SM1&From=%2B628110000001&"
        return {repr(body): (start + body, text) for body, text in TWILIO_BODIES}
    plain = json.dumps(delivery(path, SENT)).encode()
    spoilt = {**HOSTILE_JSON, **UNHARMED_JSON}
    unreadable = {repr(body): (body, "(isi kiriman tidak terbaca)") for body in UNREADABLE}
    return {kind: (spoil(plain), "Jalan rusak") for kind, spoil in spoilt.items()} | unreadable


@pytest.mark.parametrize("path", FORGIVING)
async def test_no_bytes_of_a_caller_who_cannot_correct_are_refused_by_its_route(
    corpus: Corpus, path: str
) -> None:
    for kind, (body, words) in _hostile(path).items():
        await corpus.empty()
        sent = corpus.sent(Example("", kind, path, body, 200, None, ()))
        first, again = await corpus.send(sent), await corpus.send(sent)
        assert first.status_code in (200, 202), (kind, first.text)
        assert (again.status_code, again.content) == (first.status_code, first.content), kind
        (filed,) = await corpus.filed()
        assert words in filed.row["text"], kind
        assert filed.original == sent.original, kind


@pytest.mark.parametrize("path", FORGIVING)
@pytest.mark.parametrize("key", ["", "a b", "k" * 300])
async def test_a_key_that_cannot_be_one_loses_no_message_that_nobody_would_send_anew(
    corpus: Corpus, path: str, key: str
) -> None:
    for example in [each for each in EXAMPLES if each.path == path and len(each.filed) == 1][:2]:
        sent = corpus.sent(example)
        sent.headers["idempotency-key"] = key
        assert (await corpus.send(sent)).status_code in (200, 202)
    assert len(await corpus.filed()) == 2


@pytest.mark.parametrize("path", [wire.KANNEL, wire.TWILIO, wire.WHATSAPP, wire.X, wire.FACEBOOK])
async def test_a_key_that_a_proxy_gives_to_every_call_makes_no_two_messages_one(
    corpus: Corpus, path: str
) -> None:
    for example in [each for each in EXAMPLES if each.path == path and len(each.filed) == 1][:2]:
        sent = corpus.sent(example)
        sent.headers["idempotency-key"] = "kunci-perantara"
        assert (await corpus.send(sent)).status_code == 200
    assert len(await corpus.filed()) == 2
