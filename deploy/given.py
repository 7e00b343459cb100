"""Databases that an operator gives by their addresses, where no stack of this machine has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from deploy.local.settings import setting_of
from shared.database_url import check
from shared.errors import StopTheLine

_THERE = "SELECT to_regclass('archived') IS NOT NULL"
_PATIENCE = 10.0


async def refuse_strange_databases(urls: Mapping[str, str]) -> None:
    """Raises StopTheLine naming the setting whose address leads to no database of its service, or
    to none at all. Whoever moves events asks all before he begins: a service that is left out would
    lose what it has not applied."""
    for service, url in urls.items():
        setting = setting_of(service)
        try:
            check(url, setting)
            there = await _has_tables(url, service)
        except StopTheLine as error:
            raise StopTheLine(f"{error} Nothing was done.") from error
        # The driver's own errors may quote the address, and with it the password.
        except asyncpg.InterfaceError as error:
            raise _refusal(setting, type(error).__name__) from None
        except (asyncpg.PostgresError, OSError) as error:
            raise _refusal(setting, str(error) or type(error).__name__) from error
        if not there:
            raise _refusal(setting, f"there are no tables of {service} that its role may see")


async def _has_tables(url: str, service: str) -> Any:
    connection = await asyncpg.connect(
        url, timeout=_PATIENCE, command_timeout=_PATIENCE, server_settings={"search_path": service}
    )
    try:
        return await connection.fetchval(_THERE)
    finally:
        await connection.close()


def _refusal(setting: str, why: str) -> StopTheLine:
    return StopTheLine(
        f"{setting} leads to no database of that service ({why}): correct it, or bring the database"
        " up; nothing was done"
    )
