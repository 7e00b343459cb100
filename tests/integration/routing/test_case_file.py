"""A case's file: its chain holds, its signature fits, and whatever is changed shows."""

import asyncio
import copy
import json
import re
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from typer.testing import CliRunner

from deploy.cli import app
from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, Credentials, generate
from deploy.local.tokens import mint_operator_token
from services.routing.case.commands import (
    ApprovePlan,
    AskCitizen,
    CoordinateCase,
    MergeCase,
    RejectCase,
    ReopenCase,
    StartWork,
    SubmitFollowUp,
    SubmitPlan,
    ValidateFollowUp,
)
from services.routing.casefile import api as casefile_api
from services.routing.casefile.chaining import Chaining
from services.routing.contents import Contents
from shared.auth import OperatorTokens, Role
from shared.case_file import CaseFileKey, faults
from shared.clock import system_clock
from shared.events.intake import ComplaintSupplemented, ComplaintWithdrawn
from shared.events.vocabulary import RejectionReason, ReopenReason
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
from shared.testing import FixedClock
from shared.visibility import SYSTEM
from tests.builders import T0, a_complaint, a_complaint_id, at, in_envelope
from tests.databases import Databases
from tests.integration.desks.parts import Browser, browser_of, console_at
from tests.integration.notify.servers import served
from tests.integration.routing.test_api import Issuer, Office
from tests.integration.routing.test_schema import forget_the_chain
from tests.integration.routing.world import ATLAS, World
from tests.unit.routing.cases import (
    BINA_MARGA,
    BIRO_OFFICER,
    INSPECTOR,
    LATER,
    MANGGARAI,
    an_officer,
)

ONE = a_complaint_id(1)
FILE = f"/v1/cases/{ONE}/file"
KEYS = generate().service_keys
KEY = CaseFileKey.of_service(KEYS["routing"].private)
OTHER_KEY = CaseFileKey.of_service(KEYS["sla"].private)
WORDS = "Sudah diangkut, tiga meter kubik."


@pytest.fixture(scope="module")
async def house(postgres: Databases) -> AsyncIterator[World]:
    works = await postgres.service("routing", clock=FixedClock(T0))
    yield World.on(works)
    await works.engine.dispose()


@pytest.fixture
async def world(house: World) -> World:
    """One database for all, emptied: a new one for each test would cost ten times as much."""
    tables = await house.rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'routing' AND tablename <> :kept",
        kept="alembic_version",
    )
    await run(house, f"TRUNCATE {', '.join(name for (name,) in tables)}")
    return house


CREDENTIALS = generate()


@pytest.fixture
def routing(world: World) -> FastAPI:
    operators = OperatorTokens(
        Issuer(CREDENTIALS), "", OPERATOR_ISSUER, OPERATOR_AUDIENCE, clock=system_clock
    )
    router = casefile_api.create_router(
        world.works,
        world.store,
        Contents(world.letters),
        ATLAS,
        operators,
        KEY,
        [OTHER_KEY.jwk],
        FixedClock(T0),
    )
    return create_app("routing", "CRM routing", [router], Health(), Metrics())


@pytest.fixture
async def office(routing: FastAPI) -> AsyncIterator[Office]:
    transport = httpx.ASGITransport(routing)
    async with httpx.AsyncClient(transport=transport, base_url="http://routing.test") as client:
        yield Office(client, CREDENTIALS)


@asynccontextmanager
async def an_officers_console(routing: FastAPI, role: Role, unit: str) -> AsyncIterator[Browser]:
    """An officer who has signed in at a console before this routing."""
    parts = FastAPI()
    parts.mount("/routing", routing)
    async with served(parts) as url:
        console = console_at(url)
        yield browser_of(
            console, role, unit, called=mint_operator_token(CREDENTIALS, role.value, unit)
        )
        for closer in reversed(console.closers):
            await closer()


async def received(world: World, number: int = 1, **fields: Any) -> None:
    complaint = a_complaint(number=number, kelurahan_code=MANGGARAI, **fields)
    world.letters.written[complaint.content_ref] = {
        "text": "Tumpukan di depan pos ronda", "latitude": -6.2135, "longitude": 106.8510,
    }  # fmt: skip
    await world.hear([in_envelope(complaint, number)])


