"""Documents and videos before a real ClamAV: unlocked when it finds nothing, gone when it does."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.intake.media.app import build
from services.intake.media.scanning.clamd import LARGEST, Clamd, Verdict
from services.intake.media.scanning.scanning import ScannerOff, Scanning
from shared.errors import Transient
from shared.telemetry import Metrics
from tests.gateways.clamd import MARK, Limits, clamd
from tests.integration.intake.media.conftest import (
    DOCUMENT,
    VIDEO,
    Room,
    erase,
    pictures,
)

NOBODY = "/nonexistent/clamd.ctl"


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    async with clamd() as found:
        yield found


def scanning(room: Room, address: str, metrics: Metrics | None = None) -> Scanning:
    return Scanning(room.works, Clamd(address, 20.0), room.opener, metrics or Metrics())


async def blocks(*data: bytes) -> AsyncIterator[bytes]:
    for each in data:
        yield each


def zipped(data: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", data)
    return sink.getvalue()


def a_pdf(data: bytes) -> bytes:
    """With ``data`` in a stream of its own."""
    return b"%%PDF-1.4\n1 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n%%%%EOF\n" % (
        len(data), data,
    )  # fmt: skip


def away(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("crm_scanner_away")


async def last_event(room: Room) -> dict[str, object]:
    [row] = await room.rows("SELECT type, body FROM outbox ORDER BY seq DESC LIMIT 1")
    return {"type": row["type"].split(".")[-2], **json.loads(row["body"])}


# --- the client ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        ((b"harmless",), Verdict.CLEAN),
        ((b"",), Verdict.CLEAN),
        ((b"x" + MARK,), Verdict.INFECTED),
        ((MARK[:9], MARK[9:]), Verdict.INFECTED),
        ((b"x" * 3_000_000, MARK), Verdict.INFECTED),
        ((zipped(MARK),), Verdict.INFECTED),
        ((a_pdf(MARK),), Verdict.INFECTED),
        ((a_pdf(b"harmless"),), Verdict.CLEAN),
        (tuple([bytes(1024 * 1024)] * 25), Verdict.CLEAN),
        (tuple([bytes(1024 * 1024)] * 26), Verdict.UNSCANNED),
    ],
)
async def test_what_stands_in_a_file_is_found_and_what_is_too_large_is_not_called_clean(
    address: str, data: tuple[bytes, ...], verdict: Verdict
) -> None:
    assert await Clamd(address, 20.0).scan(blocks(*data)) is verdict


async def test_a_scanner_at_a_port_answers_as_one_at_a_socket() -> None:
    async with clamd(by_port=True) as address:
        found = Clamd(address, 20.0)
        assert await found.trouble() is None
        assert await found.scan(blocks(MARK)) is Verdict.INFECTED
        assert await found.scan(blocks(b"harmless")) is Verdict.CLEAN


@pytest.mark.parametrize("address", [NOBODY, "127.0.0.1:1", "no-such-host.invalid:3310"])
async def test_a_scanner_that_is_not_there_gives_no_verdict(address: str) -> None:
    with pytest.raises(Transient) as told:
        await Clamd(address, 5.0).scan(blocks(b"x"))
    assert address not in str(told.value)


@pytest.mark.parametrize(
    "said", [b"", b"stream: OK", b"UNKNOWN COMMAND\0", b"stream: OK maybe\0", b"stream: x ERROR\0"]
)
async def test_what_is_no_verdict_is_not_taken_for_one(said: bytes) -> None:
    """Only "stream: OK" is clean; the second ends without its zero and may be cut off."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(bytes(4))
        writer.write(said)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Transient):
            await Clamd(f"127.0.0.1:{port}", 5.0).scan(blocks(b"x"))


async def test_a_scanner_that_says_nothing_is_away() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Transient):
            await Clamd(f"127.0.0.1:{port}", 0.3).scan(blocks(b"x"))


