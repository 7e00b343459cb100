"""Two administrators bring a version of the rules into force, over HTTP."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from deploy import rules
from deploy.corrections import corrections
from deploy.local.credentials import OPERATOR_AUDIENCE, OPERATOR_ISSUER, generate
from deploy.local.tokens import Role, mint_operator_token
from deploy.running import Answered
from services.routing.case.commands import AssignFromTriage, CoordinateCase, ReturnCase
from services.routing.contents import Contents
from services.routing.learning import api as learning
from services.routing.rule_versions.api import (
    COMPLAINT,
    LISTING,
    NUMBER,
    TRIAL,
    create_router,
)
from services.routing.rule_versions.document import digest_of
from services.routing.rule_versions.trying import Trials
from services.routing.rule_versions.versions import RuleVersions
from shared.auth import OperatorTokens
from shared.clock import system_clock
from shared.health import Health
from shared.http.app import create_app
from shared.http.paging import Cursors
from shared.telemetry import Metrics
from tests.builders import T0, a_complaint, a_complaint_id, in_envelope
from tests.integration.routing.test_api import Issuer, Office
from tests.integration.routing.test_rule_versions import (
    DINAS,
    SHIPPED,
    a_document,
    complaints,
    said,
)
from tests.integration.routing.world import ATLAS, World
from tests.unit.routing.cases import (
    MANGGARAI,
    TRIAGE_OFFICER,
    an_officer,
)
from tests.unit.routing.rule_versions.documents import row_of

A_DAY = timedelta(days=1)
MANGGARAI_OFFICER = an_officer(MANGGARAI)
BIRO = "biro-pemerintahan"
ONE, OTHER = "admin-1", "admin-2"


class InProcess:
    """Routing's door as the `crm` command knows it, without a network between."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def token(self, role: Role, unit: str, subject: str | None = None) -> str:
        return mint_operator_token(self._office.credentials, role, unit, subject=subject)

    async def get(self, service: str, path: str, token: str | None = None) -> Answered:
        return await self._ask("GET", service, path, token)

    async def post(
        self, service: str, path: str, body: Mapping[str, Any], token: str | None = None
    ) -> Answered:
        return await self._ask("POST", service, path, token, json=dict(body))

    async def _ask(
        self, method: str, service: str, path: str, token: str | None, **request: Any
    ) -> Answered:
        assert service == "routing"
        headers = {"authorization": f"Bearer {token}"}
        answer = await self._office.client.request(method, path, headers=headers, **request)
        return Answered(answer.status_code, answer.json())


class Desk:
    """Two administrators at routing's door."""

    def __init__(self, office: Office, world: World, trials: Trials) -> None:
        self.office = office
        self.world = world
        self.trials = trials

    async def get(self, path: str = "", role: Any = "admin", **query: Any) -> httpx.Response:
        address = f"/v1/rule-versions{path}"
        return await self.office.ask("GET", address, role, BIRO, params=query)

    async def propose(self, document: Any, by: str = ONE) -> httpx.Response:
        body = {"note": "Sampah ke dinas", "document": document}
        return await self.office.ask(
            "POST", "/v1/rule-versions", "admin", BIRO, subject=by, json=body
        )

    async def activate(
        self, number: int, by: str = OTHER, instead_of: int = 1, **more: Any
    ) -> httpx.Response:
        body = {"note": "Setuju", "instead_of": instead_of, **more}
        address = f"/v1/rule-versions/{number}/activate"
        return await self.office.ask("POST", address, "admin", BIRO, subject=by, json=body)


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    credentials = generate()
    operators = OperatorTokens(
        Issuer(credentials), "", OPERATOR_ISSUER, OPERATOR_AUDIENCE, clock=system_clock
    )
    trials = Trials(world.works, Contents(world.letters), ATLAS.locator, system_clock)
    router = create_router(
        RuleVersions(world.works, system_clock), trials, ATLAS.units, operators,
        Cursors(b"key", LISTING, NUMBER), Cursors(b"key", TRIAL, COMPLAINT),
    )  # fmt: skip
    corrections = learning.create_router(world.works, ATLAS, operators, lambda: T0 + A_DAY)
    app = create_app("routing", "CRM routing", [router, corrections], Health(), Metrics())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://routing.test") as client:
        yield Desk(Office(client, credentials), world, trials)


