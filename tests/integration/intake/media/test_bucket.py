"""The store of objects: a folder, and a bucket of a real S3 server on this machine."""

import asyncio
import json
import os
import socket
import stat
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import active_count

import httpx
import pytest

from deploy import contracts
from deploy.local.credentials import environment
from deploy.local.ports import free_ports
from services.intake.media.objects.bucket import Bucket, sync
from services.intake.media.objects.sweeping import Burial
from shared.errors import Transient
from tests.integration.intake.conftest import NOBODY
from tests.integration.intake.media.conftest import Room, erase, pictures

OPTIONS = {"access_key_id": "key", "secret_access_key": "secret", "region": "us-east-1"}
ROOT = Path(__file__).resolve().parents[4]


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a server of its own process, with one bucket."""
    [port] = free_ports(1)
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        while server.poll() is None:
            try:
                httpx.get(f"{address}/moto-api/", timeout=1)
                break
            except httpx.TransportError:
                continue
        httpx.put(f"{address}/crm-pictures").raise_for_status()
        yield address
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with s3_server() as found:
        yield found


def in_s3(address: str, prefix: str, seconds: float = 20.0) -> Bucket:
    return Bucket(f"s3://crm-pictures/{prefix}", {**OPTIONS, "endpoint": address}, seconds)


@pytest.fixture(params=["folder", "s3", "s3 without a prefix"])
async def bucket(
    request: pytest.FixtureRequest, address: str, tmp_path: Path
) -> AsyncIterator[Bucket]:
    match request.param:
        case "folder":
            made = Bucket((tmp_path / "a" / "pictures").as_uri(), {}, 20.0)
        case "s3":
            made = in_s3(address, f"crm/{tmp_path.name}")
        case _:
            made = in_s3(address, "")
    yield made
    await made.delete([name for name, _ in await made.names("", 1000)])


async def test_what_was_put_is_had_again_until_it_is_deleted(bucket: Bucket) -> None:
    data = os.urandom(6 * 1024 * 1024)
    await bucket.put({"aa": data})
    await bucket.put({"bb": b""})
    assert await bucket.get("aa") == data
    assert await bucket.get("bb") == b""
    assert [await bucket.holds("aa"), await bucket.holds("cc")] == [True, False]
    await bucket.delete(["aa", "cc"])
    assert await bucket.get("aa") is None
    assert await bucket.get("bb") == b""
    await bucket.delete(["aa", "cc"])
    await bucket.delete([])


async def test_an_object_that_is_put_again_is_the_later_one(bucket: Bucket) -> None:
    await bucket.put({"aa": b"one"})
    await bucket.put({"aa": b"two"})
    assert await bucket.get("aa") == b"two"


async def test_names_come_in_pages_in_the_order_of_their_bytes(bucket: Bucket) -> None:
    names = sorted(os.urandom(16).hex() for _ in range(25))
    before = datetime.now(UTC) - timedelta(minutes=1)
    for name in reversed(names):
        await bucket.put({name: b"x"})
    found: list[str] = []
    while page := await bucket.names(found[-1] if found else "", 10):
        assert all(before < at < datetime.now(UTC) + timedelta(minutes=1) for _, at in page)
        found += [name for name, _ in page]
    assert found == names
    assert [name for name, _ in await bucket.names(names[9], 3)] == names[10:13]


async def test_a_store_that_is_empty_has_no_names(bucket: Bucket) -> None:
    assert await bucket.names("", 10) == []


async def test_a_server_that_is_away_is_transient_and_leaves_no_thread_behind() -> None:
    [port] = free_ports(1)
    bucket = in_s3(f"http://127.0.0.1:{port}", "x", seconds=1.0)
    threads = active_count()
    for call in (
        bucket.put({"aa": b"x"}), bucket.get("aa"), bucket.delete(["aa"]), bucket.names("", 1),
        bucket.holds("aa"),
    ):  # fmt: skip
        with pytest.raises(Transient) as told:
            await call
        assert str(port) not in str(told.value)
    assert active_count() <= threads + 6, "threads of the pool, not one for each call"


async def test_a_server_that_is_silent_is_transient() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bucket = in_s3(f"http://127.0.0.1:{silent.getsockname()[1]}", "x", seconds=1.0)
        with pytest.raises(Transient):
            await bucket.get("aa")


async def test_a_server_that_refuses_our_key_is_transient_and_not_an_empty_store(
    address: str,
) -> None:
    bucket = Bucket("s3://no-such-bucket/x", {**OPTIONS, "endpoint": address}, 5.0)
    with pytest.raises(Transient):
        await bucket.put({"aa": b"x"})
    with pytest.raises(Transient):
        await bucket.names("", 10)


# --- the folder -----------------------------------------------------------------------------


async def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    bucket = Bucket((tmp_path / "pictures").as_uri(), {}, 20.0)
    await bucket.put({"aa": b"x"})
    assert stat.S_IMODE((tmp_path / "pictures").stat().st_mode) == 0o700


async def test_objects_and_their_names_are_on_the_disk_before_their_put_is_over(
    tmp_path: Path,
) -> None:
    """Without it a loss of power leaves a row without its object, or an erased picture."""
    synced: list[tuple[Path, int]] = []
    folder = tmp_path / "pictures"

    def note(path: Path) -> None:
        sync(path)
        synced.append((path, len(list(folder.iterdir()))))

    bucket = Bucket(folder.as_uri(), {}, 20.0, note)
    await bucket.put({"aa": b"x", "bb": b"y"})
    assert synced == [(folder / "aa", 2), (folder / "bb", 2), (folder, 2)]
    await bucket.delete(["aa"])
    assert synced[3:] == [(folder, 1)]


async def test_what_a_killed_write_has_left_is_listed_and_can_be_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    bucket = Bucket(folder.as_uri(), {}, 20.0)
    await bucket.put({"aa": b"x"})
    (folder / "bb#1").write_bytes(b"torn")
    assert [name for name, _ in await bucket.names("", 10)] == ["aa", "bb#1"]
    await bucket.delete(["bb#1"])
    assert [name for name, _ in await bucket.names("", 10)] == ["aa"]


async def test_a_folder_that_cannot_be_written_is_transient(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("no folder")
    bucket = Bucket((tmp_path / "pictures").as_uri(), {}, 20.0)
    for call in (bucket.put({"aa": b"x"}), bucket.names("", 10), bucket.delete(["aa"])):
        with pytest.raises(Transient):
            await call


# --- the whole way through a bucket -----------------------------------------------------------


async def test_a_picture_goes_through_a_bucket_and_leaves_it_by_an_erasure(
    room: Room, address: str
) -> None:
    bucket = in_s3(address, "crm/way")
    await room.lay(b"one")
    assert await room.settling(pictures("canary-picture"), bucket).step() == 1
    names = [name for name, _ in await bucket.names("", 10)]
    assert len(names) == 3
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in names)
    for name in names:
        assert b"canary" not in (await bucket.get(name) or b"")
    await erase(room, 1)
    assert await Burial(room.works, bucket).step() == 3
    assert await bucket.names("", 10) == []
    assert await room.count("doomed") == 0


async def test_while_the_bucket_is_away_the_doomed_wait_and_nothing_is_forgotten(
    room: Room,
) -> None:
    with s3_server() as address:
        bucket = in_s3(address, "crm", seconds=1.0)
        await room.lay(b"one")
        await room.settling(pictures(), bucket).step()
    await erase(room, 1)
    with pytest.raises(Transient):
        await Burial(room.works, bucket).step()
    assert await room.count("doomed") == 3


USES_THE_STORE = """
    import asyncio, sys
    from services.intake.media.objects.bucket import Bucket

    async def main() -> None:
        bucket = Bucket(sys.argv[1], dict(zip(sys.argv[2::2], sys.argv[3::2])), 20.0)
        names = [f"{number:032x}" for number in range(20)]
        await asyncio.gather(*(bucket.put({name: name.encode()}) for name in names))
        assert await asyncio.gather(*map(bucket.get, names)) == [n.encode() for n in names]
        asyncio.create_task(bucket.names("", 5))
        await asyncio.sleep(0)
        await bucket.delete(names)

    asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["folder", "s3"])
