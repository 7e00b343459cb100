"""Keys that are changed while all goes on: rings, service tokens, files that are read again."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from prometheus_client import generate_latest

from shared.auth import ServiceTokens
from shared.errors import Unauthenticated
from shared.key_ring import NamedKey, has_development_key, read_ring, written
from shared.key_watch import KeyBook, KeyWatch
from shared.settings import SECRETS_DIR, ProcessSettings
from shared.telemetry import Metrics

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def plain(text: str) -> bytes:
    return text.encode()


def test_a_ring_is_read_as_it_is_written_and_the_first_key_is_the_one_that_writes() -> None:
    keys = read_ring("20261127-a1:AAA+/=\n dev-20261126-b2:BBB=", plain)
    assert keys == (NamedKey("20261127-a1", "AAA+/="), NamedKey("dev-20261126-b2", "BBB="))
    assert read_ring(written(keys), plain) == keys
    assert read_ring("", plain) == ()


def test_a_key_of_before_has_an_id_that_stays_when_it_is_written_into_a_ring() -> None:
    [bare] = read_ring("AAA=", plain)
    assert bare.id.startswith("unnamed-")
    assert read_ring(str(bare), plain) == (bare,)


@pytest.mark.parametrize("wrong", ["a:K1 a:K2", "Ä:K1", ":K1", "ID:K1", "-a:K1"])
def test_what_is_no_ring_is_refused_without_its_keys(wrong: str) -> None:
    with pytest.raises(ValueError, match="key") as refused:
        read_ring(wrong, plain)
    assert "K1" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dev-20261127-a1:AAA=", True),
        ("20261127-a1:AAA= dev-20261127-a1:AAA=", True),
        ('{"intake": "dev-20261127-a1:AAA="}', True),
        ("20261127-dev-a1:AAA=", False),
        ("https://dev-1.example:8000", False),
        ("postgresql://crm:dev-a@dev-db:5432/crm", False),
    ],
)
def test_a_key_for_trying_out_is_known_by_its_id(text: str, found: bool) -> None:
    assert has_development_key(text) is found


def pair(name: str) -> tuple[str, str]:
    key = Ed25519PrivateKey.generate()
    private, public = key.private_bytes_raw(), key.public_key().public_bytes_raw()
    return tuple(f"{name}:{base64.b64encode(raw).decode()}" for raw in (private, public))  # type: ignore[return-value]


OLD, NEW = pair("old"), pair("new")


def bare(named: str) -> str:
    return named.partition(":")[2]


def routing(private: str) -> ServiceTokens:
    return ServiceTokens("routing", private, {}, clock)


def intake(public: str, uses: list[tuple[str, str]] | None = None) -> ServiceTokens:
    used = [] if uses is None else uses
    return ServiceTokens(
        "intake", "", {"routing": public}, clock, lambda kind, name: used.append((kind, name))
    )


def test_in_each_step_of_a_rotation_a_service_is_believed_before_and_after() -> None:
    signing, verifying = routing(bare(OLD[0])), intake(bare(OLD[1]))
    steps: list[tuple[str, str]] = [
        (bare(OLD[0]), f"{OLD[1]} {NEW[1]}"),
        (f"{OLD[0]} {NEW[0]}", f"{OLD[1]} {NEW[1]}"),
        (f"{OLD[0]} {NEW[0]}", f"{NEW[1]} {OLD[1]}"),
        (f"{NEW[0]} {OLD[0]}", f"{NEW[1]} {OLD[1]}"),
    ]
    for private, public in steps:
        under_way = signing.sign("intake")
        verifying.replace("", {"routing": public})
        assert verifying.verify(under_way) == "routing"
        signing.replace(private, {})
        assert verifying.verify(signing.sign("intake")) == "routing"


def test_a_key_that_was_taken_away_is_refused_and_the_new_one_counts() -> None:
    uses: list[tuple[str, str]] = []
    late, fresh = routing(OLD[0]).sign("intake"), routing(NEW[0]).sign("intake")
    verifying = intake(f"{NEW[1]} {OLD[1]}", uses)
    assert [verifying.verify(late), verifying.verify(fresh)] == ["routing", "routing"]
    assert uses == [("service-routing", "old"), ("service-routing", "new")]
    assert verifying.replace("", {"routing": NEW[1]}) == {"service-routing": ("new",)}
    with pytest.raises(Unauthenticated):
        verifying.verify(late)
    assert verifying.verify(fresh) == "routing"


def test_a_key_under_the_id_of_another_lets_nobody_in() -> None:
    stranger = routing(f"old:{bare(NEW[0])}").sign("intake")
    with pytest.raises(Unauthenticated):
        intake(OLD[1]).verify(stranger)


class OfIntake(ProcessSettings):
    service: ClassVar[str] = "intake"


def lay(folder: Path, public: Mapping[str, str] | str) -> None:
    part = folder / ".part"
    part.write_text(public if isinstance(public, str) else json.dumps(public))
    part.replace(folder / "CRM_SERVICE_PUBLIC_KEYS")


@contextmanager
def away(folder: Path) -> Iterator[None]:
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    yield
    elsewhere.rename(folder)


async def test_a_process_takes_new_files_of_keys_and_outlives_one_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRETS_DIR, str(tmp_path))
    lay(tmp_path, {"routing": OLD[1]})
    metrics, verifying = Metrics(), intake("")
    book: KeyBook[OfIntake] = KeyBook(metrics, clock)
    book.hold(lambda s: verifying.replace("", s.service_public_keys), OfIntake())
    watch = KeyWatch(tmp_path, OfIntake, book)
    token = routing(NEW[0]).sign("intake")

    lay(tmp_path, "{")
    await watch.step()
    assert verifying.verify(routing(OLD[0]).sign("intake")) == "routing"

    with away(tmp_path):
        await watch.step()
    assert verifying.verify(routing(OLD[0]).sign("intake")) == "routing"

    lay(tmp_path, {"routing": f"{NEW[1]} {OLD[1]}"})
    await watch.step()
    assert verifying.verify(token) == "routing"
    told = generate_latest(metrics.registry).decode()
    assert 'crm_key_current{key_id="new",kind="service-routing"} 1.0' in told
    assert 'crm_key_current{key_id="old",kind="service-routing"} 0.0' in told
    assert 'crm_key_used_total{key_id="old",kind="service-routing"} 0.0' in told
    book.used("service-routing", "old")
    told = generate_latest(metrics.registry).decode()
    assert 'crm_key_used_total{key_id="old",kind="service-routing"} 1.0' in told
    last = 'crm_key_last_used_seconds{key_id="old",kind="service-routing"}'
    [line] = [line for line in told.splitlines() if line.startswith(last)]
    assert float(line.split()[-1]) == NOW.timestamp()
