"""Who is told of a case, by which address: every operation, role, unit and kind of case.

The expected answers are written out by hand below. The operations come from the services' own
contracts: one that nobody has placed in this table makes it red.
"""

import asyncio
import csv
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from itertools import product
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.local.ports import free_ports
from shared.auth import Operator, Role
from shared.events.vocabulary import CLOSED_STATES, CaseState
from shared.fences import opening
from shared.ids import new_id
from shared.visibility import SYSTEM, care_of, sight_of
from tests.builders import a_complaint_id
from tests.databases import Databases
from tests.integration.notify.servers import served
from tests.integration.visibility.city import UNITS, VERSION, City, Object, decoded
from tests.unit.routing.cases import COMMANDS

S = CaseState
H, NEIGHBOUR, KECAMATAN = "31.74.01.1001", "31.74.01.1002", "31.74.01"
DINAS, SUDIN, STRANGER = "dinas-bina-marga", "sudin-bina-marga-31.74", "satpol-pp"
BIRO, INSPEKTORAT, DESK = "biro-pemerintahan", "inspektorat", "triage"

Viewer = tuple[str, str]
"""Role and unit of a token."""

# --- the cases, and who sees each ----------------------------------------------------------

OBJECTS = {
    each.name: each
    for each in (
        Object("ordinary", 1, H, entered_by=H, message_failed=True),
        Object("rahasia", 2, H, confidential=True),
        Object("passed on", 3, DINAS, S.COORDINATED, confidential=True, watchers=(H,)),
        Object("restricted", 4, INSPEKTORAT, restricted=True, entered_by=INSPEKTORAT,
               message_failed=True),
        Object("restricted, judged", 5, INSPEKTORAT, S.AWAITING_VALIDATION, restricted=True,
               confidential=True),
        Object("about the dinas", 6, INSPEKTORAT, about=DINAS, restricted=True,
               message_failed=True),
        Object("about the sudin", 7, DINAS, about=SUDIN, restricted=True,
               watchers=(INSPEKTORAT,)),
        Object("about the kelurahan", 8, KECAMATAN, about=H, entered_by=H, message_failed=True),
        Object("at the desk", 9, DESK),
        Object("rahasia at the desk", 10, DESK, confidential=True),
        Object("about the inspektorat", 11, DESK, about=INSPEKTORAT, restricted=True),
        Object("about the biro", 12, INSPEKTORAT, S.PLANNED, about=BIRO, restricted=True),
        Object("about the desk", 13, INSPEKTORAT, about=DESK, restricted=True),
        Object("of the biro, judged", 14, BIRO, S.AWAITING_VALIDATION, confidential=True),
        Object("merged", 15, H, S.MERGED),
        Object("completed", 16, H, S.COMPLETED),
        Object("restricted, completed", 17, INSPEKTORAT, S.COMPLETED, restricted=True),
    )
}  # fmt: skip
UNKNOWN = a_complaint_id(99)

OFFICER_UNITS = (H, NEIGHBOUR, KECAMATAN, DINAS, SUDIN, STRANGER, BIRO, INSPEKTORAT)
READER_UNITS = (H, KECAMATAN, DINAS, SUDIN, STRANGER, BIRO, INSPEKTORAT, DESK)
OFFICERS = [("unit_officer", unit) for unit in OFFICER_UNITS]
DESK_OFFICER, BIRO_OFFICER = ("triage_officer", DESK), ("biro", BIRO)
AUDITORS = [("auditor", unit) for unit in READER_UNITS]
ADMINS = [("admin", unit) for unit in READER_UNITS]
AT_COUNTERS = [("desk_officer", unit) for unit in (H, INSPEKTORAT)]
SEATED = [*OFFICERS, DESK_OFFICER, BIRO_OFFICER, *AUDITORS, *ADMINS, *AT_COUNTERS]
NOT_SEATED = [
    *((role, "dinas-sihir") for role in (
        "unit_officer", "triage_officer", "biro", "desk_officer", "admin", "auditor")),
    ("triage_officer", H), ("triage_officer", INSPEKTORAT), ("biro", DINAS),
    ("biro", INSPEKTORAT), ("unit_officer", DESK),
]  # fmt: skip
"""Units that there are not, and roles that their units do not have."""


def unit_officers(*units: str) -> set[Viewer]:
    return {("unit_officer", unit) for unit in units}


CLEARED = {BIRO_OFFICER, *AUDITORS, *ADMINS}
INSPECTS = {*unit_officers(INSPEKTORAT), ("auditor", INSPEKTORAT)}
SEES: dict[str, set[Viewer]] = {
    "ordinary": {*unit_officers(H), *CLEARED},
    "rahasia": {*unit_officers(H), *CLEARED},
    "passed on": {*unit_officers(H, DINAS), *CLEARED},
    "restricted": INSPECTS,
    "restricted, judged": {*INSPECTS, BIRO_OFFICER},
    "about the dinas": INSPECTS,
    "about the sudin": {*unit_officers(DINAS), *INSPECTS},
    "about the kelurahan": {*unit_officers(KECAMATAN), *CLEARED} - {("auditor", H), ("admin", H)},
    "at the desk": {DESK_OFFICER, *CLEARED},
    "rahasia at the desk": {DESK_OFFICER, *CLEARED},
    "about the inspektorat": {DESK_OFFICER},
    "about the biro": INSPECTS,
    "about the desk": INSPECTS,
    "of the biro, judged": {*unit_officers(BIRO, INSPEKTORAT), *CLEARED},
    "merged": {*unit_officers(H), *CLEARED},
    "completed": {*unit_officers(H), *CLEARED},
    "restricted, completed": {*INSPECTS, BIRO_OFFICER},
}
HIDDEN_FROM_ADMINS_OF = {
    "about the dinas": {DINAS, SUDIN},
    "about the sudin": {SUDIN},
    "about the kelurahan": {H},
    "about the inspektorat": {INSPEKTORAT},
    "about the biro": {BIRO},
    "about the desk": {DESK},
}


def sees(viewer: Viewer, name: str) -> bool:
    return viewer in SEES[name]


def cares(viewer: Viewer, name: str) -> bool:
    """Administrators take care of all complaints but those about their own unit."""
    role, unit = viewer
    return (
        unit not in HIDDEN_FROM_ADMINS_OF.get(name, ()) if role == "admin" else sees(viewer, name)
    )


AT_A_DESK = {("desk_officer", H): "ordinary", ("desk_officer", INSPEKTORAT): "restricted"}
"""What the desk has entered; not what is about its own unit."""


def finds(viewer: Viewer, name: str) -> bool:
    """A desk finds what it has entered, all others what they see."""
    return sees(viewer, name) or AT_A_DESK.get(viewer) == name