async def test_a_version_decides_after_a_second_administrator_has_activated_it(desk: Desk) -> None:
    proposed = await desk.propose(a_document())
    assert proposed.status_code == 200, proposed.text
    told = proposed.json()
    assert (told["number"], told["in_force"], told["based_on"]) == (2, False, 1)
    assert (told["proposed_by"], told["activations"]) == (ONE, [])
    own = await desk.activate(2, by=ONE)
    assert (own.status_code, "two persons" in own.json()["detail"]) == (403, True)

    first = await desk.activate(2)
    again = await desk.activate(2)
    assert (first.status_code, first.json()["in_force"]) == (200, True)
    assert again.json() == first.json()
    [act] = first.json()["activations"]
    assert (act["activated_by"], act["activated_by_unit"], act["note"]) == (OTHER, BIRO, "Setuju")
    await desk.world.in_force.step()
    await desk.world.hear(complaints(desk.world, [1]))
    assert (await said(desk.world, 1))["rule_version"] == 2


async def test_the_history_tells_all_versions_the_newest_first_and_the_auditor_reads_it(
    desk: Desk,
) -> None:
    await desk.propose(a_document())
    await desk.propose(a_document("dinas-bina-marga"))
    await desk.activate(2)
    page = (await desk.get(role="auditor", limit=1)).json()
    assert (page["in_force"], [each["number"] for each in page["versions"]]) == (2, [3])
    rest = (await desk.get(cursor=page["next_cursor"])).json()
    assert [(each["number"], each["in_force"]) for each in rest["versions"]] == [(2, True)]
    assert rest["next_cursor"] is None
    for role in ("unit_officer", "triage_officer", "biro"):
        assert (await desk.get(role=role)).status_code == 403


async def test_a_version_is_shown_as_it_was_sent_and_the_shipped_one_too(desk: Desk) -> None:
    await desk.propose(a_document())
    shown, shipped = (await desk.get("/2")).json(), (await desk.get("/1")).json()
    assert shown["document"] == a_document()
    assert list(shown["document"]) == list(a_document())
    assert (shipped["document"], shipped["in_force"]) == (SHIPPED, True)
    assert shipped["digest"] == digest_of(SHIPPED)
    assert (await desk.get("/3")).status_code == 404


async def test_what_a_version_changes_is_told_by_name(desk: Desk) -> None:
    document = {**a_document(), "terms": SHIPPED["terms"]}
    trotoar = row_of(document, "trotoar")
    trotoar_now = {**trotoar, "aliases": [*trotoar["aliases"], "Kaki Lima Rusak"]}
    rows = [trotoar_now if row is trotoar else row for row in document["categories"]]
    await desk.propose({**document, "categories": list(reversed(rows))})
    told = (await desk.get("/2/changes", against=1)).json()
    sampah = f"sampah {row_of(SHIPPED, 'sampah')['valid_from']}"
    since = f"trotoar {trotoar['valid_from']}"
    assert [(each["path"], each["change"], each["before"], each["after"])
            for each in told["changes"]] == [
        (["categories", sampah, "handled_by_kelurahan"], "changed", True, False),
        (["categories", sampah, "unit"], "changed", row_of(SHIPPED, "sampah")["unit"], DINAS),
        (["categories", since, "aliases", "Kaki Lima Rusak"], "added", None, True),
    ]  # fmt: skip
    assert told["more"] == 0


async def test_a_broken_version_is_refused_by_its_place_and_kept_nowhere(desk: Desk) -> None:
    refused = await desk.propose(a_document("dinas-yang-tidak-ada"))
    at = [row["slug"] for row in SHIPPED["categories"]].index("sampah")
    told = refused.json()
    assert (refused.status_code, told["field"]) == (422, f"document/categories/{at}/unit")
    assert "No unit has this id" in told["detail"]
    assert (await desk.get()).json()["versions"] == []


async def test_the_same_version_is_proposed_once_whoever_sends_it(desk: Desk) -> None:
    first, again = await desk.propose(a_document()), await desk.propose(a_document())
    assert first.json() == again.json()
    other = await desk.propose(a_document(), by=OTHER)
    assert (other.status_code, "Version 2 says the same" in other.json()["detail"]) == (409, True)


