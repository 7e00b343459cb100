"""Intake and its vault as they are, on a fresh database of a real PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, Credentials, generate
from deploy.local.tokens import Role, mint_operator_token
from deploy.rehearsal.callers import Mail, WireRequest, wire_request
from services.intake.app import build
from services.intake.settings import IntakeSettings
from services.intake.vault.app import build as build_vault
from services.intake.vault.settings import VaultSettings
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.database import create_engine
from shared.faults import FaultPoints
from shared.ids import new_id
from shared.runtime import Service
from shared.telemetry import Metrics
from shared.work import Works
from tests.databases import Databases

NOBODY = "127.0.0.1:1"
"""A broker that is not there: accepting a complaint needs none."""

TABLES = {
    "intake": (
        "complaints",
        "contents",
        "idempotency_keys",
        "early_messages",
        "heard",
        "report_counters",
        "erasures",
        "erasure_requests",
        "outbox",
    ),
    "vault": ("sealed_reporters", "access_log", "erasures", "reveals"),
}
OF_MEDIA = ("spool", "files", "wanted")
"""What intake adds to; only media may look."""


@dataclass
class House:
    """Both processes behind HTTP clients, and their databases for a look inside."""

    credentials: Credentials
    urls: dict[str, str]
    jwks_url: str
    intake: Service
    vault: Service
    door: httpx.AsyncClient
    vault_door: httpx.AsyncClient
    extra: list[Service] = field(default_factory=list)
    _windows: dict[str, asyncpg.Connection] = field(default_factory=dict)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def settings(self, **changes: Any) -> IntakeSettings:
        return intake_settings(self.credentials, self.urls, self.jwks_url, **changes)

    def second_replica(self) -> httpx.AsyncClient:
        """Another process of intake on the same database."""
        service = build(self.settings())
        self.extra.append(service)
        return client_of(service)

    async def send(
        self, request: WireRequest, door: httpx.AsyncClient | None = None, key: str | None = None
    ) -> httpx.Response:
        """Send what a platform would send; ``key``: another Idempotency-Key than its own."""
        headers = {} if key is None else {"idempotency-key": key}
        return await (door or self.door).request(
            request.method,
            request.path,
            headers={**request.headers, **headers},
            content=request.body,
        )

    async def report(self, channel: str, external_id: str, text: str) -> httpx.Response:
        """A complaint on ``channel``, correctly signed."""
        return await self.send(self.request(channel, external_id, text))

    def request(
        self, channel: str, external_id: str, text: str, token: str | None = None
    ) -> WireRequest:
        request = wire_request(
            channel,
            self.credentials.channel_secrets,
            external_id=external_id,
            text=text,
            operator_token=token,
            now=datetime.now(UTC),
        )
        assert not isinstance(request, Mail)
        return request

    def mail(self, external_id: str, text: str) -> Mail:
        mail = wire_request(
            "email",
            self.credentials.channel_secrets,
            external_id=external_id,
            text=text,
            operator_token=None,
            now=datetime.now(UTC),
        )
        assert isinstance(mail, Mail)
        return mail

    def officer(self, role: Role, unit: str, subject: str | None = None) -> str:
        return mint_operator_token(self.credentials, role, unit, subject=subject)

    async def by_admin(
        self, path: str, body: Any, subject: str = "admin-1", unit: str = "dinas-kominfotik"
    ) -> httpx.Response:
        """POST beneath the erasures, by an administrator."""
        headers = {"authorization": f"Bearer {self.officer('admin', unit, subject)}"}
        return await self.door.post(f"/internal/v1/erasures{path}", json=body, headers=headers)

    async def ask_to_erase(self, complaint_id: str, **who: str) -> httpx.Response:
        body = {"complaint_id": complaint_id, "note": "Permintaan pelapor."}
        return await self.by_admin("", body, **who)

    async def confirm(self, asked: httpx.Response, **who: str) -> httpx.Response:
        """The erasure that was ``asked`` for, by default confirmed by a second administrator."""
        assert asked.status_code == 202, asked.text
        path = f"/{asked.json()['erasure_id']}/confirm"
        return await self.by_admin(path, {"note": "Diperiksa."}, **{"subject": "admin-2", **who})

    async def erase(self, complaint_id: str) -> httpx.Response:
        """By two administrators, as it must be."""
        return await self.confirm(await self.ask_to_erase(complaint_id))

    async def call(self, caller: str, callee: str, path: str, body: Any) -> httpx.Response:
        """One service's call to another's internal API."""
        key = self.credentials.service_keys[caller].private
        token = ServiceTokens(caller, key, {}, system_clock).sign(callee)
        door = self.door if callee == "intake" else self.vault_door
        return await door.post(path, json=body, headers={"authorization": f"Bearer {token}"})

    async def rows(self, service: str, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """A look into the database as the role of ``service``."""
        async with self._window(service) as connection:
            return list(await connection.fetch(sql, *arguments))

    async def empty(self) -> None:
        for service, tables in TABLES.items():
            async with self._window(service) as connection:
                await connection.execute(";".join(f'DELETE FROM "{table}"' for table in tables))
        async with self._window("media") as connection:
            await connection.execute(";".join(f"DELETE FROM {table}" for table in OF_MEDIA))

    @asynccontextmanager
    async def _window(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        """The connection of the tests themselves, kept: to make one takes longer than to ask."""
        async with self._looking:
            kept = self._windows.get(service)
            if kept is None or kept.is_closed():
                # No plans are kept: tests change the tables, too.
                self._windows[service] = kept = await asyncpg.connect(
                    self.urls[service],
                    server_settings={"search_path": service},
                    statement_cache_size=0,
                )
            yield kept

    async def count(self, service: str, table: str) -> int:
        return int((await self.rows(service, f'SELECT count(*) AS n FROM "{table}"'))[0]["n"])

    async def counts(self) -> dict[str, int]:
        """Rows in each table that accepting a complaint writes."""
        return {
            f"{service}.{table}": await self.count(service, table)
            for service, tables in TABLES.items()
            for table in tables
        }

    def vault_works(self) -> Works:
        """The vault's transactions, for what it hears on the stream."""
        engine = create_engine(self.urls["vault"], "vault")
        return Works(engine, "vault", system_clock, new_id, FaultPoints(), Metrics())

    async def leave(self) -> None:
        for window in self._windows.values():
            await window.close()

    async def close(self, *services: Service) -> None:
        for service in services:
            for closer in reversed(service.closers):
                await closer()

    async def events(self) -> list[dict[str, Any]]:
        """What is recorded to be published, in order."""
        rows = await self.rows("intake", "SELECT type, body FROM outbox ORDER BY seq")
        return [{"type": row["type"].split(".")[-2], **json.loads(row["body"])} for row in rows]