def holds(viewer: Viewer, name: str) -> bool:
    """The case is open, and in the hands of the officer's unit."""
    each = OBJECTS[name]
    return sees(viewer, name) and each.holder == viewer[1] and each.state not in CLOSED_STATES


# --- the operations ------------------------------------------------------------------------

EVIDENCE = "/v1/evidence/{complaint_id}"

WORKERS = {"unit_officer", "triage_officer", "biro"}
READERS = {"unit_officer", "biro", "auditor", "admin"}
Rule = Callable[[Viewer, str], bool]

OPENED: dict[str, dict[Viewer, int]] = {
    "rahasia": {("unit_officer", H): 403, BIRO_OFFICER: 200},
    "passed on": {("unit_officer", H): 403, ("unit_officer", DINAS): 403, BIRO_OFFICER: 200},
    "restricted, judged": {("unit_officer", INSPEKTORAT): 403, BIRO_OFFICER: 200},
    "rahasia at the desk": {DESK_OFFICER: 200, BIRO_OFFICER: 200},
    "of the biro, judged": {
        ("unit_officer", BIRO): 403, ("unit_officer", INSPEKTORAT): 200, BIRO_OFFICER: 403,
    },
}  # fmt: skip
"""Who is shown the whole words of a confidential case: its reviewer, and the triage desk while it
holds the case; nobody who handles it or has passed it on."""


def opened(viewer: Viewer, name: str) -> int:
    """Nothing is masked in a case that is not confidential."""
    return OPENED[name][viewer] if name in OPENED else 409


BY_CASE: dict[tuple[str, str, str], tuple[set[str], Rule, int | Callable[[Viewer, str], int]]] = {
    ("routing", "get", "/v1/cases/{complaint_id}"): (WORKERS | READERS, sees, 200),
    ("routing", "get", "/v1/cases/{complaint_id}/suggestions"): (
        {"triage_officer", "biro"},
        sees,
        200,
    ),
    ("routing", "get", "/v1/cases/{complaint_id}/steps"): (WORKERS | READERS, sees, 200),
    ("routing", "get", "/v1/cases/{complaint_id}/notes"): (WORKERS | READERS, sees, 200),
    ("routing", "post", "/v1/cases/{complaint_id}/notes"): (WORKERS, sees, 200),
    # Whoever asks has read an older version.
    ("routing", "put", "/v1/cases/{complaint_id}/assignee"): (WORKERS, sees, 412),
    ("routing", "post", "/v1/cases/{complaint_id}/unwatch"): (WORKERS, sees, 412),
    ("routing", "get", "/v1/cases/{complaint_id}/file"): (WORKERS | READERS, sees, 200),
    ("routing", "get", "/v1/cases/{complaint_id}/neighbours"): (WORKERS | READERS, sees, 200),
    # Nothing is kept of the picture.
    ("routing", "post", "/v1/cases/{complaint_id}/media/{media_ref}/open"): (WORKERS, sees, 410),
    ("routing", "post", "/v1/cases/{complaint_id}/text/open"): (WORKERS, sees, opened),
    # The words that it names are none of the case's.
    ("routing", "post", "/v1/unread/{complaint_id}/look"): (WORKERS, sees, 409),
    ("sla", "get", "/v1/deadlines/{complaint_id}"): (READERS | WORKERS, sees, 200),
    # No evaluation is open: who sees the case is told so.
    ("sla", "post", "/v1/evaluations/{complaint_id}/waive"): ({"biro"}, sees, 409),
    ("notify", "put", "/v1/complaints/{complaint_id}/mute"): ({"admin"}, cares, 204),
    # Whoever asks here sends a file without a byte.
    ("media", "post", EVIDENCE): (WORKERS, holds, 422),
    # Somebody else has asked already, and a second request was withdrawn.
    ("intake", "post", "/internal/v1/erasures"): ({"admin"}, cares, 409),
    ("intake", "post", "/internal/v1/erasures/{erasure_id}/confirm"): ({"admin"}, cares, 409),
    ("intake", "post", "/internal/v1/erasures/{erasure_id}/withdraw"): ({"admin"}, cares, 200),
    # Others have asked and confirmed: it is nobody else's to confirm, nor to read.
    ("vault", "post", "/internal/v1/originals/{reveal_id}/confirm"): ({"admin"}, cares, 409),
    ("vault", "post", "/internal/v1/originals/{reveal_id}/read"): ({"admin"}, cares, 403),
    **{
        (service, "post", "/internal/v1/set-aside/{aside_id}/release"): ({"admin"}, cares, 200)
        for service in ("routing", "sla", "notify", "tracking")
    },
    # The event that is set aside has no body that could be applied, and none is given. Somebody
    # else has asked to discard it, and a second request was withdrawn.
    **{
        (service, method, path): (roles, cares, status)
        for service in ("routing", "sla", "notify", "tracking")
        for method, path, roles, status in (
            ("get", "/internal/v1/parked/{parked_id}/record", {"admin", "auditor"}, 200),
            ("get", "/internal/v1/complaints/{complaint_id}/trace", {"admin", "auditor"}, 200),
            ("post", "/internal/v1/parked/{parked_id}/replay", {"admin"}, 409),
            ("post", "/internal/v1/parked/{parked_id}/edit", {"admin"}, 422),
            ("post", "/internal/v1/parked/{parked_id}/discard", {"admin"}, 409),
            ("post", "/internal/v1/discards/{discard_id}/confirm", {"admin"}, 409),
            ("post", "/internal/v1/discards/{discard_id}/withdraw", {"admin"}, 200),
        )
    },
}
"""Roles that it is for, who is told of the case, and the answer for them; for all others of these
roles it is 404, byte for byte that of a case that there is not."""

COMMAND = "/v1/cases/{complaint_id}/"
BODIES = {command.verb: command.model_dump(mode="json", exclude_none=True) for command in COMMANDS}