async def test_who_activates_says_which_version_gives_way(desk: Desk) -> None:
    await desk.propose(a_document())
    await desk.propose(a_document("dinas-bina-marga"))
    await desk.activate(2)
    stale = await desk.activate(3)
    assert (stale.status_code, stale.json()["field"]) == (409, "instead_of")
    assert (await desk.activate(3, instead_of=2)).status_code == 200
    back = await desk.activate(2, instead_of=3)
    assert (back.status_code, back.json()["in_force"]) == (200, True)
    assert len(back.json()["activations"]) == 2


async def test_a_version_may_be_activated_for_a_day_to_come_and_for_none_that_is_over(
    desk: Desk,
) -> None:
    await desk.propose(a_document())
    over = await desk.activate(2, valid_from="2024-01-01T00:00:00+07:00")
    assert (over.status_code, over.json()["field"]) == (422, "valid_from")
    later = await desk.activate(2, valid_from="2999-01-01T00:00:00+07:00")
    assert (later.status_code, later.json()["in_force"]) == (200, False)


async def test_a_trial_counts_what_would_change_and_changes_nothing(desk: Desk) -> None:
    world = desk.world
    await world.hear(complaints(world, range(1, 5)))
    await world.hear(complaints(world, [5], "Trotoar rusak"))
    gone, *_ = complaints(world, [6])
    about = world.letters.facts.silent(number=7, about_unit=MANGGARAI)
    world.letters.written[about.content_ref] = {"text": "Tumpukan sampah"}
    await world.hear([gone, in_envelope(about, 7)])
    world.letters.written[gone.event.content_ref] = None  # type: ignore[attr-defined]
    before = await world.everything()
    await desk.propose({**a_document(), "terms": SHIPPED["terms"]})

    first = (await desk.get("/2/trial", limit=3)).json()
    assert desk.trials.kept == {1, 2}, "the next page needs them"
    rest = (await desk.get("/2/trial", cursor=first["next_cursor"], limit=200)).json()
    assert (first["cases"] + rest["cases"], first["unread"] + rest["unread"]) == (6, 1)
    assert (rest["next_cursor"], first["against"], first["failed"]) == (None, 1, 0)
    moved = [each for told in (first, rest) for each in told["by_unit"]]
    assert {each["before"] for each in moved} == {MANGGARAI}
    assert sum(each["cases"] for each in moved) == first["changed"] + rest["changed"]
    assert await world.everything() == before
    assert desk.trials.kept == frozenset()
    assert (await desk.get("/3/trial")).status_code == 404


# --- the command `crm rules` ----------------------------------------------------------------


