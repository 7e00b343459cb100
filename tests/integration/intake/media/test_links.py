"""Links to pictures and files: given to services in bulk, followed by whoever has one, ended."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from services.intake.media.clearing.outcome import Refused
from services.intake.media.sealing import CHUNK_BYTES
from services.intake.media.serving.claims import LinkDesk, LinksClaim
from services.intake.media.serving.signing import Link, LinkSigner, LinkSize
from shared.clock import system_clock
from shared.events.vocabulary import MediaOrigin, MediaRefusal
from shared.ids import new_id
from tests.integration.intake.media.conftest import (
    DOCUMENT,
    PUBLIC,
    VIDEO,
    Room,
    erase,
    pictures,
)
from tests.integration.intake.open_door import opened

HARMLESS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-site",
}
LONG = bytes(range(256)) * (10 * 1024)
"""Of 2.5 MiB: three chunks."""


def assert_harmless(answer: httpx.Response) -> None:
    assert {name: answer.headers[name] for name in HARMLESS} == HARMLESS
    assert not any(name.startswith("access-control-") for name in answer.headers)
    assert "etag" not in answer.headers


# --- what services are told ----------------------------------------------------------------


async def test_a_cleared_picture_has_a_link_to_each_of_its_sizes(room: Room) -> None:
    ref = await room.settled(pictures("lamp"))
    [media] = await room.claim(ref)
    assert (media["status"], media["kind"], media["origin"]) == ("ok", "picture", "reporter")
    assert (media["ref"], media["number"], media["reason"]) == (str(ref), 1, None)
    assert sorted(media["links"]) == ["large", "medium", "small"]
    for size, link in media["links"].items():
        assert link.startswith(f"{PUBLIC}/v1/media/{ref}/{size}?")
        answer = await room.get(link)
        assert (answer.status_code, answer.content) == (200, f"lamp {size} ".encode() * 100)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["content-disposition"] == f'inline; filename="foto-1-{size}.jpg"'
        assert answer.headers["content-length"] == str(len(answer.content))
        assert_harmless(answer)


async def test_each_file_is_answered_in_the_order_asked_and_how_it_stands(room: Room) -> None:
    cleared = await room.settled(pictures())
    refused = await room.settled(Refused(MediaRefusal.DAMAGED), number=2)
    document = await room.settled(DOCUMENT, number=3)
    erased = await room.settled(pictures(), complaint=2)
    await erase(room, 2)
    waiting = await room.lay(b"not yet", number=4)
    unknown = new_id()
    asked = [unknown, waiting, erased, document, refused, cleared, cleared]
    found = await room.claim(*asked)
    assert [each["ref"] for each in found] == [str(ref) for ref in asked]
    assert [each["status"] for each in found] == [
        "unknown", "waiting", "gone", "kept", "refused", "ok", "ok",
    ]  # fmt: skip
    assert [each["reason"] for each in found] == [None, None, None, None, "damaged", None, None]
    assert [sorted(each["links"]) for each in found[:5]] == [[], [], [], ["original"], []]
    assert [each["expires_at"] is None for each in found] == [
        True, True, True, False, True, False, False,
    ]  # fmt: skip


async def test_links_end_after_five_minutes_to_the_second_that_is_told(room: Room) -> None:
    ref = await room.settled(pictures())
    before = datetime.now(UTC)
    [media] = await room.claim(ref)
    expires_at = datetime.fromisoformat(media["expires_at"])
    until = parse_qs(urlsplit(media["links"]["small"]).query)["until"]
    assert until == [str(int(expires_at.timestamp()))]
    assert timedelta(minutes=4) < expires_at - before < timedelta(minutes=6)


async def test_what_is_locked_is_linked_for_routing_alone_which_asks_for_a_reason(
    room: Room,
) -> None:
    locked, picture = await room.settled(DOCUMENT), await room.settled(pictures(), number=2)
    sizes = ["large", "medium", "small"]
    for caller, linked in (("routing", [["original"], sizes]), ("tracking", [[], sizes])):
        found = await room.claim(locked, picture, caller=caller)
        assert [sorted(each["links"]) for each in found] == linked
        assert [each["status"] for each in found] == ["kept", "ok"]


async def test_a_bulk_claim_asks_two_statements_whatever_its_size(room: Room) -> None:
    refs = [await room.settled(pictures(), number=number) for number in range(1, 6)]
    asked = [*refs, *(new_id() for _ in range(195))]
    desk = LinkDesk(room.works, room.signer, system_clock)
    with counted(room.works.engine) as statements:
        found = await desk.claim("routing", LinksClaim(viewer="v", refs=asked))
    assert [each.status for each in found] == ["ok"] * 5 + ["unknown"] * 195
    assert len(statements) == 2


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def test_a_claim_that_is_too_long_or_whose_viewer_could_be_a_name_is_refused(
    room: Room,
) -> None:
    many = {"viewer": "v", "refs": [str(new_id()) for _ in range(201)]}
    for body, field in (
        (many, "refs"),
        ({"viewer": "Budi Santoso", "refs": []}, "viewer"),
        ({"viewer": "", "refs": []}, "viewer"),
        ({"viewer": "v" * 65, "refs": []}, "viewer"),
    ):
        answer = await room.call("routing", body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        assert "Budi" not in answer.text


async def test_a_row_that_cannot_be_read_costs_itself_alone(room: Room) -> None:
    one, two = await room.settled(pictures()), await room.settled(pictures(), complaint=2)
    await room.rows("UPDATE files SET kind = 'hologram' WHERE ref = $1", one)
    found = await room.claim(one, two)
    assert [each["status"] for each in found] == ["unknown", "ok"]
    [aside] = await room.rows("SELECT row_id FROM set_aside")
    assert aside["row_id"] == one
    await room.rows("DELETE FROM set_aside")


# --- who has no link ------------------------------------------------------------------------


def changed(link: str, **query: str) -> str:
    """The link with other values in its query."""
    parts = urlsplit(link)
    values = {name: each for name, [each] in parse_qs(parts.query).items()} | query
    return parts._replace(query="&".join(f"{k}={v}" for k, v in values.items())).geturl()


async def test_a_link_that_was_changed_in_any_part_shows_nothing(room: Room) -> None:
    one, two = await room.settled(pictures("one")), await room.settled(pictures("two"), number=2)
    link = await room.link(one, "small")
    signature = parse_qs(urlsplit(link).query)["signature"][0]
    other = "A" if signature[0] != "A" else "B"
    forged = [
        link.replace(str(one), str(two)),
        link.replace("/small?", "/large?"),
        link.replace("/small?", "/original?"),
        changed(link, until=str(int(parse_qs(urlsplit(link).query)["until"][0]) + 1)),
        changed(link, viewer="viewer-2"),
        changed(link, signature=other + signature[1:]),
        LinkSigner(bytes(32), PUBLIC).address(
            Link(one, LinkSize.SMALL, int(parse_qs(urlsplit(link).query)["until"][0]), "viewer-1")
        ),
    ]
    assert (await room.get(link)).status_code == 200
    for each in forged:
        answer = await room.get(each)
        assert answer.status_code == 404, each
        assert "anew" in answer.json()["detail"]
        assert b"one" not in answer.content


async def test_a_link_that_has_ended_says_where_a_new_one_is(room: Room) -> None:
    ref = await room.settled(pictures())
    for seconds, status in ((-1, 404), (-86400, 404), (60, 200)):
        until = int(datetime.now(UTC).timestamp()) + seconds
        answer = await room.get(room.signer.address(Link(ref, LinkSize.SMALL, until, "viewer-1")))
        assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"


async def test_a_right_link_to_what_was_erased_says_that_it_is_gone(room: Room) -> None:
    picture, document = await room.settled(pictures()), await room.settled(DOCUMENT, number=2)
    links = [await room.link(picture, "small"), await room.link(document, "original")]
    await erase(room, 1)
    for link in links:
        answer = await room.get(link)
        assert answer.status_code == 410
        assert answer.json()["type"].endswith("/gone")


async def test_a_right_link_to_a_size_that_a_file_does_not_have_is_not_found(room: Room) -> None:
    picture, document = await room.settled(pictures()), await room.settled(DOCUMENT, number=2)
    waiting = await room.lay(b"not yet", number=3)
    until = int(datetime.now(UTC).timestamp()) + 60
    for ref, size in (
        (picture, LinkSize.ORIGINAL), (document, LinkSize.LARGE), (waiting, LinkSize.ORIGINAL),
        (waiting, LinkSize.SMALL),
    ):  # fmt: skip
        answer = await room.get(room.signer.address(Link(ref, size, until, "viewer-1")))
        assert answer.status_code == 404


# --- documents and videos -------------------------------------------------------------------


async def test_a_document_is_handed_over_as_it_came_under_a_name_of_ours(room: Room) -> None:
    ref = await room.settled(DOCUMENT, LONG, number=3)
    answer = await room.get(await room.link(ref, "original"), range="bytes=0-9")
    assert (answer.status_code, answer.content == LONG) == (200, True)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="berkas-3.pdf"'
    assert answer.headers["accept-ranges"] == "none"
    assert_harmless(answer)


async def test_a_kind_of_video_that_is_not_known_is_bytes(room: Room) -> None:
    ref = await room.settled(VIDEO, LONG)
    await room.rows("UPDATE files SET media_type = 'text/html' WHERE ref = $1", ref)
    answer = await room.get(await room.link(ref, "original"))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="video-1.bin"'


END = len(LONG)


@pytest.mark.parametrize(
    ("asked", "status", "start", "stop"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=0-9", 206, 0, 10),
        ("Bytes=10-19", 206, 10, 20),
        (f"bytes={CHUNK_BYTES - 5}-{CHUNK_BYTES + 4}", 206, CHUNK_BYTES - 5, CHUNK_BYTES + 5),
        (f"bytes=5-{2 * CHUNK_BYTES + 6}", 206, 5, 2 * CHUNK_BYTES + 7),
        (f"bytes={2 * CHUNK_BYTES}-", 206, 2 * CHUNK_BYTES, END),
        ("bytes=-7", 206, END - 7, END),
        (f"bytes=-{END * 2}", 206, 0, END),
        (f"bytes={END - 1}-999999999999", 206, END - 1, END),
        ("bytes=0-", 206, 0, END),
        ("bytes=9-0", 200, 0, END),
        ("bytes=0-1,5-6", 200, 0, END),
        ("seconds=0-1", 200, 0, END),
        ("bytes=-", 200, 0, END),
        ("bytes=a-b", 200, 0, END),
        ("bytes=٣-٤", 200, 0, END),
    ],
)
async def test_a_part_of_a_video_is_exactly_the_bytes_that_were_asked_for(
    room: Room, asked: str, status: int, start: int, stop: int
) -> None:
    ref = await room.settled(VIDEO, LONG)
    answer = await room.door.get(
        (await room.link(ref, "original")).removeprefix(PUBLIC),
        headers=httpx.Headers({"range": asked}, encoding="utf-8"),
    )
    assert (answer.status_code, answer.content == LONG[start:stop]) == (status, True)
    assert answer.headers["content-length"] == str(stop - start)
    said = f"bytes {start}-{stop - 1}/{END}" if status == 206 else None
    assert answer.headers.get("content-range") == said
    assert answer.headers["accept-ranges"] == "bytes"
    assert_harmless(answer)


@pytest.mark.parametrize("asked", [f"bytes={END}-", f"bytes={END}-{END + 5}", "bytes=-0"])
async def test_a_part_behind_the_end_is_refused_with_the_length(room: Room, asked: str) -> None:
    ref = await room.settled(VIDEO, LONG)
    answer = await room.get(await room.link(ref, "original"), range=asked)
    assert (answer.status_code, answer.json()["field"]) == (416, "range")
    assert answer.headers["content-range"] == f"bytes */{END}"


async def test_a_part_of_what_may_have_changed_is_answered_by_the_whole(room: Room) -> None:
    ref = await room.settled(VIDEO, LONG)
    link = await room.link(ref, "original")
    answer = await room.get(link, range="bytes=0-1", if_range='"1"')
    assert (answer.status_code, len(answer.content)) == (200, END)


async def test_a_part_of_a_video_opens_the_chunks_in_which_it_lies_and_no_others(
    room: Room,
) -> None:
    ref = await room.settled(VIDEO, LONG)
    await room.rows("UPDATE spool SET sealed = '\\x00112233445566778899aabbccddeeff00'::bytea"
                    " || substr(sealed, 18) WHERE ref = $1 AND number = 0", ref)  # fmt: skip
    link = await room.link(ref, "original")
    answer = await room.get(link, range=f"bytes={CHUNK_BYTES}-{CHUNK_BYTES + 9}")
    assert (answer.status_code, answer.content) == (206, LONG[CHUNK_BYTES : CHUNK_BYTES + 10])
    spoilt = await room.get(link, range="bytes=0-9")
    assert (spoilt.status_code, spoilt.json()["type"][-11:]) == (503, "unavailable")


async def test_chunks_of_another_length_are_found_all_the_same(room: Room) -> None:
    ref = await room.settled(VIDEO, LONG, chunk_bytes=1000)
    answer = await room.get(await room.link(ref, "original"), range="bytes=995-3004")
    assert (answer.status_code, answer.content) == (206, LONG[995:3005])


# --- the store ------------------------------------------------------------------------------


async def test_a_picture_whose_object_is_lost_is_not_said_to_be_erased(room: Room) -> None:
    ref = await room.settled(pictures())
    link = await room.link(ref, "small")
    for name in room.objects():
        (room.folder / name).unlink()
    answer = await room.get(link)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_an_object_in_the_place_of_another_does_not_open(room: Room) -> None:
    ref = await room.settled(pictures())
    link = await room.link(ref, "small")
    rows = await room.rows("SELECT size, object_name FROM derivatives")
    named = {row["size"]: row["object_name"] for row in rows}
    (room.folder / named["small"]).write_bytes((room.folder / named["large"]).read_bytes())
    assert (await room.get(link)).status_code == 503


async def test_evidence_and_the_reporters_pictures_open_with_keys_of_their_own(room: Room) -> None:
    own = await room.settled(pictures("own"))
    evidence = await room.settled(pictures("done"), origin=MediaOrigin.EVIDENCE)
    keys = await room.rows("SELECT origin, wrapped FROM complaint_keys ORDER BY origin")
    assert [row["origin"] for row in keys] == ["evidence", "reporter"]
    assert keys[0]["wrapped"] != keys[1]["wrapped"]
    for ref, begins in ((own, b"own small"), (evidence, b"done small")):
        answer = await room.get(await room.link(ref, "small"))
        assert answer.content.startswith(begins)


# --- what is never written down -------------------------------------------------------------


async def test_no_part_of_a_link_is_logged_whatever_comes_of_it(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    ref = await room.settled(pictures())
    link = await room.link(ref, "small", viewer="viewer-canary")
    signature = parse_qs(urlsplit(link).query)["signature"][0]
    async with opened(room.service) as base, httpx.AsyncClient(base_url=base) as browser:
        asked = link.removeprefix(PUBLIC)
        lost = room.folder / room.objects()[0]
        assert (await browser.get(asked)).status_code == 200
        assert (await browser.get(asked.replace("viewer-canary", "x"))).status_code == 404
        assert (await browser.get(asked + "&other=1")).status_code == 422
        assert (await browser.get(asked.replace("/small", "/canary"))).status_code == 422
        assert (await browser.post(asked)).status_code == 405
        for name in room.objects():
            (room.folder / name).unlink()
        assert not lost.exists()
        assert (await browser.get(asked)).status_code == 503
        measured = (await browser.get("/metrics")).text
    logged = "".join(capfd.readouterr())
    assert "file_lost" in logged
    for canary in (signature, "viewer-canary", str(ref), "canary"):
        assert canary not in logged
        assert canary not in measured
    assert "/v1/media/{ref}/{size}" in measured


# --- many at once ---------------------------------------------------------------------------


async def test_a_browser_that_takes_nothing_keeps_nobody_else_waiting(room: Room) -> None:
    ref = await room.settled(VIDEO, LONG)
    link = (await room.link(ref, "original")).removeprefix(PUBLIC)
    async with opened(room.service) as base, httpx.AsyncClient(base_url=base) as browser:
        host, port = base.removeprefix("http://").split(":")
        idle = [await asyncio.open_connection(host, int(port)) for _ in range(10)]
        for _, writer in idle:
            writer.write(f"GET {link} HTTP/1.1\r\nHost: media\r\n\r\n".encode())
        answer = await browser.get(link)
        assert (answer.status_code, answer.content == LONG) == (200, True)
        for _, writer in idle:
            writer.close()


async def test_head_tells_the_length_and_sends_nothing(room: Room) -> None:
    ref = await room.settled(pictures("lamp"))
    link = (await room.link(ref, "small")).removeprefix(PUBLIC)
    async with opened(room.service) as base, httpx.AsyncClient(base_url=base) as browser:
        answer = await browser.head(link)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(b"lamp small " * 100))
