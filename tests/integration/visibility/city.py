"""Every service as it is built, on one database, with cases of every kind in all of them."""

import base64
import importlib
import json
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from deploy import contracts
from deploy.local.credentials import Credentials, environment
from deploy.local.tokens import mint_operator_token
from deploy.services import WITH_DATABASE, service_of
from services.notify.domain import Case as NotifyCase
from services.notify.domain import Delivery, DeliveryStatus
from services.notify.store import NotifyStore
from services.routing.domain import Case, CaseMedia, MediaState
from services.routing.live import store as changes
from services.routing.live.api import LISTING, POSITION
from services.routing.media import store as media
from services.routing.store import CaseStore
from services.routing.texts.store import Written
from services.sla.clocks import CaseClocks, ClockState, Holding
from services.sla.store import ClockStore
from services.tracking.domain import CaseRecord
from services.tracking.store import CaseRecords
from shared.events.vocabulary import (
    CLOSED_STATES,
    CaseState,
    Channel,
    Clock,
    MediaOrigin,
    MediaRefusal,
    NotificationTemplate,
)
from shared.http.paging import Cursors
from shared.ids import new_id
from shared.runtime import Service
from shared.unit_table import load_units
from shared.visibility import SYSTEM, settings_of
from tests.builders import T0, a_complaint_id
from tests.databases import Databases

UNITS = load_units()
S = CaseState
VERSION = 3
"""Of every case; officers who give commands have read an older one."""


@dataclass(frozen=True, slots=True)
class Object:
    """A case of one kind, the same in every service. ``number``: of its complaint."""

    name: str
    number: int
    holder: str
    state: CaseState = S.RECEIVED
    about: str | None = None
    restricted: bool = False
    confidential: bool = False
    watchers: tuple[str, ...] = ()
    entered_by: str | None = None
    message_failed: bool = False

    @property
    def id(self) -> UUID:
        return a_complaint_id(self.number)

    @property
    def report_number(self) -> str:
        return f"JK241103{self.number:04d}"

    @property
    def erasure_id(self) -> UUID:
        """Of the request that was made for it and withdrawn, of whatever kind."""
        return UUID(int=self.number)

    @property
    def waiting_id(self) -> UUID:
        """Of the request that still waits."""
        return UUID(int=100 + self.number)


def _evidence(each: Object) -> CaseMedia:
    """A picture of which nothing is kept; its ref is ``erasure_id``."""
    return CaseMedia(
        each.erasure_id, each.id, MediaOrigin.EVIDENCE, 1, None, MediaState.REFUSED, T0,
        reason=MediaRefusal.DAMAGED,
    )  # fmt: skip