INBOX: dict[Viewer, set[str]] = {
    ("unit_officer", H): {"ordinary", "rahasia"},
    ("unit_officer", KECAMATAN): {"about the kelurahan"},
    ("unit_officer", DINAS): {"passed on", "about the sudin"},
    ("unit_officer", BIRO): {"of the biro, judged"},
    ("unit_officer", INSPEKTORAT): {
        "restricted", "restricted, judged", "about the dinas", "about the biro", "about the desk",
        "of the biro, judged",
    },
    DESK_OFFICER: {"at the desk", "rahasia at the desk", "about the inspektorat"},
    BIRO_OFFICER: {"of the biro, judged", "restricted, judged"},
}  # fmt: skip
"""Open cases of one's unit, and what waits for one's judgement."""
UNREAD: dict[Viewer, set[str]] = {
    ("unit_officer", H): {"ordinary", "rahasia", "merged"},
    ("unit_officer", KECAMATAN): {"about the kelurahan"},
    ("unit_officer", DINAS): {"passed on", "about the sudin"},
    ("unit_officer", BIRO): {"of the biro, judged"},
    ("unit_officer", INSPEKTORAT): {
        "restricted", "restricted, judged", "about the dinas", "about the biro", "about the desk",
    },
    DESK_OFFICER: {"at the desk", "rahasia at the desk", "about the inspektorat"},
    BIRO_OFFICER: {"of the biro, judged", "completed", "restricted, completed"},
}  # fmt: skip
"""What holders must look at, and of what was answered those who may reopen it."""
PASSED_ON: dict[Viewer, set[str]] = {
    ("unit_officer", H): {"passed on"},
    ("unit_officer", INSPEKTORAT): {"about the sudin"},
}
"""What units watch after they have passed it on."""
OVERDUE = set(OBJECTS) - {"merged", "completed", "restricted, completed"}
"""Each has a limit that was missed."""

FAILED = {"ordinary", "restricted", "about the dinas", "about the kelurahan"}
"""One message of each has failed."""

LISTS: dict[tuple[str, str, str], tuple[set[str], Rule]] = {
    ("routing", "get", "/v1/inbox"): (WORKERS, lambda who, name: name in INBOX.get(who, ())),
    ("routing", "get", "/v1/triage"): (
        {"triage_officer", "biro"},
        lambda who, name: sees(who, name) and OBJECTS[name].holder == DESK,
    ),
    ("routing", "get", "/v1/unread"): (
        WORKERS, lambda who, name: name in UNREAD.get(who, ())
    ),
    ("routing", "post", "/v1/search"): (WORKERS | {"auditor", "admin"}, sees),
    ("sla", "get", "/v1/overdue"): (
        READERS | WORKERS,
        lambda who, name: sees(who, name) and name in OVERDUE
        and (who[0] not in ("unit_officer", "triage_officer") or OBJECTS[name].holder == who[1]),
    ),
    ("tracking", "get", "/v1/cases"): (READERS | {"triage_officer", "desk_officer"}, finds),
    ("notify", "get", "/v1/deliveries/failed"): (
        {"admin", "auditor"}, lambda who, name: cares(who, name) and name in FAILED
    ),
    ("intake", "get", "/internal/v1/erasures"): ({"admin"}, cares),
    ("vault", "get", "/internal/v1/originals"): ({"admin"}, cares),
    **{
        (service, "get", path): ({"admin", "auditor"}, cares)
        for service in ("routing", "sla", "notify", "tracking")
        for path in ("/internal/v1/parked", "/internal/v1/set-aside")
    },
}  # fmt: skip
"""Roles that a list is for, and which cases are in it."""

EXPORT = ("routing", "get", "/v1/export")
NEIGHBOURS = ("routing", "get", "/v1/cases/{complaint_id}/neighbours")
LOOKALIKES = ("routing", "post", "/v1/neighbours")
"""What it tells at a counter: tests/integration/routing/test_neighbours.py."""
FIGURES = ("tracking", "get", "/v1/statistics")
OPENINGS = ("routing", "get", "/v1/openings")
DELIVERIES = ("notify", "get", "/v1/deliveries")
BULK = ("routing", "post", "/v1/bulk")
CHANGES = ("routing", "get", "/v1/inbox/changes")
WEBHOOK = "/v1/webhooks/{webhook_id}"
WEBHOOKS = {
    ("routing", "get", "/v1/webhooks"): {"admin", "auditor"},
    ("routing", "get", WEBHOOK): {"admin", "auditor"},
    ("routing", "put", WEBHOOK): {"admin"},
    ("routing", "delete", WEBHOOK): {"admin"},
    ("routing", "get", f"{WEBHOOK}/deliveries"): {"admin", "auditor"},
    ("routing", "post", f"{WEBHOOK}/deliveries/{{delivery_id}}/replay"): {"admin"},
}
"""What is told of which case: tests/integration/routing/test_webhooks.py."""
TRACES = {
    (service, "get", "/internal/v1/traces/{trace_id}")
    for service in ("routing", "sla", "notify", "tracking")
}
OF_NO_CASE = {
    ("routing", "get", "/v1/units"), ("routing", "get", "/v1/categories"),
    ("routing", "get", "/v1/rules"),
    ("routing", "get", "/v1/rule-versions"), ("routing", "post", "/v1/rule-versions"),
    ("routing", "get", "/v1/rule-versions/{number}"),
    ("routing", "get", "/v1/rule-versions/{number}/changes"),
    ("routing", "post", "/v1/rule-versions/{number}/activate"),
    # Counts alone, over cases within the sight (tests/integration/routing/test_rule_versions.py).
    ("routing", "get", "/v1/rule-versions/{number}/trial"),
    ("routing", "get", "/v1/classifier-models"), ("routing", "post", "/v1/classifier-models"),
    ("routing", "get", "/v1/classifier-models/{number}"),
    ("routing", "post", "/v1/classifier-models/{number}/switch"),
    # No case is named, none beyond the sight is told of (tests/integration/routing/test_model.py).
    ("routing", "get", "/v1/classifier-examples"),
    # The same (tests/integration/routing/test_cases.py).
    ("routing", "get", "/v1/rule-corrections"),
    ("intake", "get", "/v1/channels/health"),
    ("routing", "get", "/v1/me"), ("routing", "get", "/v1/officers"),
    ("routing", "get", "/v1/reply-templates"),
    ("routing", "put", "/v1/reply-templates/{template_id}"),
    ("routing", "delete", "/v1/reply-templates/{template_id}"),
    ("routing", "get", "/v1/views"), ("routing", "put", "/v1/views/{view_id}"),
    ("routing", "delete", "/v1/views/{view_id}"),
    ("routing", "get", "/v1/case-file-keys"),
    ("intake", "get", "/v1/channels"),
    ("notify", "get", "/v1/gateways"), ("notify", "post", "/v1/gateways/{name}/resume"),
    ("tracking", "post", "/v1/track"), ("tracking", "post", "/v1/track/answer"),
    # Services ask each other, with tokens that no officer has.
    ("intake", "post", "/internal/v1/contents/claim"),
    ("intake", "post", "/internal/v1/contents/refs"),
    ("intake", "post", "/internal/v1/tracking-digests/claim"),
    ("intake", "post", "/internal/v1/facts/claim"), ("intake", "post", "/internal/v1/answers"),
    ("vault", "post", "/internal/v1/contacts/claim"),
    ("media", "post", "/internal/v1/links/claim"), ("media", "get", "/v1/media/{ref}/{size}"),
    # It asks intake, which is away here (tests/integration/intake/test_originals.py).
    ("vault", "post", "/internal/v1/originals"),
    ("routing", "post", "/internal/v1/notes/claim"),
    ("routing", "post", "/internal/v1/hands/claim"),
    ("routing", "post", "/internal/v1/holders/claim"),
    ("routing", "post", "/internal/v1/reviewers/claim"),
    ("routing", "post", "/internal/v1/sights/claim"),
    ("routing", "post", "/internal/v1/categories/claim"),
    ("routing", "post", "/internal/v1/renewals/turn"),
    ("routing", "post", "/internal/v1/renewals/outcome"),
    # What these three have stated stands on the stream, which is open to all.
    *(
        (service, "get", path)
        for service in ("intake", "vault", "media")
        for path in ("/internal/v1/complaints/{complaint_id}/trace",
                     "/internal/v1/traces/{trace_id}")
    ),
    # Intake hears nothing; the vault and media know no case: they list the ids of erasures.
    *(
        (service, method, path)
        for service, has in (("intake", 4), ("vault", 9), ("media", 9))
        for method, path in (("get", "/internal/v1/parked"),
                             ("post", "/internal/v1/parked/{parked_id}/replay"),
                             ("get", "/internal/v1/set-aside"),
                             ("post", "/internal/v1/set-aside/{aside_id}/release"),
                             ("get", "/internal/v1/parked/{parked_id}/record"),
                             ("post", "/internal/v1/parked/{parked_id}/edit"),
                             ("post", "/internal/v1/parked/{parked_id}/discard"),
                             ("post", "/internal/v1/discards/{discard_id}/confirm"),
                             ("post", "/internal/v1/discards/{discard_id}/withdraw"))[:has]
    ),
}  # fmt: skip
"""Operations that tell no officer of any case."""
DOORS = ("/v1/channels/", "/v1/desks/")
"""Where complaints come in: nothing is told of those that are there."""

