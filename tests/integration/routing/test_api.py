"""The officers' interface over HTTP, on a real PostgreSQL and with real tokens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, Credentials, generate
from deploy.local.tokens import Role, mint_operator_token
from services.routing.api import create_router
from services.routing.case.commands import AskCitizen, MergeCase, StartWork
from services.routing.case.transitions import TRANSITIONS
from services.routing.contents import Contents
from services.routing.placing import api as placing_api
from services.routing.work.lists import ListCursors
from shared.auth import OperatorTokens
from shared.clock import system_clock
from shared.events.intake import ComplaintSupplemented
from shared.events.sla import QuestionExpired
from shared.health import Health
from shared.http.app import create_app
from shared.http.paging import Cursors
from shared.telemetry import Metrics
from shared.testing import FixedClock
from tests.builders import T0, a_complaint, a_complaint_id, in_envelope
from tests.integration.routing.world import ATLAS, World
from tests.unit.routing.cases import MANGGARAI, an_officer

ONE = a_complaint_id(1)
CASE = f"/v1/cases/{ONE}"
WORDS = "Tumpukan di depan pos ronda"


class Issuer:
    """The key set of an issuer, without a network between."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def get(self, url: str) -> Any:
        return self._credentials.jwks()


class Office:
    """An HTTP client with the token of an officer."""

    def __init__(self, client: httpx.AsyncClient, credentials: Credentials) -> None:
        self.client = client
        self.credentials = credentials

    async def ask(
        self,
        method: str,
        path: str,
        role: Role = "unit_officer",
        unit: str = MANGGARAI,
        seen: int | str | None = None,
        key: str | None = None,
        subject: str | None = None,
        name: str | None = None,
        **request: Any,
    ) -> httpx.Response:
        token = mint_operator_token(self.credentials, role, unit, subject=subject, name=name)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        if seen is not None:
            headers["if-match"] = f'"{seen}"'
        if key is not None:
            headers["idempotency-key"] = key
        return await self.client.request(method, path, headers=headers, **request)

    async def get(self, path: str, **request: Any) -> httpx.Response:
        return await self.ask("GET", path, **request)

    async def post(self, path: str, body: Any = None, **request: Any) -> httpx.Response:
        return await self.ask("POST", path, json=body or {}, **request)


@asynccontextmanager
async def an_office(world: World) -> AsyncIterator[Office]:
    """The officers' interface of ``world``."""
    credentials = generate()
    operators = OperatorTokens(
        Issuer(credentials), "", OPERATOR_ISSUER, OPERATOR_AUDIENCE, clock=system_clock
    )
    router = create_router(
        world.works, world.store, world.acts, Contents(world.letters), ATLAS, operators,
        ListCursors.of(partial(Cursors, b"key")), FixedClock(T0), world.links,
    )  # fmt: skip
    placing = placing_api.create_router(world.works, world.store, ATLAS, operators, FixedClock(T0))
    app = create_app("routing", "CRM routing", [router, placing], Health(), Metrics())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://routing.test"
    ) as client:
        yield Office(client, credentials)


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    async with an_office(world) as opened:
        yield opened


async def received(world: World, number: int = 1, words: str = WORDS, **fields: Any) -> None:
    told = {"kelurahan_code": MANGGARAI, **fields}
    silent = fields.keys() & {"about_unit", "restricted"}
    complaint = (world.letters.facts.silent if silent else a_complaint)(number=number, **told)
    world.letters.written[complaint.content_ref] = {"text": words, "address": "Gang Contoh"}
    await world.hear([in_envelope(complaint, number)])


async def test_a_command_needs_the_version_that_was_read(office: Office, world: World) -> None:
    await received(world)
    read = await office.get(CASE)
    assert read.headers["etag"] == '"1"'
    assert (await office.post(f"{CASE}/start")).status_code == 428
    assert (await office.post(f"{CASE}/start", seen=7)).status_code == 412
    assert (await office.post(f"{CASE}/start", seen="x")).status_code == 412
    done = await office.post(f"{CASE}/start", seen=1)
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    assert done.json()["state"] == "in_progress"