def client_of(service: Service) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://intake.test")


def intake_settings(
    credentials: Credentials, urls: dict[str, str], jwks_url: str, **changes: Any
) -> IntakeSettings:
    return IntakeSettings(**{**intake_values(credentials, urls, jwks_url), **changes})


def intake_values(credentials: Credentials, urls: dict[str, str], jwks_url: str) -> dict[str, Any]:
    """The settings of intake as plain values, which another process can be told."""
    return {
        "database_url": urls["intake"],
        "kafka_bootstrap_servers": NOBODY,
        "vault_public_key": credentials.vault.public,
        "media_public_key": credentials.media.public,
        "tracking_code_key": credentials.tracking_code_key,
        "tracking_lookup_key": credentials.tracking_lookup_key,
        "channel_secrets": credentials.channel_secrets,
        **shared_values(credentials, jwks_url),
    }


def vault_settings(
    credentials: Credentials, urls: dict[str, str], jwks_url: str, **changes: Any
) -> VaultSettings:
    values: dict[str, Any] = {
        "database_url": urls["vault"],
        "kafka_bootstrap_servers": NOBODY,
        "private_key": credentials.vault.private,
        "intake_url": "http://127.0.0.1:9",
        "tracking_code_key": credentials.tracking_code_key,
        **shared_values(credentials, jwks_url),
    }
    return VaultSettings(**{**values, **changes})


def shared_values(credentials: Credentials, jwks_url: str) -> dict[str, Any]:
    return {
        "operator_jwks_url": jwks_url,
        "operator_issuer": OPERATOR_ISSUER,
        "operator_audience": OPERATOR_AUDIENCE,
        "service_public_keys": {
            name: pair.public for name, pair in credentials.service_keys.items()
        },
    }


@pytest.fixture(scope="session")
def credentials() -> Credentials:
    return generate()


@pytest.fixture(scope="session")
async def jwks_url(credentials: Credentials) -> AsyncIterator[str]:
    """The operators' issuer: a server that says its public keys."""
    body = json.dumps(credentials.jwks()).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
    server.close()


@pytest.fixture(scope="session")
async def standing_house(
    lasting_postgres: Databases, credentials: Credentials, jwks_url: str
) -> AsyncIterator[House]:
    urls = await lasting_postgres.urls("vault", "media", "intake")
    intake = build(intake_settings(credentials, urls, jwks_url))
    vault = build_vault(vault_settings(credentials, urls, jwks_url))
    house = House(credentials, urls, jwks_url, intake, vault, client_of(intake), client_of(vault))
    yield house
    await house.leave()
    await house.close(intake, vault)


@pytest.fixture
async def house(standing_house: House) -> AsyncIterator[House]:
    """The house with empty tables."""
    await standing_house.empty()
    yield standing_house
    await standing_house.close(*standing_house.extra)
    standing_house.extra.clear()
