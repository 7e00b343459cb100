"""The database, and in it one role and one schema per service.

What of `shared` needs a library of the database is imported where it is used: the launcher starts
PostgreSQL first and loads the libraries meanwhile (`deploy.local.modules.load_migrations`).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

from shared.errors import StopTheLine

DATABASE = "crm"


async def provision(admin_url: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """Makes database `crm` and one login role per service that owns only its own schema.

    ``passwords`` by service. Done again it changes nothing but sets them. Returns {service: its
    URL}. The grant of intake on the vault's table is the vault's own migration.
    """
    admin = await asyncpg.connect(admin_url, timeout=10)
    try:
        await _make_roles(admin, passwords)
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await admin.execute(f'CREATE DATABASE "{DATABASE}"')
    finally:
        await admin.close()
    inside = await asyncpg.connect(_with_database(admin_url), timeout=10)
    try:
        async with inside.transaction():
            await _make_schemas(inside, tuple(passwords))
        await _let_indexes_through(inside)
    finally:
        await inside.close()
    return {
        service: service_url(admin_url, service, password)
        for service, password in passwords.items()
    }


async def _make_roles(admin: asyncpg.Connection, passwords: Mapping[str, str]) -> None:
    from shared.database import SESSION_SETTINGS

    for service, password in passwords.items():
        role = f"crm_{service}"
        verb = "ALTER" if await _has_role(admin, role) else "CREATE"
        secret = await admin.fetchval("SELECT quote_literal($1::text)", password)
        # Only LOGIN: a new role has no other right, and naming those here needs a superuser.
        await admin.execute(f'{verb} ROLE "{role}" LOGIN PASSWORD {secret}')
        # Of the role, so that they hold for whoever logs in by it, in a copy of the database too.
        for name, value in SESSION_SETTINGS.items():
            await admin.execute(f"ALTER ROLE \"{role}\" SET {name} = '{value}'")


async def _has_role(admin: asyncpg.Connection, role: str) -> bool:
    return bool(await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role))


async def _make_schemas(inside: asyncpg.Connection, services: tuple[str, ...]) -> None:
    await inside.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public")
    await inside.execute(f'REVOKE ALL ON DATABASE "{DATABASE}" FROM PUBLIC')
    await inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for service in services:
        role = f"crm_{service}"
        await inside.execute(f'GRANT CONNECT ON DATABASE "{DATABASE}" TO "{role}"')
        # A hosted administrator is no superuser and may give a schema only to a role it is in.
        await inside.execute(f'GRANT "{role}" TO CURRENT_USER')
        await inside.execute(f'CREATE SCHEMA IF NOT EXISTS "{service}" AUTHORIZATION "{role}"')
        await inside.execute(f'REVOKE ALL ON SCHEMA "{service}" FROM PUBLIC')
        await inside.execute(
            f'ALTER ROLE "{role}" IN DATABASE "{DATABASE}" SET search_path = "{service}", public'
        )


async def _let_indexes_through(inside: asyncpg.Connection) -> None:
    """A hosted administrator may not: then all is right as well, and what goes by such an index
    (watched cases, the search) takes longer. A database that is restored from a dump needs it
    anew."""
    from shared.fences import INDEXED

    try:
        for function in INDEXED:
            await inside.execute(f"ALTER FUNCTION {function} LEAKPROOF")
    except asyncpg.InsufficientPrivilegeError:
        return


def _with_database(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE}"))


def service_url(admin_url: str, service: str, password: str) -> str:
    """The URL of one service's role at the server of `admin_url`."""
    parts = urlsplit(admin_url)
    where = parts.netloc.rpartition("@")[2]
    who = f"crm_{service}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{who}@{where}", path=f"/{DATABASE}"))


def password_in(url: str, service: str) -> str:
    """The password of a service's role by its URL. Raises StopTheLine where the URL is another
    role's, or of another database: nothing would be prepared for it."""
    parts = urlsplit(url)
    if parts.username != f"crm_{service}" or parts.path != f"/{DATABASE}" or not parts.password:
        raise StopTheLine(
            f"CRM_{service.upper()}_DATABASE_URL must be "
            f"postgresql://crm_{service}:PASSWORD@HOST:PORT/{DATABASE}."
        )
    return unquote(parts.password)