async def test_a_command_needs_a_body_where_its_address_does_not_say_all(
    office: Office, world: World
) -> None:
    await received(world)
    assert (await office.ask("POST", f"{CASE}/accept", seen=1)).status_code == 200
    for sent, field in ((None, "body"), (b"null", "body"), (b"{}", "to_unit")):
        answer = await office.ask("POST", f"{CASE}/coordinate", seen=2, content=sent)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_of_two_requests_with_the_same_etag_one_is_served(
    office: Office, world: World
) -> None:
    await received(world)
    await world.warm_up(4)
    answers = await asyncio.gather(*(office.post(f"{CASE}/start", seen=1) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_a_refused_transition_names_the_state_that_it_is_for(
    office: Office, world: World
) -> None:
    await received(world)
    answer = await office.post(f"{CASE}/follow-up", {"text": "Sudah"}, seen=1)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert "in_progress (Proses)" in answer.json()["detail"]


VALID: dict[str, dict[str, Any]] = {
    "coordinate": {"to_unit": "dinas-bina-marga"}, "delegate": {"to_unit": "dinas-bina-marga"},
    "return": {"reason": "Bukan kami"}, "plan/return": {"reason": "Siapa?"},
    "question": {"question": "Di mana?"},
    "plan": {"plan": "Regu", "complete_by": "2024-11-09T00:00:00Z"},
    "extension": {"reason": "Hujan", "complete_by": "2024-11-20T00:00:00Z"},
    "extension/refuse": {"reason": "Tersedia"}, "follow-up": {"text": "Sudah"},
    "follow-up/refuse": {"reason": "Kotor"}, "reject": {"reason": "incomplete"},
    "reopen": {"reason": "new_facts"}, "merge": {"head": str(a_complaint_id(2))},
    "assign": {"unit": "dinas-bina-marga", "category": "jalan"},
}  # fmt: skip
"""A valid body of each command that needs one."""


async def refusals(office: Office, seen: int, **who: Any) -> dict[str, tuple[Any, ...]]:
    """How each command is refused that is not open according to the case."""
    answers = {}
    for refused in (await office.get(CASE, **who)).json()["not_allowed"]:
        verb = refused["command"]
        answer = await office.post(f"{CASE}/{verb}", VALID.get(verb), seen=seen, **who)
        told = answer.json()
        read = (refused["status"], refused["code"], refused["detail"], refused["detail_id"])
        assert read == (answer.status_code, told["code"], told["detail"], told["detail_id"])
        answers[verb] = read
    return answers


async def test_what_is_not_open_is_refused_for_the_reason_that_the_case_says(
    office: Office, world: World
) -> None:
    await received(world, 1)
    await received(world, 2)
    merge = MergeCase(head=ONE)
    await world.act(a_complaint_id(2), merge, an_officer(MANGGARAI))
    await office.post(f"{CASE}/accept", seen=1)
    codes = {verb: why[1] for verb, why in (await refusals(office, 2)).items()}
    assert {verb: code for verb, code in codes.items() if code != "wrong_state"} == {
        "accept": "accepted_already", "delegate": "no_unit_beneath", "merge": "has_merged",
        "assign": "not_yours",
    }  # fmt: skip
    shown = (await office.get(CASE)).json()
    assert sorted([*codes, *shown["allowed"]]) == sorted(kind.verb for kind in TRANSITIONS)


async def test_who_only_reads_a_case_is_told_that_nothing_is_open_to_him(
    office: Office, world: World
) -> None:
    await received(world)
    auditor: dict[str, Any] = {"role": "auditor", "unit": "31.74.01"}
    assert (await office.get(CASE, **auditor)).json()["allowed"] == []
    refused = await refusals(office, 1, **auditor)
    assert sorted(refused) == sorted(kind.verb for kind in TRANSITIONS)
    assert {why[:2] for why in refused.values()} == {(403, "role_needed")}


async def test_words_that_are_on_their_way_keep_a_case_from_being_rejected_for_silence(
    office: Office, world: World
) -> None:
    content, version = await silent(world)
    await office.post(f"{CASE}/start", seen=version)
    assert "reject" in (await office.get(CASE)).json()["allowed"]
    world.letters.filed[ONE] = [content, UUID(int=77)]
    assert (await refusals(office, version + 1))["reject"][:2] == (409, "new_words")


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("coordinate", {}, "to_unit"),
        ("coordinate", {"to_unit": "Dinas Sihir"}, "to_unit"),
        ("coordinate", {"to_unit": "dinas-sihir"}, "to_unit"),
        ("return", {"reason": "a\x00b"}, "reason"),
        ("follow-up", {"text": "x", "evidence": [{"sha256": "12"}]}, "evidence.0.sha256"),
        ("plan", {"plan": "Tambal", "complete_by": "2024-11-09T00:00:00"}, "complete_by"),
        ("start", {"colour": "red"}, "body"),
    ],
)
async def test_a_malformed_command_is_refused_and_its_field_is_named(
    office: Office, world: World, verb: str, body: dict[str, Any], field: str
) -> None:
    await received(world)
    answer = await office.post(f"{CASE}/{verb}", body, seen=1)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_half_a_surrogate_pair_is_refused_before_anything_is_written(
    office: Office, world: World
) -> None:
    await received(world)
    answer = await office.ask(
        "POST", f"{CASE}/question", seen=1, content=b'{"question": "\\ud83d di mana?"}'
    )
    assert answer.status_code == 422


