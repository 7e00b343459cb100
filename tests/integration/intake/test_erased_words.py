"""After an erasure nothing is stored by which the words could be tried out."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from uuid import UUID

import pytest

from services.intake.vault.handler import ErasureHandler
from shared.events.event import Envelope
from shared.events.intake import ReporterErased
from shared.ids import new_id
from shared.visibility import SYSTEM
from tests.integration.intake.conftest import House

WORDS = "Pompa air RW 05 dicuri tetangga saya."
ALGORITHMS = (
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "blake2b",
    "blake2s",
    "sha3_256",
)
EVERYTHING = (
    "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables"
    " WHERE table_schema IN ('intake', 'vault') AND table_type = 'BASE TABLE'"
)


def unkeyed(*planted: bytes) -> Iterator[bytes]:
    """Each digest of what was planted that needs no key, as it may stand in a row or a text."""
    for plain in planted:
        for algorithm in ALGORITHMS:
            digest = hashlib.new(algorithm, plain).digest()
            yield from (digest[:16], digest[:16].hex().encode(), b64encode(digest)[:20])


async def stored(house: House) -> bytes:
    """All rows of both schemas as text; bytes are shown in hexadecimal digits."""
    rows: list[str] = []
    for service in ("intake", "vault"):
        for table in await house.rows(service, EVERYTHING):
            if table["name"].startswith(f"{service}."):
                found = await house.rows(service, f"SELECT t::text AS row FROM {table['name']} t")
                rows += [row["row"] for row in found]
    return "\n".join(rows).encode()


async def erase(house: House) -> None:
    [received] = await house.events()
    answer = await house.erase(received["complaint_id"])
    assert answer.status_code == 200
    works = house.vault_works()
    erased = ReporterErased(
        complaint_id=UUID(received["complaint_id"]),
        at=datetime.now(UTC),
        reporter_ref=UUID(received["reporter_ref"]),
    )
    async with works.open(SYSTEM) as work:
        await ErasureHandler().apply(work, [Envelope(new_id(), "intake", erased)], None)
    await works.engine.dispose()


@pytest.mark.parametrize("channel", ["jaki", "balai_warga", "sms", "facebook", "twitter"])
async def test_nothing_unkeyed_is_left_of_the_words(house: House, channel: str) -> None:
    request = house.request(channel, "kunci-1", WORDS)
    for _ in range(2):
        await house.send(request, key="kunci-1")
    await erase(house)
    planted = [WORDS, WORDS.lower(), "kunci-1", "+628110000001", "pelapor.contoh@example.org"]
    if request.body:
        planted += [value for value in _texts(json.loads(request.body)) if len(value) > 5]
    left = await stored(house)
    found = [each for each in unkeyed(request.body, *(p.encode() for p in planted)) if each in left]
    assert found == []
    assert not [each for each in planted[:2] if each.encode() in left]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(_texts, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_texts, value))