async def test_a_process_that_used_the_store_ends_with_0_each_time(
    kind: str, address: str, tmp_path: Path
) -> None:
    """The library's async face aborts the interpreter in two of five runs."""
    url = "s3://crm-pictures/ends" if kind == "s3" else (tmp_path / "ends").as_uri()
    told = {**OPTIONS, "endpoint": address} if kind == "s3" else {}
    options = [word for pair in told.items() for word in pair]
    for _ in range(5):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", textwrap.dedent(USES_THE_STORE), url, *options, cwd=ROOT,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, said = await process.communicate()
        assert (process.returncode, said) == (0, b"")


@pytest.mark.parametrize("kind", ["folder", "s3"])
async def test_the_process_that_has_emptied_its_store_ends_with_0_when_it_is_told_to(
    room: Room, kind: str, address: str, tmp_path: Path
) -> None:
    url = "s3://crm-pictures/process" if kind == "s3" else (tmp_path / "process").as_uri()
    told = {**OPTIONS, "endpoint": address} if kind == "s3" else {}
    bucket = Bucket(url, told, 20.0)
    await room.lay(b"one")
    await room.settling(pictures(), bucket).step()
    await erase(room, 1)
    surroundings = environment("media", room.credentials, contracts.nowhere()) | {
        "CRM_DATABASE_URL": room.url,
        "CRM_KAFKA_BOOTSTRAP_SERVERS": NOBODY,
        "CRM_HTTP_PORT": "0",
        "CRM_STORE_URL": url,
        "CRM_STORE_OPTIONS": json.dumps(told),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.intake.media", cwd=ROOT, env=surroundings,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        while await room.count("doomed") and process.returncode is None:
            await asyncio.sleep(0.1)
        process.terminate()
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, said.decode()
    assert await bucket.names("", 10) == []
    assert said.count(b"scanner_off") == 1
