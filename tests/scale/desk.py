"""Routing on the bench's database behind a real socket of this process, and who asks it."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import time
import typing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import uvicorn

from deploy.contracts import nowhere
from deploy.local.credentials import environment
from deploy.local.postgres import Postgres, provision
from deploy.local.tokens import Role, mint_operator_token
from deploy.services import service_of
from shared.runtime import Service


class Refused(Exception):
    """A file was not given. ``status``: of the answer instead."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answered {status}")
        self.status = status


class Desk:
    """Asks routing's real routes; the time of an answer is that of the whole request."""

    def __init__(self, postgres: Postgres, client: httpx.AsyncClient, url: str) -> None:
        self._credentials = postgres.credentials
        self.client = client
        self._url = url
        self._tokens: dict[tuple[str, str], str] = {}

    def bearing(self, role: Role, unit: str) -> dict[str, str]:
        if (role, unit) not in self._tokens:
            token = mint_operator_token(self._credentials, role, unit, subject=f"{role}-{unit}")
            self._tokens[role, unit] = token
        return {"authorization": f"Bearer {self._tokens[role, unit]}"}

    async def ask(
        self, who: tuple[Role, str], method: str, path: str, body: Any = None
    ) -> tuple[float, int, Any]:
        """Milliseconds, the status of the answer and its JSON."""
        began = time.perf_counter()
        answer = await self.client.request(method, path, headers=self.bearing(*who), json=body)
        took = (time.perf_counter() - began) * 1000
        return took, answer.status_code, answer.json()

    async def download(self, path: str, who: tuple[Role, str]) -> AsyncIterator[bytes]:
        """A long answer, as it comes. Raises Refused."""
        async with self.client.stream("GET", path, headers=self.bearing(*who)) as answer:
            if answer.status_code != 200:
                raise Refused(answer.status_code)
            async for chunk in answer.aiter_bytes():
                yield chunk

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        connection = await asyncpg.connect(self._url, server_settings={"search_path": "routing"})
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()


@asynccontextmanager
async def a_desk(home: Path) -> AsyncIterator[Desk]:
    """On the database that `crm seed` has filled in that home."""
    postgres = Postgres(home)
    await postgres.start()
    issuer = await asyncio.start_server(_keys_of(postgres), "127.0.0.1", 0)
    try:
        urls = await provision(postgres.admin_url, postgres.credentials.databases)
        port = issuer.sockets[0].getsockname()[1]
        service = _built(postgres, urls["routing"], f"http://127.0.0.1:{port}/jwks.json")
        async with (
            _served(service) as address,
            httpx.AsyncClient(base_url=address, timeout=600) as client,
        ):
            yield Desk(postgres, client, postgres.admin_url.rpartition("/")[0] + "/crm")
        for closer in reversed(service.closers):
            await closer()
    finally:
        issuer.close()
        await postgres.stop()


@asynccontextmanager
async def _served(service: Service) -> AsyncIterator[str]:
    """The service's address, as long as it listens."""
    server = uvicorn.Server(
        uvicorn.Config(service.app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


def _keys_of(postgres: Postgres) -> Any:
    body = json.dumps(postgres.credentials.jwks()).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    return answer


def _built(postgres: Postgres, url: str, jwks_url: str) -> Service:
    own = environment("routing", postgres.credentials, nowhere())
    os.environ.update({**own, "CRM_DATABASE_URL": url, "CRM_OPERATOR_JWKS_URL": jwks_url})
    build = importlib.import_module(f"{service_of('routing').package}.app").build
    made: Service = build(typing.get_type_hints(build)["settings"]())
    return made
