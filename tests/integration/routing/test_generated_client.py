"""A client that was made from the contract, with nothing but what stands in it."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, Credentials, generate
from deploy.local.tokens import Role, mint_operator_token
from services.routing.api import create_router
from services.routing.contents import Contents
from services.routing.work.lists import ListCursors
from shared.auth import OperatorTokens
from shared.clock import system_clock
from shared.health import Health
from shared.http.app import create_app
from shared.http.paging import Cursors
from shared.telemetry import Metrics
from shared.testing import FixedClock
from tests.builders import T0, a_complaint, in_envelope
from tests.generated import Client, client_of
from tests.integration.notify.servers import served
from tests.integration.routing.test_api import Issuer
from tests.integration.routing.world import ATLAS, World
from tests.unit.routing.cases import MANGGARAI

Seat: TypeAlias = tuple[Role, str]
BIRO: Seat = ("biro", "biro-pemerintahan")
OFFICER: Seat = ("unit_officer", MANGGARAI)


class Officer:
    """Calls routing through the generated package alone."""

    def __init__(self, client: Client, base: str, credentials: Credentials, seat: Seat) -> None:
        self._client = client
        self._session = client.part("client").AuthenticatedClient(
            base_url=base,
            token=mint_operator_token(credentials, *seat),
            raise_on_unexpected_status=True,
        )

    async def do(
        self, name: str, *args: Any, body: dict[str, Any] | None = None, **given: Any
    ) -> Any:
        """The answer of the operation ``name``. ``body``: of the model that it takes."""
        operation = self._client.part(f"api.cases.{name}")
        if body is not None:
            given["body"] = self._model_of(name).from_dict(body)
        return await operation.asyncio_detailed(*args, client=self._session, **given)

    async def leave(self) -> None:
        await self._session.get_async_httpx_client().aclose()

    def _model_of(self, name: str) -> Any:
        return getattr(self._client.part("models"), name.title().replace("_", ""))


Office: TypeAlias = dict[Seat, Officer]


@pytest.fixture
async def office(world: World, tmp_path: Path) -> AsyncIterator[Office]:
    credentials = generate()
    operators = OperatorTokens(
        Issuer(credentials), "", OPERATOR_ISSUER, OPERATOR_AUDIENCE, clock=system_clock
    )
    router = create_router(
        world.works, world.store, world.acts, Contents(world.letters), ATLAS, operators,
        ListCursors.of(partial(Cursors, b"key")), FixedClock(T0), world.links,
    )  # fmt: skip
    app = create_app("routing", "CRM routing", [router], Health(), Metrics())
    async with served(app) as base, httpx.AsyncClient() as plain:
        document = (await plain.get(f"{base}/openapi.json")).json()
        with client_of(document, tmp_path, "crm_routing") as client:
            officers = {seat: Officer(client, base, credentials, seat) for seat in (OFFICER, BIRO)}
            yield officers
            for officer in officers.values():
                await officer.leave()


async def test_a_generated_client_takes_a_case_to_its_completion_and_knows_each_refusal(
    office: Office, world: World
) -> None:
    complaint = a_complaint(kelurahan_code=MANGGARAI)
    world.letters.written[complaint.content_ref] = {"text": "Tumpukan di depan pos ronda"}
    await world.hear([in_envelope(complaint, 1)])
    officer, judge = office[OFFICER], office[BIRO]

    [case] = (await officer.do("list_inbox")).parsed.cases
    read = await officer.do("read_case", case.complaint_id)
    assert read.parsed.contents[0].text == "Tumpukan di depan pos ronda"
    version = read.headers["etag"]
    for seen, text, problem in (
        ('"7"', "Sudah", "stale-version"),
        (version, "Sudah", "conflict"),
        (version, " ", "malformed"),
    ):
        refused = await officer.do(
            "submit_follow_up", case.complaint_id, if_match=seen, body={"text": text}
        )
        assert refused.parsed.type_ == f"https://crm.jakarta.go.id/problems/{problem}"
        assert refused.parsed.detail
    for who, act, body in (
        (officer, "accept_case", None),
        (officer, "start_work", None),
        (officer, "submit_follow_up", {"text": "Sudah diangkut."}),
        (judge, "validate_follow_up", None),
    ):
        done = await who.do(act, case.complaint_id, if_match=version, body=body)
        assert done.status_code == 200, done.content
        version = done.headers["etag"]
    assert done.parsed.state.value == "completed"