async def test_a_version_goes_by_files_from_its_export_to_its_activation(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await desk.world.hear(complaints(desk.world, [1, 2]))
    door = InProcess(desk.office)
    assert await rules.told(door, lambda d: rules.export(d, tmp_path, None)) == 0
    file = tmp_path / "categories.json"
    rows = json.loads(file.read_text())
    next(row for row in rows if row["slug"] == "sampah").update(
        unit=DINAS, handled_by_kelurahan=False, subs=[]
    )
    file.write_text(json.dumps(rows, indent=1))
    spoilt = tmp_path / "spellings.json"
    whole = spoilt.read_text()
    spoilt.write_text(whole.replace('"words": {', '"words": {\n"": "kosong",'))
    capsys.readouterr()

    async def told(command: rules.Command, code: int = 0) -> str:
        # A service of this process logs where the command writes.
        with capture_logs():
            assert await rules.told(door, command) == code
        shown = capsys.readouterr()
        return shown.out + shown.err

    broken = await told(lambda d: rules.propose(d, tmp_path, "Sampah", ONE), 1)
    assert broken.startswith("spellings.json:3: /words/: ")
    spoilt.write_text(whole)
    terms = tmp_path / "terms.json"
    gone = json.loads(terms.read_text())
    gone["terms"] = {k: v for k, v in gone["terms"].items() if not k.startswith("sampah/")}
    terms.write_text(json.dumps(gone))
    proposed = await told(lambda d: rules.propose(d, tmp_path, "Sampah", ONE))
    assert proposed == "version 2 is proposed; now: crm rules test 2\n"

    lines = (await told(lambda d: rules.diff(d, 2, None))).splitlines()
    assert f"~ categories / sampah 2021-07-01 / unit: kelurahan -> {DINAS}" in lines
    tried = await told(lambda d: rules.try_out(d, 2, 100))
    assert "2 of 2 complaints would be decided otherwise" in tried
    assert f"      2  {MANGGARAI} -> " in tried

    assert "two persons" in await told(lambda d: rules.activate(d, 2, "Setuju", ONE, None), 1)
    done = await told(lambda d: rules.activate(d, 2, "Setuju", OTHER, None))
    assert "version 2 decides from " in done
    history = await told(rules.history)
    assert history.startswith("version 2 decides; 1 is the shipped one\n2  proposed by admin-1")
    assert "activated by admin-2" in history


# --- what people put right ------------------------------------------------------------------


async def corrected_city(world: World) -> None:
    """Four reports of rubbish: one passed on, one passed on and given back. Two are left to
    people: one is placed with another category than the suggested one. One is about officials."""
    await world.hear(complaints(world, range(1, 5)))
    await world.act(a_complaint_id(1), CoordinateCase(to_unit=DINAS), MANGGARAI_OFFICER)
    await world.act(a_complaint_id(2), CoordinateCase(to_unit=DINAS), MANGGARAI_OFFICER)
    await world.act(a_complaint_id(2), ReturnCase(reason="Bukan kami"), an_officer(DINAS))
    for number in (5, 6):
        complaint = a_complaint(number=number, category="sampah", kelurahan_code=None)
        world.letters.written[complaint.content_ref] = {"text": "Tumpukan sampah"}
        await world.hear([in_envelope(complaint, number)])
    placed = AssignFromTriage(unit="dinas-bina-marga", category="jalan")
    await world.act(a_complaint_id(5), placed, TRIAGE_OFFICER)
    about = world.letters.facts.silent(number=7, about_unit=MANGGARAI)
    world.letters.written[about.content_ref] = {"text": "Tumpukan sampah"}
    await world.hear([in_envelope(about, 7)])


async def test_administrators_read_how_often_people_put_right_what_the_rules_decided(
    desk: Desk,
) -> None:
    await corrected_city(desk.world)

    async def asked(role: Any = "admin", **query: Any) -> httpx.Response:
        return await desk.office.ask("GET", "/v1/rule-corrections", role, BIRO, params=query)

    told = (await asked()).json()
    counted = {name: told[name] for name in ("decided", "corrected", "accuracy")}
    assert counted == {"decided": 4, "corrected": 1, "accuracy": 0.75}
    assert (told["left_to_people"], told["placed"]) == (2, 1)
    assert [tuple(each.values()) for each in told["by_category"]] == [
        (4, 0, 1.0, "sampah", "Sampah")
    ]
    assert [tuple(each.values()) for each in told["by_unit"]] == [
        (4, 1, 0.75, MANGGARAI, "Kelurahan Manggarai")
    ]
    assert [tuple(each.values()) for each in told["by_version"]] == [(4, 1, 0.75, 1, 2)]
    assert told["confused_categories"] == [{"said": "sampah", "right": "jalan", "cases": 1}]
    assert told["confused_units"] == [{"said": MANGGARAI, "right": DINAS, "cases": 1}]
    assert (await asked(role="auditor")).json() == told
    assert (await asked(version=2)).json()["by_version"] == []
    assert (await asked(role="unit_officer")).status_code == 403


async def test_the_command_tells_what_people_put_right(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    await corrected_city(desk.world)
    door = InProcess(desk.office)
    with capture_logs():
        assert await rules.told(door, lambda d: corrections(d, 90, None, False)) == 0
    assert capsys.readouterr().out.splitlines() == [
        "complaints of the last 90 days: the rules sent 4 to a unit, people corrected 1 of"
        " them (75.0 % stood)",
        "2 were left to people, who have placed 1 of them",
        "",
        "decided  corrected    stood",
        "by category",
        "      4          0  100.0 %  sampah (Sampah)",
        "by unit",
        f"      4          1   75.0 %  {MANGGARAI} (Kelurahan Manggarai)",
        "by version of the rules",
        "      4          1   75.0 %  1 (2 more left to people)",
        "categories most often confused (rules -> people)",
        "      1  sampah -> jalan",
        "units most often confused (rules -> people)",
        f"      1  {MANGGARAI} -> {DINAS}",
    ]
