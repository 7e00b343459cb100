"""A model from its registration to the case that it decides, over HTTP and in the database."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from deploy import classifier, rules
from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, generate
from services.routing.contents import Contents
from services.routing.model.api import COMPLAINT, EXAMPLES, LISTING, NUMBER, create_router
from services.routing.model.judging import LEAST_SEEN
from services.routing.model.register import ModelRegister
from shared.auth import OperatorTokens
from shared.clock import system_clock
from shared.events.event import Envelope
from shared.events.intake import ReporterErased
from shared.health import Health
from shared.http.app import create_app
from shared.http.paging import Cursors
from shared.telemetry import Metrics
from shared.visibility import SYSTEM
from tests import trainers
from tests.builders import T0, a_complaint, a_complaint_id, in_envelope
from tests.integration.routing.test_api import Issuer, Office
from tests.integration.routing.test_rule_versions_api import InProcess
from tests.integration.routing.world import ATLAS, World
from tests.unit.routing.cases import MANGGARAI
from tests.unit.routing.model.models import BETTER, a_document
from tests.unit.routing.model.test_beside import DOUBTED, OWN

BIRO = "biro-pemerintahan"
ONE, OTHER = "admin-1", "admin-2"
MODELS = "/v1/classifier-models"


class Desk:
    """Two administrators at routing's door."""

    def __init__(self, office: Office, world: World) -> None:
        self.office = office
        self.world = world

    async def get(self, path: str = MODELS, role: Any = "admin", **query: Any) -> httpx.Response:
        return await self.office.ask("GET", path, role, BIRO, params=query)

    async def register(self, by: str = ONE, **members: Any) -> httpx.Response:
        document = json.loads(a_document(**{**OWN, **members}).model_dump_json())
        body = {"note": "Latihan November", "document": document}
        return await self.office.ask("POST", MODELS, "admin", BIRO, subject=by, json=body)

    async def switch(self, decides: bool, by: str = OTHER, number: int = 1) -> httpx.Response:
        body = {"note": "Setuju", "decides": decides}
        address = f"{MODELS}/{number}/switch"
        return await self.office.ask("POST", address, "admin", BIRO, subject=by, json=body)


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    credentials = generate()
    operators = OperatorTokens(
        Issuer(credentials), "", OPERATOR_ISSUER, OPERATOR_AUDIENCE, clock=system_clock
    )
    router = create_router(
        ModelRegister(world.works, Contents(world.letters), system_clock), ATLAS.units, operators,
        Cursors(b"key", LISTING, NUMBER), Cursors(b"key", EXAMPLES, COMPLAINT),
    )  # fmt: skip
    app = create_app("routing", "CRM routing", [router], Health(), Metrics())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://routing.test") as client:
        yield Desk(Office(client, credentials), world)


async def came(world: World, number: int = 1, words: str = DOUBTED, **fields: Any) -> None:
    await heard(world, [envelope_of(world, number, words, **fields)])


async def heard(world: World, envelopes: list[Envelope]) -> None:
    await world.hear([*envelopes, *envelopes])


def envelope_of(world: World, number: int, words: str, **fields: Any) -> Envelope:
    told = {"kelurahan_code": MANGGARAI, "geotagged": False, "category": None, **fields}
    silent = fields.keys() & {"about_unit", "restricted"}
    event = (world.letters.facts.silent if silent else a_complaint)(number=number, **told)
    world.letters.written[event.content_ref] = {"text": words}
    return in_envelope(event, number)


async def said(world: World, number: int = 1) -> Any:
    """What models said of a case."""
    [row] = await world.rows(
        "SELECT body -> 'models' AS said FROM explanations WHERE complaint_id = :id",
        id=a_complaint_id(number),
    )
    return row.said


async def finished(world: World, category: str = "jalan", times: int = 1) -> None:
    """All cases are, as this category, and each of them ``times`` times."""
    async with world.works.open(SYSTEM) as work:
        await work.connection.execute(
            text("UPDATE cases SET state = 'completed', category = :category"),
            {"category": category},
        )
        for row in await world.rows("SELECT complaint_id AS id FROM cases") if times > 1 else ():
            for _ in range(times - 1):
                await work.connection.execute(_COPY, {"id": row.id})


_COPY = text("""
    WITH id AS (SELECT jsonb_build_object('complaint_id', gen_random_uuid()) AS made),
    copied AS (
        INSERT INTO cases SELECT (jsonb_populate_record(c, id.made)).* FROM cases c, id
        WHERE c.complaint_id = :id
    )
    INSERT INTO explanations SELECT (jsonb_populate_record(e, id.made)).* FROM explanations e, id
    WHERE e.complaint_id = :id
""")


