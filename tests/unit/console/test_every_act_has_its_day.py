"""Each act of the console is done in a day of a real browser (tests/e2e/browser/test_days.py)."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from services.routing.console.acts import BY_SLUG
from services.routing.console.desks import judging, quarantine, triage
from services.routing.console.inbox import BULK
from tests.architecture.source import ROOT
from tests.contract.operations import build
from tests.e2e.browser import test_days
from tests.e2e.browser.days import DAYS, PRESSED, act_of

SEVERAL: Final[Mapping[str, Collection[str]]] = {
    "/laporan/{complaint_id}/{tindakan}": BY_SLUG,
    "/nilai/{complaint_id}/{act}": judging.ACTS,
    "/triase/{complaint_id}/{act}": triage.ACTS,
    "/kelola/tertunda/{bagian}/{parked_id}/{act}": quarantine.ACTS,
    "/kotak/massal": BULK,
}
"""Doors behind which there are several acts, and where they are named."""

NO_ACTS: Final = {"sesi": "a script lets the session of an officer who types last longer"}


def acts_of(app: FastAPI) -> set[str]:
    """What can be sent to the console, by its doors."""
    doors = [
        str(context.path)
        for context in iter_route_contexts(app.routes)
        if "POST" in (context.methods or ())
    ]
    found = {
        f"{act_of(door)}/{act}" if act else act_of(door)
        for door in doors
        for act in SEVERAL.get(door, [""])
    }
    several = {door for door in doors if door.endswith(("/{act}", "/{tindakan}"))}
    assert several <= set(SEVERAL), "say where the acts behind this door are named"
    return found - set(NO_ACTS)


def test_each_act_of_the_console_is_done_in_a_day() -> None:
    done = {act for acts in DAYS.values() for act in acts}
    every = acts_of(build("console")) | {f"tombol {name}" for name in PRESSED}
    assert len(every) > 60
    assert sorted(every - done) == [], "acts that no day does"
    assert sorted(done - every) == [], "acts that are no more"


def named_buttons() -> set[str]:
    """Names of buttons that ask something of the form in which they stand."""
    pages = (ROOT / "services/routing/console").rglob("*.html")
    return {name for page in pages for name in _names_in(page)}


def _names_in(page: Path) -> list[str]:
    buttons = re.findall(r"<button[^>]*>", page.read_text())
    return [found[1] for each in buttons if (found := re.search(r' name="([^"{]+)"', each))]


def test_each_button_that_asks_for_something_else_than_the_act_is_pressed() -> None:
    assert named_buttons() == set(PRESSED)


def test_the_days_are_those_that_are_run() -> None:
    assert [name for name in DAYS if not hasattr(test_days, name)] == []


@pytest.mark.parametrize(
    ("path", "act"),
    [
        ("/laporan/01890a5d-ac96-774b-bcce-b302099a8057/hasil", "laporan/hasil"),
        ("/kelola/tertunda/sla/17/terapkan", "kelola/tertunda/terapkan"),
        ("/kelola/tertunda/{bagian}/baris/{aside_id}/lepaskan", "kelola/tertunda/baris/lepaskan"),
        ("/kelola/pesan/lapor_1708/lanjutkan", "kelola/pesan/lanjutkan"),
        ("/loket", "loket"),
    ],
)
def test_an_address_is_named_by_what_it_does(path: str, act: str) -> None:
    assert act_of(path) == act