@dataclass
class City:
    """All services behind HTTP clients. ``parked``: row ids by service and complaint; ``aside``:
    those of rows that were set aside and released, beside others that are listed."""

    postgres: Databases
    credentials: Credentials
    services: dict[str, Service]
    urls: dict[str, str]
    clients: dict[str, httpx.AsyncClient]
    parked: dict[tuple[str, UUID], int] = field(default_factory=dict)
    aside: dict[tuple[str, UUID], int] = field(default_factory=dict)
    trace: UUID = field(default_factory=new_id)
    """Of the rows that a test has stated; whoever states some begins one."""

    @classmethod
    async def built(
        cls, postgres: Databases, home: Path, jwks_url: str, routing_url: str
    ) -> "City":
        """``routing_url``: where routing will be served for the services that ask it."""
        credentials, urls = Credentials.load(home), await postgres.urls(*WITH_DATABASE)
        services = {
            name: _built(name, credentials, {"CRM_DATABASE_URL": urls[name],
                                             "CRM_OPERATOR_JWKS_URL": jwks_url,
                                             "CRM_MEDIA_ROUTING_URL": routing_url,
                                             "CRM_NOTIFY_ROUTING_URL": routing_url})
            for name in WITH_DATABASE
        }  # fmt: skip
        return cls(
            postgres, credentials, services, urls, {n: _door(s) for n, s in services.items()}
        )

    def token(self, role: Any, unit: str, seconds: int = 8 * 3600) -> str:
        return mint_operator_token(
            self.credentials, role, unit, subject=f"{role}-{unit}", seconds=seconds
        )

    async def position(self) -> str:
        """Where the changes of routing stand, as a listener would know it."""
        key = self.credentials.derived_from("routing").encode()
        works = await self.postgres.service("routing", url=self.urls["routing"])
        async with works.read(SYSTEM) as connection:
            return Cursors(key, LISTING, POSITION).write(await changes.committed(connection))

    async def save_again(self, objects: Sequence[Object]) -> None:
        """The cases change in routing, and stay as they are."""
        await self._in_routing(objects)

    def operations(self) -> list[tuple[str, str, str]]:
        """``(service, method, path)`` of all that the services say they do."""
        return [
            (name, method, path)
            for name, service in self.services.items()
            for path, methods in service.app.openapi()["paths"].items()
            for method in methods
        ]

    async def hold(self, objects: Sequence[Object]) -> None:
        """The cases, as each service would have them after it has heard of them."""
        await self._in_routing(objects)
        await self._in_sla(objects)
        await self._in_notify(objects)
        await self._in_tracking(objects)
        await self._in_intake(objects)
        for service in ("routing", "sla", "notify", "tracking"):
            await self._park(service, objects)

    async def close(self) -> None:
        for service in self.services.values():
            for closer in reversed(service.closers):
                await closer()

    async def rows(self, service: str, sql: str, *values: Any) -> list[Any]:
        connection = await asyncpg.connect(
            self.urls[service], server_settings={"search_path": service, **settings_of(SYSTEM)}
        )
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    async def _in_routing(self, objects: Sequence[Object]) -> None:
        cases = [
            Case(
                each.id, VERSION, each.state, each.holder, each.report_number, Channel.JAKI,
                T0 + timedelta(minutes=each.number), (), category="jalan",
                about_unit=each.about, confidential=each.confidential,
                restricted=each.restricted, watchers=each.watchers,
                head_id=OTHER if each.state is S.MERGED else None,
                unread=(OTHER,), unread_since=T0 + timedelta(minutes=each.number),
            )
            for each in objects
        ]  # fmt: skip
        written = {each.id: Written((), "Jalan rusak", None, -6.23, 106.85) for each in objects}
        await self._save("routing", CaseStore(UNITS).of_batch(written), cases)
        works = await self.postgres.service("routing", url=self.urls["routing"])
        async with works.open(SYSTEM) as work:
            await media.write(work.connection, [_evidence(each) for each in objects])

    async def _in_sla(self, objects: Sequence[Object]) -> None:
        await self._save("sla", ClockStore(UNITS), [_clocks(each) for each in objects])

    async def _in_notify(self, objects: Sequence[Object]) -> None:
        cases = [
            NotifyCase(
                each.id, Channel.JAKI, each.report_number, OTHER, "id", True, each.confidential,
                about_unit=each.about, restricted=each.restricted, new=(_delivery(each),),
            )
            for each in objects
        ]  # fmt: skip
        await self._save("notify", NotifyStore(), cases)
        for each in (each for each in objects if each.message_failed):
            await self.rows(
                "notify",
                "UPDATE deliveries SET status = 'failed', concluded_at = $2"
                " WHERE complaint_id = $1",
                each.id, T0 + timedelta(minutes=each.number),
            )  # fmt: skip

    async def _in_tracking(self, objects: Sequence[Object]) -> None:
        records = [
            CaseRecord(
                each.id, report_number=each.report_number, channel=Channel.JAKI,
                about_unit=each.about, confidential=each.confidential, restricted=each.restricted,
                received_at=T0 + timedelta(minutes=each.number), state=each.state,
                unit_id=each.holder, unit_name=each.holder, watchers=each.watchers,
                entered_by_unit=each.entered_by,
            )
            for each in objects
        ]  # fmt: skip
        await self._save("tracking", CaseRecords(UNITS), records)

    async def _save(self, service: str, store: Any, states: Sequence[Any]) -> None:
        works = await self.postgres.service(service, url=self.urls[service])
        async with works.open(SYSTEM) as work:
            await store.save_many(work.connection, states)

    async def _in_intake(self, objects: Sequence[Object]) -> None:
        for each in objects:
            await self.rows(
                "intake",
                "INSERT INTO complaints VALUES ($1, $2, 'jaki', $3, 'received', $4)",
                each.id, each.report_number, OTHER, T0,
            )  # fmt: skip
            if each.about or each.restricted:
                await self.rows(
                    "intake",
                    "INSERT INTO withheld (complaint_id, about_unit, restricted, geotagged)"
                    " VALUES ($1, $2, $3, false)",
                    each.id, each.about, each.restricted,
                )  # fmt: skip
            await self.rows("intake", _REQUEST, each.erasure_id, each.id, "withdrawn")
            await self.rows("intake", _REQUEST, each.waiting_id, each.id, None)
            await self.rows("vault", _REVEAL, each.erasure_id, each.id, each.about, each.restricted)

    async def _park(self, service: str, objects: Sequence[Object]) -> None:
        for each in objects:
            [row] = await self.rows(service, _PARKED, each.id, each.number)
            self.parked[service, each.id] = row["id"]
            await self.rows(service, _DISCARD, each.erasure_id, row["id"], "withdrawn")
            await self.rows(service, _DISCARD, each.waiting_id, row["id"], None)
            await self.rows(service, _ASIDE, "outbox", each.id, None)
            [row] = await self.rows(service, _ASIDE, "cases", each.id, T0)
            self.aside[service, each.id] = row["id"]