async def shadowed(desk: Desk) -> None:
    """A model was asked at enough cases, which then were finished as it had said."""
    assert (await desk.register()).status_code == 200
    await desk.world.models.step()
    await came(desk.world)
    await finished(desk.world, times=LEAST_SEEN)


async def test_a_registered_model_is_asked_in_shadow_and_decides_nothing(desk: Desk) -> None:
    first, again = await desk.register(), await desk.register()
    assert first.status_code == 200, first.text
    assert again.json() == first.json()
    told = first.json()
    assert (told["number"], told["standing"], told["registered_by"]) == (1, "shadow", ONE)
    await desk.world.models.step()
    await came(desk.world)
    case = await desk.world.case(a_complaint_id(1))
    assert (case.unit_id, case.category) == ("triage", None)
    [answer] = await said(desk.world)
    assert (answer["number"], answer["category"], answer["used"]) == (1, "jalan", False)
    assert answer["terms"] == ["cekung"]


async def test_a_second_administrator_lets_a_better_model_decide_and_any_ends_it(
    desk: Desk,
) -> None:
    await shadowed(desk)
    own = await desk.switch(True, by=ONE)
    assert (own.status_code, "two persons" in own.json()["detail"]) == (403, True)
    done, again = await desk.switch(True), await desk.switch(True)
    assert (done.status_code, done.json()["standing"]) == (200, "deciding")
    assert again.json() == done.json()
    [act] = done.json()["switches"]
    assert (act["decides"], act["switched_by"], act["note"]) == (True, OTHER, "Setuju")

    await desk.world.models.step()
    await came(desk.world, 2)
    case = await desk.world.case(a_complaint_id(2))
    assert (case.unit_id, case.category) == ("sudin-bina-marga-31.74", "jalan")
    [answer] = await said(desk.world, 2)
    assert answer["used"]

    ended = await desk.switch(False, by=ONE)
    assert (ended.status_code, ended.json()["standing"]) == (200, "shadow")
    await desk.world.models.step()
    await came(desk.world, 3)
    assert (await desk.world.case(a_complaint_id(3))).unit_id == "triage"


async def test_a_model_that_is_not_better_is_refused_with_the_reason(desk: Desk) -> None:
    same = BETTER.model_copy(update={"model": 300, "only_model": 10})
    await desk.register(held_out=same)
    refused = await desk.switch(True)
    assert (refused.status_code, "not better than the rules" in refused.json()["detail"]) == (
        409, True,
    )  # fmt: skip
    await desk.register()
    unseen = await desk.switch(True, number=2)
    assert (unseen.status_code, "asked at 0 finished cases" in unseen.json()["detail"]) == (
        409, True,
    )  # fmt: skip
    listed = (await desk.get(role="auditor")).json()["models"]
    assert [(each["number"], each["standing"]) for each in listed] == [
        (2, "shadow"), (1, "resting"),
    ]  # fmt: skip
    assert (await desk.get(f"{MODELS}/9")).status_code == 404
    assert (await desk.get(role="unit_officer")).status_code == 403


async def test_a_newer_model_is_asked_in_shadow_beside_the_one_that_decides(desk: Desk) -> None:
    await shadowed(desk)
    await desk.switch(True)
    await desk.register(weights=[[0.0, 0.0, 9.0]])
    await desk.world.models.step()
    await came(desk.world, 2)
    told = [(each["number"], each["category"], each["used"]) for each in await said(desk.world, 2)]
    assert told == [(1, "jalan", True), (2, "sampah", False)]


async def test_what_is_no_model_is_refused_by_its_place_and_kept_nowhere(desk: Desk) -> None:
    refused = await desk.register(terms=["0812"])
    assert (refused.status_code, refused.json()["field"]) == (422, "document.terms")
    assert (await desk.get()).json()["models"] == []
    await desk.register()
    other = await desk.register(by=OTHER)
    assert (other.status_code, "Model 1 says the same" in other.json()["detail"]) == (409, True)


async def test_models_and_switches_are_kept_as_they_are(desk: Desk) -> None:
    await desk.register()
    for statement in ("UPDATE classifier_models SET note = ''", "DELETE FROM classifier_models"):
        with pytest.raises(DBAPIError, match="kept as they are"):
            async with desk.world.works.open(SYSTEM) as work:
                await work.connection.execute(text(statement))


