"""What an agency's system is told, and that the guide shows how to verify it."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from deploy.contracts import ROOT
from services.routing.case.standing import Standing
from services.routing.live.change import CaseChange, Happened, Position
from services.routing.webhooks.messages import Secrets, Webhook, messages_of, sight_of_unit
from shared.unit_table import load_units
from tests.builders import T0, a_complaint_id
from tests.unit.routing.cases import BINA_MARGA, MANGGARAI

UNITS = load_units()
GUIDE = (Path(ROOT) / "docs/integrators.md").read_text()
HOOK = Webhook(UUID(int=170), MANGGARAI, "https://sistem.example.org/crm", None, True, 1, T0)
MESSAGE = UUID("0193059e-3d5c-7a10-8d4c-000000000001")
MOMENT = datetime(2024, 11, 3, 2, tzinfo=UTC)


def a_change(after: Standing, before: Standing | None = None, *events: Happened) -> CaseChange:
    return CaseChange(
        Position(9, 1),
        a_complaint_id(1),
        MOMENT,
        2,
        before,
        after,
        "JK2411030001",
        "sampah",
        events,
    )


def bodies(change: CaseChange, unit: str = MANGGARAI) -> list[str]:
    return [each.body for each in messages_of(change, HOOK, sight_of_unit(unit, UNITS))]


HELD = Standing("received", MANGGARAI)
ACCEPTED = Happened("CaseAccepted", 2, "received")


def test_the_guides_example_is_what_is_sent_and_its_verifier_accepts_it() -> None:
    found = re.search(r"^```http agency\n(.*?)^```", GUIDE, re.M | re.S)
    assert found
    head, _, body = found[1].partition("\n\n")
    assert bodies(a_change(HELD, HELD, ACCEPTED)) == [body.strip()]
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    secrets = Secrets(b"contoh")
    sent = secrets.headers(HOOK, MESSAGE, body.strip(), MOMENT)
    assert {name: sent[name] for name in headers} == headers
    example: dict[str, Any] = {}
    source = re.search(r"^```python verify\n(.*?)^```", GUIDE, re.M | re.S)
    assert source
    exec(compile(source[1], "integrators.md", "exec"), example)  # noqa: S102
    good = [secrets.of(HOOK.webhook_id, 1)]
    assert example["verify"](headers, body.strip().encode(), good, MOMENT.timestamp())
    assert not example["verify"](headers, b"{}", good, MOMENT.timestamp())


def test_who_only_reads_all_cases_is_not_told_of_all() -> None:
    """An officer of the Biro reads every case; its system hears of those that it judges."""
    biro = "biro-pemerintahan"
    assert bodies(a_change(HELD, HELD, ACCEPTED), biro) == []
    judged = Standing("planned", MANGGARAI, reviewer=biro, awaited=biro)
    assert len(bodies(a_change(judged, HELD, Happened("PlanSubmitted", 3, "planned")), biro)) == 1


def test_who_passed_a_case_on_goes_on_hearing_of_it_and_a_stranger_hears_nothing() -> None:
    passed = Standing("coordinated", BINA_MARGA, watchers=(MANGGARAI,))
    moved = a_change(passed, HELD, Happened("CaseCoordinated", 3, "coordinated"))
    assert len(bodies(moved)) == len(bodies(moved, BINA_MARGA)) == 1
    assert bodies(moved, "31.74.01.1002") == []


def test_each_of_several_events_of_one_change_is_told_with_its_own_version() -> None:
    both = a_change(HELD, HELD, ACCEPTED, Happened("WorkStarted", 3, "in_progress"))
    assert ['"version": 2' in each for each in bodies(both)] == [True, False]
    assert ['"state": "in_progress"' in each for each in bodies(both)] == [False, True]


def test_secrets_differ_by_webhook_generation_and_key() -> None:
    made = {
        Secrets(key).of(UUID(int=number), generation)
        for key in (b"a", b"b")
        for number in (1, 2)
        for generation in (1, 2)
    }
    assert len(made) == 8