async def test_a_case_shows_text_and_history_and_nothing_of_the_reporter(
    office: Office, world: World
) -> None:
    await received(world)
    await office.post(f"{CASE}/question", {"question": "Di sisi mana?"}, seen=1)
    shown = await office.get(CASE)
    case = shown.json()
    assert case["contents"][0]["text"] == WORDS
    assert [step["event"] for step in case["history"]] == ["CaseRouted", "CitizenQuestioned"]
    assert case["history"][1]["words"] == "Di sisi mana?"
    assert "reporter" not in shown.text
    assert str(a_complaint().reporter_ref) not in shown.text
    assert "follow-up" not in case["allowed"]
    assert "start" in case["allowed"]


async def test_an_erased_text_is_gone(office: Office, world: World) -> None:
    await received(world)
    world.letters.written[a_complaint().content_ref] = None
    content = (await office.get(CASE)).json()["contents"][0]
    assert (content["status"], content["text"]) == ("gone", None)


@pytest.mark.parametrize(
    ("role", "unit", "restricted", "status"),
    [
        ("unit_officer", MANGGARAI, False, 404),
        ("unit_officer", "inspektorat", True, 200),
        ("unit_officer", "31.74.01", True, 404),
        ("biro", "biro-pemerintahan", True, 404),
        ("triage_officer", "triage", True, 404),
        ("auditor", "inspektorat", True, 200),
        ("auditor", "31.74.01", True, 404),
        ("admin", "31.74.01", True, 404),
        ("desk_officer", "inspektorat", True, 403),
    ],
)
async def test_a_restricted_case_is_seen_by_its_holder_alone_until_it_must_be_judged(
    office: Office, world: World, role: Role, unit: str, restricted: bool, status: int
) -> None:
    await received(world, about_unit=MANGGARAI, restricted=restricted)
    assert (await office.get(CASE, role=role, unit=unit)).status_code == status


async def test_what_is_not_mine_is_not_there(office: Office, world: World) -> None:
    await received(world)
    other = await office.get(CASE, unit="31.74.01.1001")
    never = await office.get(f"/v1/cases/{a_complaint_id(9)}", unit="31.74.01.1001")
    assert (other.status_code, other.json()) == (never.status_code, never.json())
    assert other.status_code == 404