async def test_what_rules_and_model_said_of_finished_cases_is_counted_by_category(
    desk: Desk,
) -> None:
    await desk.register()
    await desk.world.models.step()
    await came(desk.world, 1)
    await came(desk.world, 2, "Cekungan penuh tumpukan sampah")
    await came(desk.world, 3, DOUBTED, about_unit=MANGGARAI)
    await finished(desk.world)
    async with desk.world.works.open(SYSTEM) as work:
        await work.connection.execute(_CORRECTED, {"id": a_complaint_id(1)})
        await work.connection.execute(_AS_RUBBISH, {"id": a_complaint_id(2)})
    told = (await desk.get(f"{MODELS}/1")).json()
    assert told["finished"] == [
        {"category": "jalan", "texts": 1, "rules": 0, "model": 1},
        {"category": "sampah", "texts": 1, "rules": 1, "model": 0},
    ]
    assert told["put_right"] == [{"category": "jalan", "texts": 1, "rules": 0, "model": 1}]
    assert told["held_out"]["by_category"][0]["category"] == "jalan"
    assert (told["threshold"], told["trained_on"]) == (0.8, 1000)
    assert "2 finished cases" in told["barred"]


_AS_RUBBISH = text("UPDATE cases SET category = 'sampah' WHERE complaint_id = :id")
_CORRECTED = text("""
    INSERT INTO corrections (complaint_id, version, content_ref, from_unit, to_category, to_unit,
                             role, at)
    VALUES (:id, 2, :id, 'triage', 'jalan', 'dinas-bina-marga', 'triage_officer', now())
""")


async def test_examples_tell_words_without_persons_and_name_no_case(desk: Desk) -> None:
    world = desk.world
    await came(world, 1, "Cekungan jalan, hubungi Siti 0812 3456 7890", category="sampah")
    await came(world, 2, about_unit=MANGGARAI)
    await came(world, 3)
    await came(world, 4)
    await finished(world)
    gone = a_complaint(number=3)
    world.letters.written[gone.content_ref] = None
    async with world.works.open(SYSTEM) as work:
        await work.connection.execute(_CORRECTED, {"id": a_complaint_id(1)})
    before = await world.everything()
    page = (await desk.get("/v1/classifier-examples", limit=2)).json()
    assert (page["rules_version"], page["unread"], len(page["examples"])) == (1, 1, 1)
    rest = (await desk.get("/v1/classifier-examples", cursor=page["next_cursor"])).json()
    [example] = rest["examples"]
    assert (example["category"], example["corrected"], rest["next_cursor"]) == (
        "jalan", True, None,
    )  # fmt: skip
    assert {"cekung", "jalan"} <= set(example["words"])
    told = json.dumps([page, rest])
    assert not [each for each in ("siti", "0812", str(a_complaint_id(1))) if each in told.lower()]
    assert (await desk.get("/v1/classifier-examples", role="auditor")).status_code == 403
    assert await world.everything() == before


async def test_of_an_erased_reporter_the_models_words_are_gone(desk: Desk) -> None:
    await desk.register()
    await desk.world.models.step()
    await came(desk.world)
    event = a_complaint(number=1)
    erased = ReporterErased(complaint_id=event.complaint_id, at=T0, reporter_ref=event.reporter_ref)
    await desk.world.hear([in_envelope(erased, 9)])
    [answer] = await said(desk.world)
    assert "terms" not in answer
    assert (answer["number"], answer["used"]) == (1, False)


# --- the command `crm classifier` -----------------------------------------------------------


async def test_a_model_goes_from_the_stacks_cases_to_its_switch_by_commands(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trainers.need()
    world, door, file = desk.world, InProcess(desk.office), tmp_path / "model.json"
    words = {"jalan": DOUBTED, "sampah": "Sampah menumpuk", "pohon": "Pohon tumbang"}
    slugs = [*words] * 20
    all_of_them = enumerate(slugs, 1)
    await heard(
        world, [envelope_of(world, n, words[slug], category=slug) for n, slug in all_of_them]
    )
    await finished(world)
    async with world.works.open(SYSTEM) as work:
        await work.connection.execute(
            text("UPDATE cases SET category = body ->> 'citizen_category'")
        )

    async def told(command: rules.Command, code: int = 0) -> str:
        # Routing runs in this process, and its log is no output of the command.
        with capture_logs():
            assert await rules.told(door, command) == code
        shown = capsys.readouterr()
        return shown.out + shown.err

    trained = json.loads(await told(lambda d: classifier.train_on_stack(d, file, 1000)))
    assert trained["learned"]["texts"] + trained["held_out"]["texts"] == 60
    assert "cekung" in json.loads(file.read_text())["terms"]
    registered = await told(lambda d: classifier.register(d, file, "Latihan", ONE))
    assert registered.startswith("model 1 is asked in shadow")
    assert "Train it with at least" in await told(
        lambda d: classifier.switch(d, 1, True, "Setuju", OTHER), 1
    )
    reported = json.loads(await told(lambda d: classifier.report(d, 1)))
    assert (reported["standing"], reported["trained_on"]) == ("shadow", trained["learned"]["texts"])
    assert (await told(classifier.history)).startswith("1  shadow  registered by admin-1 at ")