_STATED = """
    INSERT INTO outbox (event_id, complaint_id, shard, type, at, traceparent, body, published_at)
    VALUES (gen_random_uuid(), $1, 0, 'id.go.jakarta.crm.CaseAccepted.v1', now(), $2, '{}', now())
"""

# --- the city ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def city(
    postgres: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[City]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps(built.credentials.jwks()).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    issuer = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{issuer.sockets[0].getsockname()[1]}/jwks.json"
    (port,) = free_ports(1)
    routing_url = f"http://127.0.0.1:{port}"
    built = await City.built(postgres, tmp_path_factory.mktemp("city"), url, routing_url)
    await built.hold(list(OBJECTS.values()))
    async with served(built.services["routing"].app, port):
        yield built
    await built.close()
    issuer.close()


class Officer:
    """Asks all services with one token."""

    def __init__(self, city: City, viewer: Viewer | None) -> None:
        self.viewer = viewer or ("nobody", "")
        token = city.token(*viewer) if viewer else None
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._clients = city.clients

    async def ask(
        self, operation: tuple[str, str, str], path: str, body: Any = None, version: int = 1
    ) -> httpx.Response:
        service, method, described = operation
        kind = {"content-type": "application/octet-stream"} if described == EVIDENCE else {}
        headers = {**self._headers, **kind, "if-match": f'"{version}"'}
        return await self._clients[service].request(
            method.upper(), path, headers=headers, json=body
        )


def at(operation: tuple[str, str, str], city: City, each: Object | None) -> str:
    """The address of an operation for a case; None: for one that there is not."""
    service, _, path = operation
    if each is None:
        return path.format(
            complaint_id=UNKNOWN, erasure_id=UNKNOWN, parked_id=999_999, reveal_id=UNKNOWN,
            aside_id=999_999, number=1,
            discard_id=UNKNOWN, name="sms", template_id=UNKNOWN, view_id=UNKNOWN,
            webhook_id=UNKNOWN, delivery_id=UNKNOWN, media_ref=UNKNOWN, ref=UNKNOWN,
            trace_id=UNKNOWN,
        )  # fmt: skip
    parked = city.parked.get((service, each.id), 0)
    return path.format(
        complaint_id=each.id,
        erasure_id=each.erasure_id,
        parked_id=parked,
        reveal_id=each.erasure_id,
        aside_id=city.aside.get((service, each.id), 0),
        discard_id=each.erasure_id,
        name="sms",
        template_id=each.erasure_id,
        view_id=each.erasure_id,
        webhook_id=each.id,
        delivery_id=each.id,
        media_ref=each.erasure_id,
        ref=each.erasure_id,
        trace_id=city.trace,
        number=1,
    )


def body_for(operation: tuple[str, str, str], each: Object | None) -> Any:
    _, method, path = operation
    complaint = str(each.id if each else UNKNOWN)
    if path.startswith(COMMAND) and path.removeprefix(COMMAND) in BODIES:
        return BODIES[path.removeprefix(COMMAND)]
    return {
        "/v1/cases/{complaint_id}/notes": {"text": "Pelapor sudah ditelepon."}
        if method == "post" else None,
        "/v1/cases/{complaint_id}/assignee": {"officer_id": None},
        "/v1/unread/{complaint_id}/look": {"refs": [complaint]},
        "/v1/cases/{complaint_id}/media/{media_ref}/open": {"reason": "Lokasi tidak jelas."},
        "/v1/cases/{complaint_id}/text/open": {"reason": "Lokasi tidak jelas."},
        "/v1/neighbours": {"kelurahan": H},
        "/v1/evaluations/{complaint_id}/waive": {"reason": "Izin pihak ketiga"},
        "/v1/complaints/{complaint_id}/mute": {"muted": True},
        "/internal/v1/erasures": {"complaint_id": complaint, "note": "Diminta."}
        if method == "post" else None,
        "/internal/v1/erasures/{erasure_id}/confirm": {"note": "Diperiksa."},
        "/internal/v1/erasures/{erasure_id}/withdraw": {"note": "Keliru."},
        "/internal/v1/originals/{reveal_id}/confirm": {"note": "Diperiksa."},
        "/internal/v1/parked/{parked_id}/edit": {"note": "Diperbaiki.", "body": {}},
        "/internal/v1/parked/{parked_id}/discard": {"note": "Tidak terbaca."},
        "/internal/v1/discards/{discard_id}/confirm": {"note": "Diperiksa."},
        "/internal/v1/discards/{discard_id}/withdraw": {"note": "Keliru."},
    }.get(path)  # fmt: skip


