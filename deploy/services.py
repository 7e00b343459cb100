"""The one table of the system's processes. Everything else in `deploy` and in the tests reads it.

A new process is one row here, its settings in `deploy/local/credentials.py` and its container in
`deploy/compose.yaml`. `tests/architecture/test_processes.py` compares the table with the code and
with the containers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """One process of the system.

    package: what `python -m` runs. colour: of its lines on the terminal, in rich's words.
    database: it has a schema and a login role of its own, both with its name, and with them the
    tables of the bus. migrates: its place in the order of migrations, lower places first.
    hears: it consumes the stream, so it has a consumer group and may set events aside.
    emits: it states events, so the stream can be rebuilt from its outbox. calls: the services
    whose addresses it is told, each in the setting CRM_<NAME>_URL.
    calls_out: it calls systems of others: platforms, gateways, agencies.
    api: it has an interface for programs, which OpenAPI describes.
    niceness: on one machine with others (nice(2)). Where the processor is full, taking a complaint
    in and showing where it stands goes before clocks of days and messages, which may come seconds
    later.
    opens: the port of the machine at which `deploy/compose.yaml` lets callers in; None: at none.
    """

    name: str
    package: str
    colour: str
    database: bool = True
    migrates: int = 2
    hears: bool = True
    emits: bool = True
    calls: tuple[str, ...] = ()
    opens: int | None = None
    calls_out: bool = False
    api: bool = True
    niceness: int = 0


SERVICES = (
    Service("intake", "services.intake", "green", hears=False, opens=8001),
    # The vault's schema comes first: intake writes into its table.
    Service(
        "vault", "services.intake.vault", "bright_green", migrates=1, emits=False, calls=("intake",)
    ),
    # So does media's: intake lays files down in its tables.
    Service(
        "media",
        "services.intake.media",
        "bright_cyan",
        migrates=1,
        calls=("intake", "routing"),
        niceness=5,
        opens=8007,
        calls_out=True,
    ),
    Service(
        "routing",
        "services.routing",
        "cyan",
        calls=("intake", "media"),
        opens=8002,
        calls_out=True,
    ),
    Service("sla", "services.sla", "yellow", calls=("routing", "intake"), opens=8003, niceness=5),
    Service(
        "notify",
        "services.notify",
        "bright_magenta",
        calls=("vault", "routing", "intake"),
        opens=8004,
        niceness=5,
        calls_out=True,
    ),
    Service(
        "tracking",
        "services.tracking",
        "bright_blue",
        emits=False,
        calls=("routing", "intake", "media"),
        opens=8005,
    ),
    # Officers' pages: they keep nothing and call what everybody may call.
    Service(
        "console",
        "services.routing.console",
        "white",
        api=False,
        database=False,
        hears=False,
        emits=False,
        calls=("routing", "sla", "notify", "tracking", "intake", "vault", "media"),
        opens=8006,
    ),
)

_BY_NAME = {service.name: service for service in SERVICES}

NAMES = tuple(_BY_NAME)
WITH_API = tuple(service.name for service in SERVICES if service.api)
WITH_DATABASE = tuple(service.name for service in SERVICES if service.database)
HEARING = tuple(service.name for service in SERVICES if service.hears)
EMITTING = tuple(service.name for service in SERVICES if service.emits)


def service_of(name: str) -> Service:
    """The row of that process; KeyError when there is none. `intake-2` is a replica of intake."""
    return _BY_NAME[name.partition("-")[0]]


def in_order_of_start(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Those that hear the stream, and the others. A broker lets a new group wait for more members,
    the embedded one for three seconds; in this time the others can start."""
    chosen = list(names)
    hearing = [name for name in chosen if service_of(name).hears]
    return hearing, [name for name in chosen if name not in hearing]


def in_order_of_migration(names: Iterable[str]) -> list[str]:
    """Those of the named services that have a schema; whose schema others need comes first."""
    chosen = dict.fromkeys(service_of(name) for name in names)
    return [s.name for s in sorted(chosen, key=lambda s: s.migrates) if s.database]