async def test_an_inbox_is_read_page_by_page_oldest_first(office: Office, world: World) -> None:
    for number in range(1, 6):
        await received(world, number)
    seen: list[str] = []
    cursor = None
    for _ in range(5):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await office.get("/v1/inbox", params=query)).json()
        seen += [case["report_number"] for case in page["cases"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"JK241103{number:04d}" for number in range(1, 6)]
    assert (await office.get("/v1/inbox", unit="31.74.01.1001")).json()["cases"] == []
    assert (await office.get("/v1/inbox", params={"cursor": "b29wcw=="})).status_code == 422


async def test_a_last_page_that_is_full_names_no_other(office: Office, world: World) -> None:
    for number in (1, 2):
        await received(world, number, kelurahan_code=None, geotagged=False)
    desk: dict[str, Any] = {"role": "triage_officer", "unit": "triage"}
    for path in ("/v1/inbox", "/v1/triage"):
        page = (await office.get(path, params={"limit": 2}, **desk)).json()
        assert (len(page["cases"]), page["next_cursor"]) == (2, None)
        half = (await office.get(path, params={"limit": 1}, **desk)).json()
        assert len(half["cases"]) == 1
        assert half["next_cursor"] is not None


async def test_a_cursor_of_one_list_is_refused_by_the_other(office: Office, world: World) -> None:
    for number in (1, 2):
        await received(world, number, kelurahan_code=None, geotagged=False)
    desk: dict[str, Any] = {"role": "triage_officer", "unit": "triage"}
    page = (await office.get("/v1/inbox", params={"limit": 1}, **desk)).json()
    query = {"cursor": page["next_cursor"]}
    answer = await office.get("/v1/triage", params=query, **desk)
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")
    assert (await office.get("/v1/inbox", params=query, **desk)).status_code == 200


async def test_an_inbox_filters_by_state_and_category(office: Office, world: World) -> None:
    await received(world, 1)
    await received(world, 2, category="coretan")
    await world.act(ONE, StartWork(), an_officer(MANGGARAI))

    async def numbers(**query: str) -> list[str]:
        page = (await office.get("/v1/inbox", params=query)).json()
        return [case["report_number"][-1] for case in page["cases"]]

    assert await numbers() == ["1", "2"]
    assert await numbers(state="in_progress") == ["1"]
    assert await numbers(category="coretan") == ["2"]
    assert await numbers(state="completed") == []


async def test_a_category_that_cannot_be_one_is_refused_before_the_database_is_asked(
    office: Office,
) -> None:
    answer = await office.get("/v1/inbox?category=%00")
    assert answer.status_code == 422
    assert answer.json()["field"] == "category"


async def test_what_waits_for_judgement_is_in_the_biros_inbox(office: Office, world: World) -> None:
    await received(world)
    biro: dict[str, Any] = {"role": "biro", "unit": "biro-pemerintahan"}
    assert (await office.get("/v1/inbox", **biro)).json()["cases"] == []
    await office.post(f"{CASE}/start", seen=1)
    await office.post(f"{CASE}/follow-up", {"text": "Sudah"}, seen=2)
    [case] = (await office.get("/v1/inbox", **biro)).json()["cases"]
    assert set(case["allowed"]) == {"verification", "validation", "follow-up/refuse"}


async def test_a_later_date_that_is_asked_for_stands_in_the_biros_inbox(
    office: Office, world: World
) -> None:
    biro: dict[str, Any] = {"role": "biro", "unit": "biro-pemerintahan"}
    await received(world, category="jaringan-listrik", kelurahan_code=None, geotagged=False)
    dinas = "dinas-bina-marga"
    assign = {"unit": dinas, "category": "jaringan-listrik"}
    await office.post(f"{CASE}/assign", assign, seen=1, role="triage_officer", unit="triage")
    await office.post(f"{CASE}/start", seen=2, unit=dinas)
    assert (await office.get("/v1/inbox", **biro)).json()["cases"] == []
    later = {"reason": "Menunggu material", "complete_by": "2024-11-20T00:00:00Z"}
    asked = await office.post(f"{CASE}/extension", later, seen=3, unit=dinas)
    assert asked.status_code == 200, asked.text
    [case] = (await office.get("/v1/inbox", **biro)).json()["cases"]
    assert set(case["allowed"]) == {"extension/approve", "extension/refuse"}
    await office.post(f"{CASE}/extension/refuse", {"reason": "Tersedia"}, seen=4, **biro)
    assert (await office.get("/v1/inbox", **biro)).json()["cases"] == []


async def test_the_triage_desk_has_its_own_list(office: Office, world: World) -> None:
    await received(world, kelurahan_code=None, geotagged=False)
    desk: dict[str, Any] = {"role": "triage_officer", "unit": "triage"}
    [case] = (await office.get("/v1/triage", **desk)).json()["cases"]
    assert case["allowed"] == ["question", "reject", "merge", "assign"]
    assert (await office.get("/v1/triage")).status_code == 403


async def test_units_and_categories_are_open_to_every_operator(office: Office) -> None:
    units = await office.get("/v1/units", params={"kind": "kelurahan"}, role="desk_officer")
    assert len(units.json()) == 267
    children = await office.get("/v1/units", params={"parent": "dinas-pendidikan"})
    assert len(children.json()) == 10
    categories = await office.get("/v1/categories", role="auditor")
    assert len(categories.json()) == 44


async def test_without_a_token_nothing_is_shown(office: Office, world: World) -> None:
    await received(world)
    answer = await office.client.get(CASE)
    assert answer.status_code == 401


# --- silence -----------------------------------------------------------------------------


async def silent(world: World) -> tuple[UUID, int]:
    """A case whose reporter let the time for an answer pass: its content, its version."""
    await received(world)
    await world.act(ONE, AskCitizen(question="Di sisi mana?"), an_officer(MANGGARAI))
    case = await world.case(ONE)
    over = QuestionExpired(complaint_id=ONE, at=T0, due_at=T0, question_ref=case.question_ref)
    await world.hear([in_envelope(over, 2)])
    [content] = case.content_refs
    return content, case.version


async def test_nobody_is_rejected_for_silence_who_has_just_answered(
    office: Office, world: World
) -> None:
    """Intake has filed the answer, and its event has not come yet."""
    content, version = await silent(world)
    answer = UUID(int=77)
    world.letters.filed[ONE] = [content, answer]
    for _ in range(2):
        refused = await office.post(f"{CASE}/reject", {"reason": "incomplete"}, seen=version)
        assert (refused.status_code, refused.json()["field"]) == (409, "reason")
        assert "New words of the citizen have come" in refused.json()["detail"]
    heard = ComplaintSupplemented(
        complaint_id=ONE, at=T0, content_ref=answer, kind="note", automatic=True
    )
    await world.hear([in_envelope(heard, 3), in_envelope(heard, 3)])
    done = await office.post(f"{CASE}/reject", {"reason": "incomplete"}, seen=version)
    assert (done.status_code, done.json()["state"]) == (200, "rejected")


async def test_nobody_is_rejected_for_silence_while_intake_cannot_be_asked(
    office: Office, world: World
) -> None:
    _, version = await silent(world)
    world.letters.away = True
    for _ in range(2):
        refused = await office.post(f"{CASE}/reject", {"reason": "incomplete"}, seen=version)
        assert refused.status_code == 503
    world.letters.away = False
    done = await office.post(f"{CASE}/reject", {"reason": "incomplete"}, seen=version)
    assert done.json()["state"] == "rejected"


async def test_other_reasons_need_no_word_from_intake(office: Office, world: World) -> None:
    await received(world)
    world.letters.away = True
    done = await office.post(f"{CASE}/reject", {"reason": "off_topic"}, seen=1)
    assert done.json()["state"] == "rejected"