OTHER = UUID(int=7)
_REQUEST = """
    INSERT INTO erasure_requests (erasure_id, complaint_id, asked_by, note, asked_at, expires_at,
                                  outcome)
    VALUES ($1, $2, 'admin-0', 'Permintaan pelapor.', now(), now() + interval '1 day', $3)
"""
_REVEAL = """
    INSERT INTO reveals (reveal_id, complaint_id, about_unit, restricted, asked_by, note, asked_at,
                         expires_at, confirmed_by, confirmed_note, confirmed_at)
    VALUES ($1, $2, $3, $4, 'admin-0', 'Surat tidak terbaca.', now(), now() + interval '1 day',
            'admin-00', 'Diperiksa.', now())
"""
_DISCARD = """
    INSERT INTO discards (discard_id, parked_id, asked_by, note, asked_at, expires_at, outcome)
    VALUES ($1, $2, 'admin-0', 'Tidak terbaca.', now(), now() + interval '1 day', $3)
"""
_PARKED = """
    INSERT INTO parked (event_id, complaint_id, topic, partition, "offset", header_names,
                        header_values, value, cause, detail)
    VALUES (gen_random_uuid(), $1, 't', 0, $2, '{}', '{}', '\\x00', 'bad_body', '') RETURNING id
"""


_ASIDE = """
    INSERT INTO set_aside (table_name, row_id, complaint_id, cause, released_at)
    VALUES ($1, $2, $2, 'bad', $3) RETURNING id
"""


def _built(name: str, credentials: Credentials, changes: dict[str, str]) -> Service:
    """With throw-away settings, and a database that is there."""
    with pytest.MonkeyPatch.context() as surroundings:
        for key, value in (environment(name, credentials, contracts.nowhere()) | changes).items():
            surroundings.setenv(key, value)
        build = importlib.import_module(f"{service_of(name).package}.app").build
        made: Service = build(typing.get_type_hints(build)["settings"]())
    return made


def _door(service: Service) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(service.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{service.name}.test")


def _clocks(each: Object) -> CaseClocks:
    """With a limit that was missed long ago, unless the case is closed."""
    closed_at = T0 + timedelta(days=1) if each.state in CLOSED_STATES else None
    started = T0 + timedelta(minutes=each.number)
    late = ClockState(
        Clock.FOLLOW_UP, started, started, started, "follow-up", 1, "elapsed",
        missed_at=started, stopped_at=closed_at,
    )  # fmt: skip
    return replace(
        CaseClocks(each.id, received_at=T0, case_version=VERSION, state=each.state),
        about_unit=each.about, restricted=each.restricted, watchers=each.watchers,
        holdings=(Holding(each.holder, T0, closed_at),), clocks={Clock.FOLLOW_UP: late},
        closed_at=closed_at,
    )  # fmt: skip


def _delivery(each: Object) -> Delivery:
    return Delivery(
        UUID(int=each.number), each.id, NotificationTemplate.CONFIRMATION, Channel.JAKI,
        DeliveryStatus.SUPPRESSED, OTHER, T0, T0, reason="muted",
    )  # fmt: skip


def decoded(cursor: str) -> str:
    """What stands in a cursor; the signature is left out."""
    return json.dumps(json.loads(base64.urlsafe_b64decode(cursor)[16:]))
