"""``python -m tests.scale.alike [--pictures 1000000] [--times 300] [--json FILE]``

How long it takes to find out whether a picture was seen before, among so many that were. Ends with
1 where the look-up is over its limit. The index needs 5 GB of disk for a million pictures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from uuid import UUID

import asyncpg
import numpy as np
import uvloop
from numpy.typing import NDArray
from rich.console import Console

from deploy.local.postgres import Postgres
from deploy.rehearsal.bench.verdicts import WITHIN, Limits
from services.intake.media.clearing.fingerprint import fingerprint
from services.intake.media.clearing.outcome import Fingerprint
from services.intake.media.proof.store import nearest
from shared.visibility import SYSTEM
from tests.databases import Databases
from tests.streets import street

PICTURES = 1_000_000
MILLISECONDS = 20.0
AT_ONCE = 20_000
WINDOWS, BANDS, BITS = 12, 3, 64
STREETS = 40
SKEWED = (0.4, 0.6)
"""How often a bit is set. In pictures of one city some bits are set more often than others, so that
keys are shared by more pictures than chance would have it."""
FLIPPED = 0.12
"""So much of the bits differs between the whole picture and one of its windows."""

ROW = np.dtype([
    ("fields", ">i2"), ("key_size", ">i4"), ("key", ">i4"), ("hash_size", ">i4"), ("hash", ">u8"),
    ("ref_size", ">i4"), ("ref", "V16"),
])  # fmt: skip
"""A row of COPY in its binary format: key, hash, ref."""
COPY_HEAD, COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


def hashes(random: np.random.Generator, pictures: int) -> NDArray[np.uint64]:
    """Of so many pictures, twelve windows each."""
    chance = random.uniform(*SKEWED, size=BITS)
    whole = random.random((pictures, 1, BITS)) < chance
    windows = whole ^ (random.random((pictures, WINDOWS, BITS)) < FLIPPED)
    weights = np.uint64(1) << np.arange(BITS, dtype=np.uint64)
    found: NDArray[np.uint64] = (windows * weights).sum(axis=2, dtype=np.uint64)
    return found


def keys(of: NDArray[np.uint64]) -> NDArray[np.int32]:
    """As `clearing.fingerprint.keys_stored` makes them, of many at once."""
    bands = []
    for band in range(BANDS):
        places = range(band, BITS, BANDS)
        bits = sum(
            (of >> np.uint64(bit) & np.uint64(1)) << np.uint64(at) for at, bit in enumerate(places)
        )
        bands.append((np.asarray(bits) | np.uint64(band << 22)).astype(np.int32))
    return np.stack(bands, axis=-1)


def rows(random: np.random.Generator, first: int, pictures: int) -> bytes:
    """Of the pictures ``first`` and following, for COPY."""
    made = hashes(random, pictures)
    of_keys = keys(made)
    table = np.zeros(of_keys.shape, ROW)
    table["fields"], table["key_size"], table["hash_size"], table["ref_size"] = 3, 4, 8, 16
    table["key"], table["hash"] = of_keys, made[:, :, None]
    refs = b"".join(UUID(int=first + each).bytes for each in range(pictures))
    table["ref"] = np.frombuffer(refs, "V16")[:, None, None]
    return table.tobytes()


async def fill(url: str, pictures: int, console: Console) -> None:
    """The index, as so many pictures of evidence would have left it."""
    unhurried = {"search_path": "media", "statement_timeout": "0"}
    connection = await asyncpg.connect(url, server_settings=unhurried)
    [[definition]] = await connection.fetch(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_fingerprint_keys_key'"
    )
    await connection.execute("DROP INDEX ix_fingerprint_keys_key")

    async def parts() -> AsyncIterator[bytes]:
        random = np.random.default_rng(1)
        yield COPY_HEAD
        for first in range(0, pictures, AT_ONCE):
            console.print(f"[dim]{first} of {pictures} pictures[/]")
            yield rows(random, first, min(AT_ONCE, pictures - first))
        yield COPY_END

    await connection.copy_to_table("fingerprint_keys", source=parts(), format="binary")
    await connection.execute(
        "INSERT INTO fingerprints (ref, complaint_id, origin, digest, hashes, grey)"
        " SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, 'evidence', NULL,"
        " ARRAY[0]::bigint[], '\\x00' FROM generate_series(0, $1::bigint - 1) AS n",
        pictures,
    )
    console.print("[dim]the index is built[/]")
    await connection.execute(definition)
    await connection.execute("VACUUM ANALYZE fingerprint_keys")
    await connection.execute("VACUUM ANALYZE fingerprints")
    await connection.close()


def asked() -> Iterator[Fingerprint]:
    for seed in range(STREETS):
        made = fingerprint(street(seed))
        assert made is not None
        yield made


@contextmanager
def a_home() -> Iterator[Path]:
    """On the disk, which a server without privileges can reach."""
    with tempfile.TemporaryDirectory(prefix="crm-alike-") as made:
        home = Path(made)
        home.chmod(0o755)
        yield home


async def measure(home: Path, pictures: int, times: int) -> dict[str, float]:
    """Milliseconds of a look-up, with its keys made and its candidates read."""
    console, streets = Console(stderr=True), list(asked())
    databases = Databases(Postgres(home, settings={"max_wal_size": "4GB"}))
    await databases.start()
    try:
        url = (await databases.urls("media"))["media"]
        await fill(url, pictures, console)
        works = await databases.service("media", url=url)
        took, met = [], 0
        for turn in range(times + STREETS):
            async with works.read(SYSTEM) as connection:
                began = perf_counter()
                found = await nearest(connection, streets[turn % STREETS], UUID(int=1 << 100))
                took.append((perf_counter() - began) * 1000)
            met += len(found)
    finally:
        await databases.stop()
    warm = took[STREETS:]
    return {
        "pictures": pictures, "p50": round(median(warm), 1),
        "p95": round(quantiles(warm, n=20)[-1], 1), "near": round(met / len(took), 2),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scale.alike")
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--json", type=Path, default=None)
    given = parser.parse_args()
    with a_home() as home, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(measure(home, given.pictures, given.times))
    if given.json is not None:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    verdict = Limits({"p95": MILLISECONDS}, {"pictures": given.pictures}).verdict(found)
    Console().print(f"{' '.join(f'{name}={value:g}' for name, value in found.items())} {verdict}")
    return 0 if verdict == WITHIN else 1


if __name__ == "__main__":
    sys.exit(main())