def told(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All of an answer but what names the request itself."""
    own = ("x-request-id", "traceparent", "date")
    return (
        answer.status_code,
        answer.content,
        sorted((name, value) for name, value in answer.headers.items() if name not in own),
    )


async def all_of(tasks: Iterable[Awaitable[None]], at_once: int = 6) -> None:
    limit = asyncio.Semaphore(at_once)

    async def one(task: Awaitable[None]) -> None:
        async with limit:
            await task

    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(one(task))


# --- the matrix ----------------------------------------------------------------------------


def commands(city: City) -> list[tuple[str, str, str]]:
    return [
        each for each in city.operations()
        if each[2].startswith(COMMAND) and each not in BY_CASE
    ]  # fmt: skip


async def test_every_operation_of_every_service_stands_in_the_matrix(city: City) -> None:
    placed = {
        *BY_CASE, *LISTS, FIGURES, DELIVERIES, BULK, CHANGES, EXPORT,
        LOOKALIKES, OPENINGS, *WEBHOOKS, *TRACES, *OF_NO_CASE,
        *commands(city),
    }  # fmt: skip
    found = {
        each for each in city.operations()
        if not each[2].startswith(DOORS) or each in OF_NO_CASE
    }  # fmt: skip
    assert found == placed
    assert {path.removeprefix(COMMAND) for _, _, path in commands(city)} == set(BODIES)


@pytest.mark.timeout(600)
async def test_whoever_may_not_see_a_case_is_told_what_is_told_of_none(city: City) -> None:
    async def asked(operation: tuple[str, str, str], officer: Officer) -> None:
        _, rule, seen = BY_CASE[operation]
        never = await officer.ask(operation, at(operation, city, None), body_for(operation, None))
        assert never.status_code == 404, (operation, officer.viewer)
        for name, each in OBJECTS.items():
            where = (operation, officer.viewer, name)
            answer = await officer.ask(
                operation, at(operation, city, each), body_for(operation, each)
            )
            if rule(officer.viewer, name):
                expected = seen if isinstance(seen, int) else seen(officer.viewer, name)
                assert answer.status_code == expected, (where, answer.text)
            else:
                assert told(answer) == told(never), where

    await all_of(
        asked(operation, Officer(city, viewer))
        for operation, (roles, _, _) in BY_CASE.items()
        for viewer in SEATED
        if viewer[0] in roles
    )


async def test_a_command_on_a_hidden_case_tells_neither_its_version_nor_its_state(
    city: City,
) -> None:
    """Each command on a third of the cases in turn: all cases and all commands meet each role."""
    names = list(OBJECTS)

    async def given(place: int, operation: tuple[str, str, str], officer: Officer) -> None:
        body = body_for(operation, None)
        never = await officer.ask(operation, at(operation, city, None), body)
        assert never.status_code == 404, (operation, officer.viewer)
        for name in names[place % 3 :: 3]:
            where = (operation, officer.viewer, name)
            answer = await officer.ask(operation, at(operation, city, OBJECTS[name]), body)
            if sees(officer.viewer, name):
                assert answer.status_code == 412, where
            else:
                assert told(answer) == told(never), where

    await all_of(
        given(place, operation, Officer(city, viewer))
        for place, operation in enumerate(commands(city))
        for viewer in SEATED
        if viewer[0] in WORKERS
    )


async def test_who_only_watches_is_offered_nothing_and_may_do_nothing(city: City) -> None:
    watching = {
        ("unit_officer", H): "passed on",
        ("unit_officer", INSPEKTORAT): "about the sudin",
    }
    read = ("routing", "get", "/v1/cases/{complaint_id}")
    for viewer, name in watching.items():
        officer, each = Officer(city, viewer), OBJECTS[name]
        case = (await officer.ask(read, at(read, city, each))).json()
        assert case["allowed"] == []
        for operation in commands(city):
            answer = await officer.ask(
                operation, at(operation, city, each), body_for(operation, None), VERSION
            )
            assert answer.status_code in (403, 409), (operation, viewer)


async def test_an_act_in_bulk_tells_of_a_hidden_case_what_it_tells_of_none(city: City) -> None:
    cases = [{"complaint_id": str(each.id), "version": 1} for each in OBJECTS.values()]
    none = {"complaint_id": str(UNKNOWN), "version": 1}

    async def given(officer: Officer, command: str) -> None:
        body = {"officer_id": None} if command == "assignee" else {}
        act = {"command": command, "body": body, "cases": [*cases, none]}
        *found, never = (await officer.ask(BULK, BULK[2], act)).json()["results"]
        assert never["status"] == 404, officer.viewer
        for name, result in zip(OBJECTS, found, strict=True):
            if sees(officer.viewer, name):
                assert result["status"] == 412, (officer.viewer, name)
            else:
                hidden = {**result, "complaint_id": str(UNKNOWN)}
                assert hidden == never, (officer.viewer, name)

    await all_of(
        given(Officer(city, viewer), command)
        for viewer in SEATED
        if viewer[0] in WORKERS
        for command in ("accept", "assignee")
    )


async def test_a_case_is_merged_only_into_one_that_the_officer_sees(city: City) -> None:
    merge = ("routing", "post", f"{COMMAND}merge")
    officer = Officer(city, ("unit_officer", H))
    address = at(merge, city, OBJECTS["ordinary"])
    never = await officer.ask(merge, address, {"head": str(UNKNOWN)}, VERSION)
    assert never.status_code == 422
    for name, each in OBJECTS.items():
        if not sees(officer.viewer, name):
            answer = await officer.ask(merge, address, {"head": str(each.id)}, VERSION)
            assert told(answer) == told(never), name


async def test_a_list_has_what_its_reader_sees_and_its_cursors_tell_of_nothing_else(
    city: City,
) -> None:
    async def read(operation: tuple[str, str, str], officer: Officer) -> None:
        _, rule = LISTS[operation]
        wanted = {str(each.id) for name, each in OBJECTS.items() if rule(officer.viewer, name)}
        found = await pages(officer, operation, {str(each.id) for each in OBJECTS.values()})
        assert sorted(found) == sorted(wanted), (operation, officer.viewer)

    await all_of(
        read(operation, Officer(city, viewer))
        for operation, (roles, _) in LISTS.items()
        for viewer in SEATED
        if viewer[0] in roles
    )


async def pages(officer: Officer, operation: tuple[str, str, str], known: set[str]) -> list[str]:
    """Ids of the cases in a list, read to its end by twos."""
    found: list[str] = []
    query = "?limit=2" if not operation[2].startswith("/internal/") else ""
    path, body = operation[2] + query, None
    if operation[1] == "post":
        path, body = operation[2], {"limit": 2}
    while True:
        answer = (await officer.ask(operation, path, body)).json()
        shown = [row["complaint_id"] for rows in answer.values() if isinstance(rows, list)
                 for row in rows]  # fmt: skip
        found += shown
        cursor = answer.get("next_cursor")
        if cursor is None:
            return found
        assert shown, "an empty page that names another"
        named = {each for each in known if each in decoded(cursor)}
        assert named <= set(found), "a cursor that names a case which was not shown"
        if body is not None:
            body["cursor"] = cursor
        else:
            path = f"{operation[2]}{query}&cursor={cursor}"


@pytest.mark.parametrize("service", ["intake", "vault", "media"])
async def test_a_service_that_knows_no_case_still_lists_what_it_has_set_aside(
    city: City, service: str
) -> None:
    parked = (service, "get", "/internal/v1/parked")
    replay = (service, "post", "/internal/v1/parked/{parked_id}/replay")
    admin = Officer(city, ("admin", STRANGER))
    assert (await admin.ask(parked, parked[2])).json() == {"parked": []}
    assert (await admin.ask(replay, at(replay, city, None))).status_code == 404
    rows = (service, "get", "/internal/v1/set-aside")
    release = (service, "post", "/internal/v1/set-aside/{aside_id}/release")
    assert (await admin.ask(rows, rows[2])).json() == {"rows": []}
    assert (await admin.ask(release, at(release, city, None))).status_code == 404


async def test_a_trace_tells_of_cases_that_its_reader_takes_care_of(city: City) -> None:
    # The id of a trace tells its time, and its rows are looked for around that.
    city.trace = new_id()
    for service, _, _ in TRACES:
        for each in OBJECTS.values():
            parent = f"00-{city.trace.hex}-{each.id.hex[16:]}-00"
            await city.rows(service, _STATED, each.id, parent)

    async def read(operation: tuple[str, str, str], officer: Officer) -> None:
        answer = await officer.ask(operation, at(operation, city, OBJECTS["ordinary"]))
        if officer.viewer[0] not in ("admin", "auditor"):
            assert answer.status_code == 403, (operation, officer.viewer)
            return
        found = {str(each.id) for name, each in OBJECTS.items() if cares(officer.viewer, name)}
        assert set(answer.json()["complaints"]) == found, (operation, officer.viewer)

    await all_of(
        read(operation, Officer(city, viewer)) for operation in TRACES for viewer in SEATED
    )


async def test_an_exported_list_has_what_the_inbox_has(city: City) -> None:
    async def exported(officer: Officer) -> None:
        answer = await officer.ask(EXPORT, EXPORT[2])
        [_, *lines] = csv.reader(answer.text.splitlines())
        wanted = [OBJECTS[name].report_number for name in INBOX.get(officer.viewer, ())]
        assert sorted(line[0] for line in lines) == sorted(wanted), officer.viewer

    # A process makes two files at a time and refuses a third.
    viewers = [who for who in SEATED if who[0] in WORKERS]
    await all_of((exported(Officer(city, who)) for who in viewers), at_once=2)


async def test_a_cursor_that_was_changed_or_is_another_list_s_is_refused(city: City) -> None:
    officer = Officer(city, ("unit_officer", INSPEKTORAT))
    cursors = {
        path: (await officer.ask(("routing", "get", path), f"{path}?limit=1")).json()["next_cursor"]
        for path in ("/v1/inbox", "/v1/unread")
    }
    for path, other in (("/v1/inbox", "/v1/unread"), ("/v1/unread", "/v1/inbox")):
        own = cursors[path]
        flipped = ("A" if own[0] != "A" else "B") + own[1:]
        for cursor in (cursors[other], flipped, own[:-4], own + own, "x", ""):
            answer = await officer.ask(("routing", "get", path), f"{path}?cursor={cursor}")
            assert (answer.status_code, answer.json()["field"]) == (422, "cursor"), (path, cursor)


async def test_neighbours_are_cases_that_their_reader_sees(city: City) -> None:
    """All stand at one place and tell the same: whoever sees one is shown all that he sees."""

    async def read(officer: Officer, name: str) -> None:
        answer = await officer.ask(NEIGHBOURS, at(NEIGHBOURS, city, OBJECTS[name]))
        told = answer.json()
        found = {each["complaint_id"] for each in (*told["cases"], *told["joined"])}
        seen = {each for each in OBJECTS if sees(officer.viewer, each)} - {name}
        assert found == {str(OBJECTS[each].id) for each in seen}, (officer.viewer, name)

    await all_of(
        read(Officer(city, viewer), name)
        for name in ("ordinary", "passed on", "restricted", "at the desk")
        for viewer in SEATED
        if viewer[0] in WORKERS | READERS and sees(viewer, name)
    )


async def test_figures_count_what_their_reader_sees(city: City) -> None:
    for viewer in SEATED:
        if viewer[0] not in READERS | {"triage_officer"}:
            continue
        wanted = [each for name, each in OBJECTS.items() if sees(viewer, name)]
        figures = (await Officer(city, viewer).ask(FIGURES, FIGURES[2])).json()
        assert figures["total"]["received"] == len(wanted), viewer
        held = {group["key"]: group["received"] for group in figures["by_unit"]}
        assert held == Counter(each.holder for each in wanted), viewer


async def test_a_report_number_finds_no_hidden_case(city: City) -> None:
    search = ("tracking", "get", "/v1/cases")

    async def searched(officer: Officer) -> None:
        for name, each in OBJECTS.items():
            answer = await officer.ask(search, f"/v1/cases?report_number={each.report_number}")
            found = [case["complaint_id"] for case in answer.json()["cases"]]
            wanted = [str(each.id)] if finds(officer.viewer, name) else []
            assert found == wanted, (officer.viewer, name)

    roles = READERS | {"triage_officer", "desk_officer"}
    await all_of(searched(Officer(city, viewer)) for viewer in SEATED if viewer[0] in roles)


async def test_the_messages_of_a_hidden_case_are_as_those_of_none(city: City) -> None:
    async def listed(officer: Officer) -> None:
        never = await officer.ask(DELIVERIES, f"{DELIVERIES[2]}?complaint_id={UNKNOWN}")
        assert never.json() == {"deliveries": []}
        for name, each in OBJECTS.items():
            answer = await officer.ask(DELIVERIES, f"{DELIVERIES[2]}?complaint_id={each.id}")
            if cares(officer.viewer, name):
                assert len(answer.json()["deliveries"]) == 1, (officer.viewer, name)
            else:
                assert told(answer) == told(never), (officer.viewer, name)

    roles = {"admin", "auditor", *WORKERS}
    await all_of(listed(Officer(city, viewer)) for viewer in SEATED if viewer[0] in roles)


async def test_a_listener_is_told_of_what_is_in_its_inbox_alone(city: City) -> None:
    before = await city.position()
    await city.save_again(list(OBJECTS.values()))

    async def heard(viewer: Viewer) -> None:
        answer = await city.clients["routing"].get(
            CHANGES[2],
            headers={
                # In force by the leeway alone: the stream says what was missed, and ends.
                "authorization": f"Bearer {city.token(*viewer, seconds=-5)}",
                "last-event-id": before,
            },
        )
        wanted = INBOX.get(viewer, set()) | PASSED_ON.get(viewer, set())
        events = [part for part in answer.text.split("\n\n") if "event: " in part]
        assert answer.status_code == 200
        assert {name for name, each in OBJECTS.items() if str(each.id) in answer.text} == wanted, (
            viewer
        )
        assert len(events) == len(wanted), viewer

    await all_of(heard(viewer) for viewer in SEATED if viewer[0] in WORKERS)


async def test_no_operation_is_for_a_role_that_it_does_not_name(city: City) -> None:
    """403 for a case that is there and for none alike: the role is looked at first."""
    for_roles = {
        **{operation: roles for operation, (roles, _, _) in BY_CASE.items()},
        **{operation: roles for operation, (roles, _) in LISTS.items()},
        **dict.fromkeys(commands(city), WORKERS),
        FIGURES: READERS | {"triage_officer"},
        DELIVERIES: {"admin", "auditor", *WORKERS},
        BULK: WORKERS,
        CHANGES: WORKERS,
        **WEBHOOKS,
        EXPORT: WORKERS,
        LOOKALIKES: WORKERS | {"desk_officer"},
        OPENINGS: {"auditor"},
    }

    async def refused(operation: tuple[str, str, str], officer: Officer) -> None:
        for each in (OBJECTS["ordinary"], None):
            answer = await officer.ask(
                operation, at(operation, city, each), body_for(operation, each)
            )
            assert answer.status_code == 403, (operation, officer.viewer)

    await all_of(
        refused(operation, Officer(city, viewer))
        for operation, roles in for_roles.items()
        for viewer in (("unit_officer", H), DESK_OFFICER, BIRO_OFFICER, ("auditor", INSPEKTORAT),
                       ("admin", STRANGER), ("desk_officer", H))
        if viewer[0] not in roles
    )  # fmt: skip


def for_officers(city: City) -> list[tuple[str, str, str]]:
    """Operations that a token of the city's issuer opens."""
    return [
        (name, method, path)
        for name, service in city.services.items()
        for path, methods in service.app.openapi()["paths"].items()
        for method, operation in methods.items()
        if {"operator": []} in operation.get("security", ())
    ]


async def test_an_office_that_there_is_not_opens_no_door_of_any_service(city: City) -> None:
    """403 with what to do, whatever the operation; without a token 401."""
    operations = for_officers(city)
    assert {operation[0] for operation in operations} == set(city.services)

    async def refused(operation: tuple[str, str, str], viewer: Viewer | None) -> None:
        each = OBJECTS["ordinary"]
        answer = await Officer(city, viewer).ask(
            operation, at(operation, city, each), body_for(operation, each)
        )
        assert answer.status_code == (403 if viewer else 401), (operation, viewer, answer.text)
        assert answer.json()["field"] == "authorization"
        assert not viewer or "Ask the issuer" in answer.json()["detail"]

    await all_of(
        refused(operation, viewer) for operation in operations for viewer in (*NOT_SEATED, None)
    )


# --- what was opened -----------------------------------------------------------------------

READ = ("routing", "get", "/v1/cases/{complaint_id}")
FILE = ("routing", "get", "/v1/cases/{complaint_id}/file")
NEW = "SELECT actor, complaint_id, what, role FROM openings WHERE at > $1"
NOW = "SELECT clock_timestamp()"


async def since(city: City) -> Any:
    [[now]] = await city.rows("routing", NOW)
    return now


async def test_each_opening_of_a_restricted_case_is_recorded_and_of_no_other(city: City) -> None:
    before = await since(city)

    async def opened(officer: Officer) -> None:
        for each in OBJECTS.values():
            for operation in (READ, FILE):
                await officer.ask(operation, at(operation, city, each))

    viewers = [viewer for viewer in SEATED if viewer[0] in WORKERS | READERS]
    await all_of(opened(Officer(city, viewer)) for viewer in viewers)
    wanted = {
        (f"{role}-{unit}", each.id, what, role)
        for what in ("case", "file")
        for role, unit in viewers
        for name, each in OBJECTS.items()
        if each.restricted and sees((role, unit), name)
    }
    assert sorted(map(tuple, await city.rows("routing", NEW, before))) == sorted(wanted)


async def test_parts_of_a_restricted_case_are_openings_too(city: City) -> None:
    before = await since(city)
    officer = Officer(city, ("unit_officer", INSPEKTORAT))
    for name, part in product(("restricted", "of the biro, judged"), ("file", "steps", "notes")):
        answer = await officer.ask(READ, f"{at(READ, city, OBJECTS[name])}/{part}")
        assert answer.status_code == 200, (name, part, answer.text)
    rows = await city.rows("routing", NEW, before)
    assert {(row["complaint_id"], row["what"]) for row in rows} == {
        (OBJECTS["restricted"].id, part) for part in ("file", "steps", "notes")
    }


async def test_an_opening_is_recorded_for_a_caller_who_hangs_up(city: City) -> None:
    before = await since(city)
    token = city.token("unit_officer", INSPEKTORAT)
    path = at(READ, city, OBJECTS["restricted"])
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "server": ("routing.test", 80), "client": ("127.0.0.1", 1),
        "headers": [(b"authorization", f"Bearer {token}".encode())],
    }  # fmt: skip

    async def hung_up() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def nobody_listens(_: Any) -> None:
        raise ConnectionResetError

    with suppress(Exception):
        await city.services["routing"].app(scope, hung_up, nobody_listens)
    assert len(await city.rows("routing", NEW, before)) == 1