async def worked_on(world: World) -> None:
    """A case of seven steps: by a rule, by three officers of two units, and by its reporter."""
    await received(world)
    officer, colleague = an_officer(MANGGARAI), an_officer(MANGGARAI, subject="p2")
    await world.act(ONE, SubmitPlan(plan="Dua regu", complete_by=LATER), officer)
    await world.act(ONE, ApprovePlan(), BIRO_OFFICER)
    await world.act(ONE, AskCitizen(question="Di sisi mana?"), colleague)
    answer = ComplaintSupplemented(
        complaint_id=ONE, at=at(1), content_ref=ONE, kind="answer", channel="jaki"
    )
    await world.hear([in_envelope(answer, 50)])
    await world.act(ONE, SubmitFollowUp(text=WORDS), officer)
    await world.act(ONE, ValidateFollowUp(), BIRO_OFFICER)


async def file_of(office: Office, path: str = FILE, **who: Any) -> dict[str, Any]:
    answer = await office.get(path, **who)
    assert answer.status_code == 200, answer.text
    signed: dict[str, Any] = answer.json()
    return signed


def wrong(signed: Any) -> list[str]:
    return faults(signed, [KEY.jwk])


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every single value of a document, and to every member that holds others."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in members:
        yield (*path, name)
        if isinstance(inner, dict | list):
            yield from leaves(inner, (*path, name))


def changes(value: Any) -> list[Any]:
    """Other values in the place of one: of its kind, and of none."""
    if isinstance(value, bool):
        return [not value, None]
    if isinstance(value, int | float):
        return [value + 1, str(value)]
    if isinstance(value, str):
        return [f"{value} ", value[:-1] + ("0" if value[-1:] != "0" else "1"), None]
    return ["x", 1] if value is None else [None, type(value)()]


async def test_a_file_is_as_it_was_handed_out_and_every_change_of_it_shows(
    office: Office, world: World
) -> None:
    await worked_on(world)
    signed = await file_of(office)
    assert wrong(signed) == []
    assert [step["event"] for step in signed["file"]["steps"]] == [
        "CaseRouted", "PlanSubmitted", "PlanApproved", "CitizenQuestioned", "CitizenAnswered",
        "FollowUpSubmitted", "CaseCompleted",
    ]  # fmt: skip
    unseen = [
        (path, new)
        for path in leaves(signed)
        for new in changes(of(signed, path))
        if new != of(signed, path) and not shows(changed(signed, path, new), path)
    ]
    assert unseen == []