# --- a scanner that is set wrong ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        (Limits(), None),
        (Limits(stream="100M", file="100M"), None),
        (Limits(alert="no"), "AlertExceedsMax"),
        (Limits(alert="no", file="1M"), "AlertExceedsMax"),
        (Limits(file="24M"), "MaxFileSize"),
        (Limits(stream="24M"), "StreamMaxLength"),
    ],
)
async def test_a_setting_that_would_let_a_file_pass_unscanned_is_named(
    limits: Limits, named: str | None
) -> None:
    async with clamd(limits) as address:
        trouble = await Clamd(address, 20.0).trouble()
    assert trouble is None if named is None else named in (trouble or "")


async def test_a_scanner_that_calls_clean_what_it_does_not_scan_unlocks_nothing(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    """With these very settings clamd answers OK for a mark behind its limit (seen below)."""
    large = MARK + bytes(2 * 1024 * 1024)
    await room.settled(VIDEO, large)
    metrics = Metrics()
    async with clamd(Limits(alert="no", file="1M")) as address:
        assert await Clamd(address, 20.0).scan(blocks(large)) is Verdict.CLEAN
        with pytest.raises(Transient):
            await scanning(room, address, metrics).step()
    assert await locked(room) == [True]
    assert away(metrics) == 1
    assert "scanner_set_wrong" in "".join(capfd.readouterr())
    async with clamd() as address:
        assert await scanning(room, address, metrics).step() == 1
    assert (await last_event(room))["type"] == "MediaRefused"
    assert away(metrics) == 0


# --- files -----------------------------------------------------------------------------------


async def locked(room: Room) -> list[bool]:
    rows = await room.rows(
        "SELECT state = 'kept' AND scanned_at IS NULL AS locked FROM files ORDER BY number"
    )
    return [row["locked"] for row in rows]


async def test_a_clean_document_is_unlocked_said_once_and_linked_for_all(
    room: Room, address: str
) -> None:
    data = a_pdf(b"harmless") * 5000
    ref = await room.settled(DOCUMENT, data, chunk_bytes=100_000)
    assert [each["status"] for each in await room.claim(ref)] == ["kept"]
    scanner = scanning(room, address)
    assert [await scanner.step(), await scanner.step()] == [1, 0]
    said = await last_event(room)
    assert (said["type"], said["kind"], said["locked"]) == ("MediaCleared", "document", False)
    assert await room.said() == ["MediaCleared", "MediaCleared"]
    [media] = await room.claim(ref, caller="tracking")
    assert (media["status"], list(media["links"])) == ("ok", ["original"])
    assert (await room.get(media["links"]["original"])).content == data


async def test_an_infected_file_is_refused_and_its_bytes_are_gone(room: Room, address: str) -> None:
    ref = await room.settled(VIDEO, b"x" * 250_000 + MARK, chunk_bytes=100_000)
    link = await room.link(ref, "original")
    scanner = scanning(room, address)
    assert [await scanner.step(), await scanner.step()] == [1, 0]
    said = await last_event(room)
    assert (said["type"], said["reason"], said["ref"]) == ("MediaRefused", "infected", str(ref))
    assert await room.count("spool") == 0
    [media] = await room.claim(ref)
    assert (media["status"], media["reason"], media["links"]) == ("refused", "infected", {})
    assert (await room.get(link)).status_code == 404


async def test_only_documents_and_videos_are_scanned(room: Room, address: str) -> None:
    await room.settled(pictures())
    await room.lay(MARK, number=2)
    assert await scanning(room, address).step() == 0


async def test_while_the_scanner_is_away_files_stay_locked_and_are_scanned_when_it_is_back(
    room: Room, address: str
) -> None:
    await room.settled(DOCUMENT, number=1)
    await room.settled(VIDEO, MARK, number=2)
    metrics = Metrics()
    for _ in range(2):
        with pytest.raises(Transient):
            await scanning(room, NOBODY, metrics).step()
        assert (await locked(room), away(metrics)) == ([True, True], 1)
    scanner = scanning(room, address, metrics)
    assert [await scanner.step(), await scanner.step(), await scanner.step()] == [1, 1, 0]
    assert (await locked(room), away(metrics)) == ([False, False], 0)
    states = await room.rows("SELECT state FROM files ORDER BY number")
    assert [row["state"] for row in states] == ["kept", "refused"]


async def test_a_scanner_that_goes_away_in_the_middle_is_tried_anew_before_it_is_believed(
    room: Room,
) -> None:
    await room.settled(DOCUMENT)
    metrics = Metrics()
    async with clamd() as address:
        scanner = scanning(room, address, metrics)
        assert await scanner.step() == 1
    await room.settled(DOCUMENT, number=2)
    with pytest.raises(Transient):
        await scanner.step()
    assert (await locked(room), away(metrics)) == ([False, True], 1)
    [row] = await room.rows("SELECT due_at - now() AS pause FROM files WHERE number = 2")
    assert timedelta(0) < row["pause"] < timedelta(minutes=1)


async def test_a_file_beyond_the_scanners_limits_stays_locked_and_is_not_called_infected(
    room: Room, address: str
) -> None:
    await room.settled(VIDEO, bytes(LARGEST + 1))
    assert await scanning(room, address).step() == 1
    assert (await locked(room), await room.said()) == ([True], ["MediaCleared"])
    [row] = await room.rows("SELECT due_at - now() AS pause FROM files")
    assert row["pause"] > timedelta(hours=5)


async def test_a_file_that_does_not_open_stays_locked(
    room: Room, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ref = await room.settled(VIDEO, b"x" * 3000, chunk_bytes=1000)
    await room.rows("UPDATE spool SET sealed = sealed || 'x' WHERE ref = $1 AND number = 1", ref)
    assert await scanning(room, address).step() == 1
    assert (await locked(room), await room.said()) == ([True], ["MediaCleared"])
    assert "file_unreadable" in "".join(capfd.readouterr())


async def test_an_erasure_while_it_is_scanned_leaves_nothing_and_says_removed_alone(
    room: Room, address: str
) -> None:
    class ErasesFirst(Clamd):
        async def trouble(self) -> None:
            """The scanner of this file is set right."""

        async def scan(self, blocks: AsyncIterator[bytes]) -> Verdict:
            verdict = await super().scan(blocks)
            await erase(room, 1)
            return verdict

    for data in (b"harmless", MARK):
        await room.empty()
        await room.settled(DOCUMENT, data)
        scanner = Scanning(room.works, ErasesFirst(address, 20.0), room.opener, Metrics())
        assert await scanner.step() == 1
        assert (await room.count("files"), await room.count("spool")) == (0, 0)
        assert await room.said() == ["MediaCleared", "MediaRemoved"]


async def test_two_replicas_scan_a_file_once(room: Room, address: str) -> None:
    await room.settled(DOCUMENT)
    replicas = [scanning(room, address), scanning(room, address)]
    assert sorted(await asyncio.gather(*(each.step() for each in replicas))) == [0, 1]
    assert await room.said() == ["MediaCleared", "MediaCleared"]


# --- off ---------------------------------------------------------------------------------------


async def test_without_a_scanner_it_is_said_once_at_the_start_and_all_stay_locked(
    room: Room, capfd: pytest.CaptureFixture[str]
) -> None:
    await room.settled(DOCUMENT)
    scanner = ScannerOff()
    assert [await scanner.step(), await scanner.step()] == [0, 0]
    assert "".join(capfd.readouterr()).count("scanner_off") == 1
    assert await locked(room) == [True]


@pytest.mark.parametrize("address", ["", NOBODY, "clamav:3310"])
async def test_the_scanner_is_a_side_task_whether_it_is_named_or_not(
    room: Room, address: str
) -> None:
    service = build(room.settings.model_copy(update={"clamd": address}))
    assert "scanner" in [periodic.name for periodic in service.periodics]
    for closer in reversed(service.closers):
        await closer()