async def test_what_cannot_be_recorded_is_not_shown(city: City) -> None:
    officer, each = Officer(city, ("unit_officer", INSPEKTORAT)), OBJECTS["restricted"]
    await city.rows("routing", "ALTER TABLE openings RENAME TO elsewhere")
    try:
        answer = await officer.ask(READ, at(READ, city, each))
        assert answer.status_code == 500
        assert each.report_number not in answer.text
    finally:
        await city.rows("routing", "ALTER TABLE elsewhere RENAME TO openings")


async def test_openings_are_shown_to_auditors_who_see_the_case(city: City) -> None:
    for role, unit in (("unit_officer", INSPEKTORAT), BIRO_OFFICER, ("unit_officer", DINAS)):
        for each in OBJECTS.values():
            await Officer(city, (role, unit)).ask(READ, at(READ, city, each))
    known = {str(each.id) for each in OBJECTS.values()}
    numbers = {str(each.id): each.report_number for each in OBJECTS.values()}
    for viewer in AUDITORS:
        auditor = Officer(city, viewer)
        listed = (await auditor.ask(OPENINGS, f"{OPENINGS[2]}?limit=200")).json()["openings"]
        # The words of a case that is not restricted may have been opened, too.
        rows = [row for row in listed if row["what"] != "text"]
        seen = {
            str(each.id) for name, each in OBJECTS.items() if each.restricted and sees(viewer, name)
        }
        assert {row["complaint_id"] for row in rows} == seen, viewer
        assert all(row["report_number"] == numbers[row["complaint_id"]] for row in rows)
        assert sorted(row["at"] for row in rows) == [row["at"] for row in reversed(rows)]
        if len(listed) < 10:
            assert await pages(auditor, OPENINGS, known) == [row["complaint_id"] for row in listed]


