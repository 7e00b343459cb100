"""No request gets an answer that its contract does not have, and none shows a fault of ours."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest

from deploy.local.ports import free_ports
from deploy.services import WITH_API, service_of
from tests.contract import random_requests
from tests.contract.operations import CREDENTIALS, Asked, built, issuer, operations
from tests.databases import Databases
from tests.integration.intake.open_door import opened
from tests.integration.visibility.city import City
from tests.integration.visibility.test_matrix import OBJECTS

SEED = int(os.environ.get("CRM_REQUESTS_SEED", "8"))
HELD = [each for each in OBJECTS.values() if each.holder == random_requests.HOLDER]
THERE = {
    "complaint_id": [str(each.id) for each in HELD],
    "erasure_id": [str(each.waiting_id) for each in HELD],
    "reveal_id": [str(each.erasure_id) for each in HELD],
    "parked_id": [str(number) for number in range(1, len(OBJECTS) + 1)],
}
"""Ids of what `City` holds, by the names of parameters."""
OFF = {"enabled": False}
TAKE_ANYTHING = [each for each in operations() if each.refuses_no_content]
DESKS_LIKE_ANOTHER = [
    each
    for each in operations()
    if each.path.startswith("/v1/desks/") and not each.path.startswith("/v1/desks/kelurahan/")
]
"""Their body is the kelurahan's, and as large: its limits are tried there."""
EXAMPLES = int(os.environ.get("CRM_REQUESTS_EXAMPLES", "3"))


@pytest.fixture(scope="module")
async def bases(postgres: Databases) -> AsyncIterator[Mapping[str, str]]:
    """All services at work behind their real doors, with cases of every kind; by name."""
    urls = await postgres.urls(*WITH_API)
    await City(postgres, CREDENTIALS, {}, urls, {}).hold(list(OBJECTS.values()))
    found: dict[str, str] = {}
    async with AsyncExitStack() as running:
        # Two may call each other: where each will be is said before any runs.
        ports = dict(zip(WITH_API, free_ports(len(WITH_API)), strict=True))
        for name in WITH_API:
            called = service_of(name).calls
            others = {
                f"CRM_{each.upper()}_URL": f"http://127.0.0.1:{ports[each]}" for each in called
            }
            changes = {
                "CRM_DATABASE_URL": urls[name],
                "CRM_OPERATOR_JWKS_URL": issuer(),
                "CRM_HTTP_PORT": str(ports[name]),
            }
            service = built(name, {**changes, **others})
            for closer in service.closers:
                running.push_async_callback(closer)
            found[name] = await running.enter_async_context(opened(service))
        yield found


def _about(operation: Asked, **settings: Any) -> Mapping[str, Any]:
    return {"include-operation-id": operation.described["operationId"], **settings}


def settings() -> Mapping[str, Any]:
    """Of schemathesis. What is left out, and why: docs/quality.md."""
    return {
        "seed": SEED,
        "generation": {
            "max-examples": EXAMPLES,
            "no-shrink": True,
            "database": "none",
            # Each request is signed as it goes out.
            "with-security-parameters": False,
        },
        "continue-on-failure": True,
        # The table of `test_manners.py` asks each address for each method.
        "phases": {"coverage": {"unexpected-methods": []}},
        "operations": [
            *(_about(each, checks={"negative_data_rejection": OFF}) for each in TAKE_ANYTHING),
            *(_about(each, phases={"coverage": OFF}) for each in DESKS_LIKE_ANOTHER),
        ],
        "checks": {
            "positive_data_acceptance": OFF,
            "ignored_auth": OFF,
            "unsupported_method": OFF,
            "missing_required_header": {"expected-statuses": [401, 415, 422, 428]},
            "negative_data_rejection": {
                "expected-statuses": [400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 428],
            },
        },
    }


@pytest.mark.parametrize("service", WITH_API)
async def test_every_answer_is_one_of_its_contract_and_none_is_a_fault_of_ours(
    bases: Mapping[str, str], service: str
) -> None:
    run = await asyncio.to_thread(
        random_requests.sent_to, bases[service], service, settings(), THERE
    )
    assert run.failures == []
    assert run.requests > 50
    # Of a file that is not there a link that is in force says that it is gone.
    behind = run.statuses["200"] + run.statuses.get("410", 0)
    assert behind > 10, "what is refused at the door shows nothing of what is behind"
