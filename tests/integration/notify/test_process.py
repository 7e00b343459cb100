"""The real process: it sends while the broker is away, survives a kill, stops when told to."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from shared.auth import ServiceTokens
from shared.clock import system_clock
from tests.builders import a_complaint, in_envelope
from tests.integration.notify.bench import Bench, key_pair
from tests.integration.notify.servers import served


def with_secrets(value: Any) -> Any:
    """Settings as the plain JSON their environment variable holds."""
    if isinstance(value, BaseModel):
        return {name: with_secrets(getattr(value, name)) for name in type(value).model_fields}
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def environment(bench: Bench, vault_url: str, private: str, **changes: str) -> dict[str, str]:
    url = bench.works.engine.url.set(drivername="postgresql")
    return {
        "PATH": os.environ["PATH"],
        "CRM_DATABASE_URL": url.render_as_string(hide_password=False),
        "CRM_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "CRM_VAULT_URL": vault_url,
        "CRM_ROUTING_URL": "http://127.0.0.1:9",
        "CRM_INTAKE_URL": "http://127.0.0.1:9",
        "CRM_GATEWAYS": json.dumps(with_secrets(bench.outside.gateways)),
        "CRM_SERVICE_KEY": private,
        "CRM_NOTIFY_LEASE_SECONDS": "2",
        "CRM_NOTIFY_HOLD_SECONDS": "2",
        **changes,
    }


@asynccontextmanager
async def process(env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.notify", env=env, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def until_kept(bench: Bench, times: int) -> None:
    """Until the message has come so many times."""
    async with asyncio.timeout(60):
        while sum(1 + kept.repeats for kept in bench.outside.kept("sms")) < times:
            await asyncio.sleep(0.05)


@pytest.fixture
async def home(bench: Bench) -> AsyncIterator[dict[str, str]]:
    """The environment of a notify process that the vault knows."""
    private, public = key_pair()
    bench.vault.tokens = ServiceTokens("vault", "", {"notify": public}, system_clock)
    async with served(bench.vault.app()) as url:
        yield environment(bench, url, private)


async def test_killed_between_call_and_record_it_sends_again_under_the_same_key(
    bench: Bench, home: dict[str, str]
) -> None:
    await bench.hear(in_envelope(a_complaint("sms"), 1))
    async with process({**home, "CRM_FAULT": "sender.after_call"}) as child:
        assert await asyncio.wait_for(child.wait(), 60) == -signal.SIGKILL
    assert await bench.recorded() == []
    async with process(home) as child:
        await until_kept(bench, times=2)
        async with asyncio.timeout(10):
            while not await bench.recorded():
                await asyncio.sleep(0.05)
        started = time.monotonic()
        child.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(child.wait(), 15) is not None
        assert time.monotonic() - started < 10
    (kept,) = bench.outside.kept("sms")
    assert kept.repeats == 1
    assert await bench.stages() == [("NotificationSent", "confirmation")]