def of(document: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        document = document[name]
    return document


def changed(document: Any, path: tuple[Any, ...], new: Any) -> Any:
    other = copy.deepcopy(document)
    of(other, path[:-1])[path[-1]] = new
    return other


CHAINED = {
    "version", "event", "at", "state", "unit_id", "actor", "actor_unit", "note_id", "words",
    "evidence", "words_salt", "words_digest", "facts", "withheld", "hash",
}  # fmt: skip


def shows(document: Any, path: tuple[Any, ...]) -> bool:
    """Whether the change is found; one of what is chained at its own step, by its number."""
    try:
        found = wrong(document)
    except ValueError:
        return path[:2] in {("file",), ("file", "format"), ("file", "case"), ("file", "steps")}
    if path[:2] == ("file", "steps") and len(path) > 3 and path[3] in CHAINED:
        return found[0].startswith(f"Step {path[2] + 1} (")
    return found != []


async def test_a_step_left_out_doubled_or_moved_is_named(office: Office, world: World) -> None:
    await worked_on(world)
    signed = await file_of(office)
    steps = signed["file"]["steps"]

    def first_fault(other: list[Any]) -> str:
        return wrong({**signed, "file": {**signed["file"], "steps": other}})[0]

    for place in range(len(steps) - 1):
        assert first_fault(steps[:place] + steps[place + 1 :]).startswith(f"Step {place + 1} (")
        twice = [*steps[: place + 1], *steps[place:]]
        assert first_fault(twice).startswith(f"Step {place + 2} (")
        moved = [*steps[:place], steps[place + 1], steps[place], *steps[place + 2 :]]
        assert first_fault(moved).startswith(f"Step {place + 1} (")
    assert "steps are missing" in first_fault(steps[:-1])
    assert "steps are missing" in first_fault([])


async def test_a_signature_of_another_file_or_of_another_key_does_not_fit(
    office: Office, world: World
) -> None:
    await worked_on(world)
    await received(world, number=2)
    signed, other = (
        await file_of(office),
        await file_of(office, f"/v1/cases/{a_complaint_id(2)}/file"),
    )
    assert wrong({**signed, "signature": other["signature"]}) == [
        "The signature does not fit: the file is not as it was handed out."
    ]
    foreign = {**signed, "signature": OTHER_KEY.sign(signed["file"])}
    assert wrong(foreign) == ["It is signed with another key than those that were given."]
    assert faults(foreign, [KEY.jwk, OTHER_KEY.jwk]) == []
    assert wrong({**signed, "note": "x"}) != []
    # Spaces and the order of members mean nothing.
    assert wrong(json.loads(json.dumps(signed, indent=3, sort_keys=True))) == []


async def test_what_was_changed_in_the_database_shows_in_a_file_that_is_signed_rightly(
    office: Office, world: World
) -> None:
    await worked_on(world)
    await run(world, *(f"CREATE TABLE kept_{table} AS TABLE {table}" for table in TABLES))
    for statement, step in (
        ("UPDATE history SET actor = 'p9' WHERE version = 2", "Step 2 (PlanSubmitted)"),
        ("UPDATE history SET actor_unit = '31.74' WHERE version = 3", "Step 3 (PlanApproved)"),
        ("UPDATE history SET facts = '{}' WHERE version = 1", "Step 1 (CaseRouted)"),
        ("UPDATE history SET at = at + interval '1 microsecond' WHERE version = 5", "Step 5 ("),
        ("UPDATE notes SET words = 'Belum.' WHERE verb = 'follow-up'", "Step 6 (FollowUpSub"),
        ("UPDATE history SET version = 9 WHERE version = 7", "Step 7 (CaseCompleted)"),
        ("DELETE FROM history WHERE version = 4", "Step 4 (CitizenAnswered)"),
        ("DELETE FROM history WHERE version = 7", "The case (version, state)"),
        ("UPDATE cases SET body = jsonb_set(body, '{state}', '\"rejected\"')", "The case (state)"),
    ):  # fmt: skip
        await run(world, statement)
        assert wrong(await file_of(office))[0].startswith(step), statement
        for table in TABLES:
            await run(world, f"DELETE FROM {table}", f"INSERT INTO {table} TABLE kept_{table}")
    assert wrong(await file_of(office)) == []


TABLES = ("history", "notes", "cases")


async def run(world: World, *statements: str) -> None:
    async with world.works.open(SYSTEM) as work:
        for statement in statements:
            await work.connection.execute(text(statement))


async def test_words_that_are_erased_leave_a_chain_that_holds(office: Office, world: World) -> None:
    await worked_on(world)
    await run(world, "DELETE FROM notes", "UPDATE history SET actor = NULL")
    signed = await file_of(office)
    assert wrong(signed) == []
    steps = signed["file"]["steps"]
    assert {(step["words"], step["words_salt"], step["officer"]) for step in steps} == {
        (None, None, None)
    }
    assert steps[1]["words_digest"] is not None
    assert steps[1]["actor"] is not None


async def test_the_file_is_for_those_who_see_the_case_and_names_their_own_officers_alone(
    office: Office, world: World
) -> None:
    await worked_on(world)
    await run(
        world,
        *(
            "INSERT INTO officers (officer_id, subject, unit_id, role, name, seen_at)"
            f" VALUES (gen_random_uuid(), '{subject}', '{unit}', '{role}', '{name}', now())"
            for subject, unit, role, name in (
                ("p1", MANGGARAI, "unit_officer", "Ani"),
                ("p2", MANGGARAI, "unit_officer", "Budi"),
                ("b1", "biro-pemerintahan", "biro", "Cici"),
                ("b1", MANGGARAI, "biro", "Dodi"),
            )
        ),
    )
    own, biro = await file_of(office), await file_of(office, role="biro", unit="biro-pemerintahan")
    assert (await office.get(FILE, unit="31.74.01.1001")).status_code == 404
    assert (await office.get(FILE, role="desk_officer")).status_code == 403
    officers = [[step["officer"] for step in signed["file"]["steps"]] for signed in (own, biro)]
    assert officers == [
        [None, "Ani", None, "Budi", None, "Ani", None],
        [None, None, "Cici", None, None, None, "Cici"],
    ]
    for signed in (own, biro):
        assert not {"p1", "p2", "b1"} & set(json.dumps(signed).split('"'))
    # Who filed the plan filed the follow-up, and somebody else asked: that much all may see.
    references = [step["actor"] for step in biro["file"]["steps"]]
    assert references[1] == references[5] != references[3]
    assert references[0] is references[4] is None
    assert wrong(biro) == []


async def test_the_same_officer_has_another_reference_in_another_case(
    office: Office, world: World
) -> None:
    references = set()
    for number in (1, 2):
        await received(world, number)
        await world.act(a_complaint_id(number), StartWork(), an_officer(MANGGARAI))
        signed = await file_of(office, f"/v1/cases/{a_complaint_id(number)}/file")
        references.add(signed["file"]["steps"][1]["actor"])
    assert len(references) == 2


async def test_steps_of_one_batch_and_those_of_merged_cases_are_chained_too(
    office: Office, world: World
) -> None:
    for number in (1, 2, 3):
        await received(world, number)
    for number in (2, 3):
        await world.act(a_complaint_id(number), MergeCase(head=ONE), an_officer(MANGGARAI))
    await world.act(ONE, AskCitizen(question="Di mana?"), an_officer(MANGGARAI))
    # Answered and withdrawn in one batch: two steps of one case, and the merged ones go on alone.
    answer = ComplaintSupplemented(
        complaint_id=ONE, at=at(1), content_ref=ONE, kind="answer", channel="jaki"
    )
    withdrawn = ComplaintWithdrawn(complaint_id=ONE, at=at(2), source="citizen")
    batch = [in_envelope(answer, 50), in_envelope(withdrawn, 51)]
    await world.hear([*batch, *batch])
    lengths = []
    for number in (1, 2, 3):
        signed = await file_of(office, f"/v1/cases/{a_complaint_id(number)}/file")
        assert wrong(signed) == []
        lengths.append([step["event"] for step in signed["file"]["steps"]][1:])
    assert lengths == [
        ["CitizenQuestioned", "CitizenAnswered", "CaseWithdrawn"],
        *[["CaseMerged", "CaseSplit"]] * 2,
    ]


@pytest.mark.parametrize("first", ["an act", "the side task"])
async def test_a_case_of_an_earlier_release_is_chained_before_anything_is_added_to_it(
    office: Office, world: World, first: str
) -> None:
    await received(world, 2)
    await received(world)
    await world.act(a_complaint_id(2), MergeCase(head=ONE), an_officer(MANGGARAI))
    await world.act(
        ONE, CoordinateCase(to_unit=BINA_MARGA, note="Jalan kota"), an_officer(MANGGARAI)
    )
    await world.act(ONE, StartWork(), an_officer(BINA_MARGA))
    await world.act(ONE, SubmitFollowUp(text=WORDS), an_officer(BINA_MARGA))
    await forget_the_chain(world)
    chaining = Chaining(world.works)
    if first == "the side task":
        assert [await chaining.step(), await chaining.step()] == [2, 0]
    # The merged case gets the same words, which are of a note of the head's.
    await world.act(ONE, ValidateFollowUp(), BIRO_OFFICER)
    for number in (1, 2):
        signed = await file_of(office, f"/v1/cases/{a_complaint_id(number)}/file")
        assert wrong(signed) == []
        assert signed["file"]["steps"][-1]["words"] == WORDS
    assert await chaining.step() == 0


async def test_a_hash_that_is_there_is_not_written_anew(office: Office, world: World) -> None:
    await worked_on(world)
    await run(world, "UPDATE history SET actor_unit = '31.74' WHERE version = 2",
              "UPDATE history SET hash = NULL WHERE version = 7")  # fmt: skip
    await Chaining(world.works).step()
    assert wrong(await file_of(office))[0].startswith("Step 2 (PlanSubmitted)")


async def test_whoever_reads_a_file_writes_nothing_and_waits_for_nobody(
    office: Office, world: World
) -> None:
    await worked_on(world)
    async with world.works.open(SYSTEM) as work:
        await world.store.load_many(work.connection, [ONE])
        assert wrong(await file_of(office)) == [], "while an act has the case"
    await forget_the_chain(world)
    answer = await office.get(FILE)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    [(chained,)] = await world.rows("SELECT count(hash) FROM history")
    assert chained == 0
    await Chaining(world.works).step()
    assert wrong(await file_of(office)) == []


async def test_side_tasks_and_acts_at_once_leave_one_chain(office: Office, world: World) -> None:
    await worked_on(world)
    await forget_the_chain(world)
    chaining = Chaining(world.works)
    await asyncio.gather(
        *(chaining.step() for _ in range(3)),
        world.act(
            ONE,
            ReopenCase(reason=ReopenReason.NEW_FACTS, note="Foto lama"),
            BIRO_OFFICER,
        ),
    )
    assert wrong(await file_of(office)) == []


async def test_a_case_about_officials_has_a_file_for_its_inspectors(
    office: Office, world: World
) -> None:
    complaint = world.letters.facts.silent(number=1, about_unit=MANGGARAI, restricted=True)
    await world.hear([in_envelope(complaint)])
    await world.act(ONE, RejectCase(reason=RejectionReason.OFF_TOPIC), INSPECTOR)
    signed = await file_of(office, unit="inspektorat")
    assert wrong(signed) == []
    assert signed["file"]["steps"][0]["withheld"]
    assert (await office.get(FILE)).status_code == 404


async def test_the_keys_are_told_to_everybody(office: Office, world: World) -> None:
    answer = await office.client.get("/v1/case-file-keys")
    assert answer.json()["keys"] == [KEY.jwk, OTHER_KEY.jwk]
    await received(world)
    assert faults(await file_of(office), answer.json()["keys"]) == []


def verified(home: Path, file: Path, *more: str) -> tuple[int, str]:
    """Exit code and words of ``crm case verify``."""
    environment = {"CRM_HOME": str(home)}
    done = CliRunner().invoke(app, ["case", "verify", str(file), *more], env=environment)
    return done.exit_code, done.output


async def test_the_command_verifies_a_file_and_says_which_step_is_wrong(
    office: Office, world: World, tmp_path: Path
) -> None:
    await worked_on(world)
    signed = await file_of(office)
    file, keys = tmp_path / "case.json", tmp_path / "keys.json"
    keys.write_text((await office.client.get("/v1/case-file-keys")).text)

    async def told(content: str, *more: str) -> tuple[int, str]:
        file.write_text(content)
        return await asyncio.to_thread(verified, tmp_path, file, *(more or ("--keys", str(keys))))

    code, said = await told(json.dumps(signed))
    assert (code, "JK2411030001, 7 steps, the last one CaseCompleted" in said) == (0, True)
    step = ("file", "steps", 3)
    code, said = await told(json.dumps(changed(signed, (*step, "words"), "Di mana?")))
    assert (code, said.splitlines()[0]) == (
        1, "Step 4 (CitizenQuestioned): its words or evidence are not those that were chained.",
    )  # fmt: skip
    for content in ("", "[]", "{}", '{"file": {}}', "[" * 100_000, json.dumps(signed)[:-9],
                    json.dumps(signed)[:-1] + ', "signature": ""}'):  # fmt: skip
        code, said = await told(content)
        assert (code, "Traceback" in said, "case.json" in said) == (2, False, True), content[:20]
    for wrong_keys in ("/nowhere.json", str(file), "http://127.0.0.1:1/v1/case-file-keys"):
        assert (await told(json.dumps(signed), "--keys", wrong_keys))[0] == 2
    # No stack is here whose keys could be meant.
    assert await asyncio.to_thread(verified, tmp_path, file) == (
        2, "give the keys: --keys FILE or URL, what GET /v1/case-file-keys answers\n",
    )  # fmt: skip


async def test_what_is_printed_is_the_signed_file_of_that_moment_and_is_found_again_in_later_ones(
    office: Office, world: World, routing: FastAPI, tmp_path: Path
) -> None:
    await worked_on(world)
    async with an_officers_console(routing, Role.UNIT_OFFICER, MANGGARAI) as officer:
        page = (await officer.open(f"/laporan/{ONE}/cetak")).text
        kept = json.loads((await officer.open(f"/laporan/{ONE}/berkas")).text)
    [of_paper] = re.findall(r'base64,([^"]+)"', page)
    printed = json.loads(b64decode(of_paper))
    assert wrong(printed) == []
    assert printed == kept == await file_of(office)
    hashes = [step["hash"] for step in printed["file"]["steps"]]
    assert re.findall(r'scope="row">(\d) <code>(\w+)</code>', page) == [
        (str(number), each[:12]) for number, each in enumerate(hashes, 1)
    ]
    assert hashes[-1] in page.replace(" ", "")
    assert printed["signature"] in page
    assert KEY.jwk["kid"] in page
    assert WORDS in page
    assert "Biro Pemerintahan" in page

    await world.act(ONE, ReopenCase(reason=ReopenReason.NEW_FACTS), BIRO_OFFICER)
    file, keys = tmp_path / "case.json", tmp_path / "keys.json"
    keys.write_text((await office.client.get("/v1/case-file-keys")).text)
    for signed in (printed, await file_of(office)):
        file.write_text(json.dumps(signed))
        for head in (hashes[-1], hashes[-1][:12], f"{hashes[-1][:8]} {hashes[-1][8:16].upper()}"):
            code, said = await asyncio.to_thread(
                verified, tmp_path, file, "--keys", str(keys), "--head", head
            )
            assert (code, "The paper is of step 7" in said) == (0, True), said
    for head, expected in (("0" * 12, 1), (hashes[-1][:11], 2)):
        with_head = ("--keys", str(keys), "--head", head)
        assert (await asyncio.to_thread(verified, tmp_path, file, *with_head))[0] == expected


async def test_a_locked_case_on_paper_is_recorded_as_its_file_is(
    world: World, routing: FastAPI
) -> None:
    complaint = world.letters.facts.silent(number=1, about_unit=MANGGARAI, restricted=True)
    await world.hear([in_envelope(complaint)])
    async with an_officers_console(routing, Role.UNIT_OFFICER, "inspektorat") as inspector:
        assert (await inspector.open(f"/laporan/{ONE}/cetak")).status == 200
        [on_paper] = await world.rows("SELECT what, actor_unit FROM openings")
        assert (await inspector.open(f"/laporan/{ONE}/berkas")).status == 200
    async with an_officers_console(routing, Role.UNIT_OFFICER, MANGGARAI) as complained_of:
        assert (await complained_of.open(f"/laporan/{ONE}/cetak")).status == 404
    both = await world.rows("SELECT what, actor_unit FROM openings")
    assert list(both) == [on_paper] * 2
    assert on_paper[0] == "file"


async def test_a_file_is_verified_by_the_keys_of_the_local_stack(
    office: Office, world: World, tmp_path: Path
) -> None:
    await received(world)
    signed, file = await file_of(office), tmp_path / "case.json"
    credentials = Credentials.load(tmp_path)
    own = CaseFileKey.of_service(credentials.derived_from("routing"))
    file.write_text(json.dumps({**signed, "signature": own.sign(signed["file"])}))
    assert (await asyncio.to_thread(verified, tmp_path, file))[0] == 0
    file.write_text(json.dumps(signed))
    assert (await asyncio.to_thread(verified, tmp_path, file))[0] == 1
