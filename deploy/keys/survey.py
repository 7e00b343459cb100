"""What the running processes say of their keys, and how many rows need one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import asyncpg
from prometheus_client.parser import text_string_to_metric_families

from deploy.keys.kinds import Kind
from deploy.keys.places import Place
from deploy.keys.steps import Seen
from deploy.running import RunningStack
from deploy.services import service_of
from shared.fences import opening
from shared.key_ring import NamedKey
from shared.visibility import SYSTEM

PATIENCE = 60.0
"""Seconds for a count of rows."""


async def seen_of(stack: RunningStack, kinds: Iterable[Kind]) -> Mapping[str, list[Seen]]:
    """By kind, of each running process that must hold its keys, also of each replica. Raises
    Transient."""
    kinds = tuple(kinds)
    found: dict[str, list[Seen]] = {kind.name: [] for kind in kinds}
    for name, told in stack.processes.items():
        of = [kind for kind in kinds if service_of(name).name in kind.processes]
        if of:
            answer = await stack.client.request("GET", f"{told['url']}/metrics")
            for kind in of:
                found[kind.name].append(seen_in(answer.body.decode(), name, kind.name))
    return found


def seen_in(metrics: str, process: str, kind: str) -> Seen:
    """metrics: as a process tells them to Prometheus."""
    current: dict[str, float] = {}
    used: dict[str, float] = {}
    by_name = {"crm_key_current": current, "crm_key_last_used_seconds": used}
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name in by_name and sample.labels["kind"] == kind:
                by_name[sample.name][sample.labels["key_id"]] = sample.value
    first = next((key_id for key_id, value in current.items() if value), None)
    return Seen(process, first, frozenset(current), used)


async def rows_needing(place: Place, kind: Kind, key: NamedKey) -> int:
    """Rows that need the key or do not name theirs; 0 where no row ever does."""
    if kind.needing is None:
        return 0
    connection = await asyncpg.connect(place.database_url(kind), timeout=10)
    try:
        async with connection.transaction(readonly=True):
            # Fenced tables show no row to a transaction that does not say for whom it is.
            await connection.execute(opening(SYSTEM))
            found: int = await connection.fetchval(
                kind.needing, kind.row_name(key), timeout=PATIENCE
            )
    finally:
        await connection.close()
    return found