# --- the fences of the database ------------------------------------------------------------

KNOWS_CASES = ("routing", "sla", "notify", "tracking")
NAMES_A_COMPLAINT = """
    SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity
           AND EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = c.oid) AS fenced
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'complaint_id'
    WHERE c.relnamespace = CAST($1 AS regnamespace) AND c.relkind = 'r'
"""
MUST_BE_SAID = """
    SELECT column_name AS name, data_type AS kind FROM information_schema.columns
    WHERE table_schema = $1 AND table_name = $2 AND is_nullable = 'NO' AND column_default IS NULL
      AND is_identity = 'NO' AND is_generated = 'NEVER' AND column_name <> 'complaint_id'
"""
SOMETHING = {
    "uuid": "gen_random_uuid()", "text": "'x'", "timestamp with time zone": "now()",
    "jsonb": "'{}'", "ARRAY": "'{}'", "bytea": "''", "tsvector": "''", "boolean": "false",
    "integer": "1", "bigint": "1", "smallint": "1", "double precision": "1",
}  # fmt: skip


async def fences(city: City, service: str) -> list[str]:
    """The service's fenced tables, each with a row of every case in it."""
    tables = [row["name"] for row in await city.rows(service, NAMES_A_COMPLAINT, service)
              if row["fenced"]]  # fmt: skip
    for table in tables:
        columns = {row["name"]: SOMETHING[row["kind"]]
                   for row in await city.rows(service, MUST_BE_SAID, service, table)}  # fmt: skip
        names, values = ", ".join(["complaint_id", *columns]), ", ".join(["id", *columns.values()])
        await city.rows(
            service,
            f"INSERT INTO {table} ({names}) SELECT {values} FROM unnest(CAST($1 AS uuid[])) id"
            f" WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE complaint_id = id)",
            [each.id for each in OBJECTS.values()],
        )
    return tables


async def test_every_table_that_names_a_complaint_is_fenced_but_those_of_the_bus(
    city: City,
) -> None:
    for service in KNOWS_CASES:
        rows = await city.rows(service, NAMES_A_COMPLAINT, service)
        # What was answered to an officer stays his, also when the case has left his sight.
        expected = {"outbox", "parked", "set_aside"}
        expected |= {"kept_answers"} if service == "routing" else set()
        open_ones = {row["name"] for row in rows if not row["fenced"]}
        assert open_ones == expected, service


def found_in(service: str, viewer: Viewer, rule: Rule) -> tuple[set[str], set[str]]:
    """Names of cases that must be found, and of those that may be. Notify knows no holder, so that
    only who is cleared finds any."""
    own = finds if service == "tracking" else rule
    may = {name for name in OBJECTS if rule(viewer, name) or own(viewer, name)}
    if service != "notify":
        return may, may
    cleared = viewer[0] in ("auditor", "admin") or viewer == BIRO_OFFICER
    asked = {name for name in may if cleared and not OBJECTS[name].restricted}
    return asked, may


async def test_a_service_s_own_login_finds_no_row_beyond_the_sight_of_any_officer(
    city: City,
) -> None:
    names = {each.id: name for name, each in OBJECTS.items()}
    looked_at = 0
    for service in KNOWS_CASES:
        tables = await fences(city, service)
        connection = await asyncpg.connect(
            city.urls[service], server_settings={"search_path": service}
        )
        for viewer, (sight, rule) in product(SEATED, ((sight_of, sees), (care_of, cares))):
            officer = Operator("o", Role(viewer[0]), viewer[1])
            must, may = found_in(service, viewer, rule)
            async with connection.transaction():
                await connection.execute(opening(sight(officer, UNITS)))
                for table in tables:
                    rows = await connection.fetch(f"SELECT complaint_id FROM {table}")
                    found = {names[row["complaint_id"]] for row in rows}
                    assert must <= found <= may, (service, table, viewer, found ^ must)
                    looked_at += 1
        # Nothing of the last officer's sight is left on the connection.
        for table in tables:
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table
        await connection.close()
    assert looked_at > 500


async def test_what_is_beyond_an_officer_s_sight_is_not_written_either(city: City) -> None:
    await fences(city, "routing")
    connection = await asyncpg.connect(
        city.urls["routing"], server_settings={"search_path": "routing"}
    )
    sight = sight_of(Operator("o", Role.UNIT_OFFICER, H), UNITS)
    note = "INSERT INTO notes VALUES (gen_random_uuid(), $1, 'plan', 'x', '[]')"
    async with connection.transaction():
        await connection.execute(opening(sight))
        seen = len([name for name in OBJECTS if sees(("unit_officer", H), name)])
        assert await connection.execute("UPDATE cases SET category = 'x'") == f"UPDATE {seen}"
        await connection.execute(note, OBJECTS["ordinary"].id)
    async with connection.transaction():
        await connection.execute(opening(sight))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(note, OBJECTS["restricted"].id)
    await connection.close()


BY_INDEX = {
    ("tracking", "watchers @> to_jsonb(CAST('31.74.01' AS text))"): "ix_cases_watchers",
    ("tracking", "unit_id = '31.74.01'"): "ix_cases_unit_id",
    ("tracking", "tracking_digest = 'x'"): "uq_cases_tracking_digest",
    ("sla", "next_fire_at <= now()"): "ix_cases_next_fire_at",
    ("routing", "complaint_id = ANY(CAST('{}' AS uuid[]))"): "pk_cases",
}


@pytest.mark.parametrize(("service", "asked"), BY_INDEX)
async def test_a_fence_keeps_no_query_from_its_index(city: City, service: str, asked: str) -> None:
    """With an operator that PostgreSQL does not trust, all rows would be read (`shared.fences`)."""
    connection = await asyncpg.connect(
        city.urls[service], server_settings={"search_path": service, "enable_seqscan": "off"}
    )
    for sight in (SYSTEM, sight_of(Operator("o", Role.UNIT_OFFICER, H), UNITS)):
        async with connection.transaction():
            await connection.execute(opening(sight))
            plan = await connection.fetch(f"EXPLAIN SELECT watchers FROM cases WHERE {asked}")
        assert BY_INDEX[service, asked] in str(plan), plan
    await connection.close()
