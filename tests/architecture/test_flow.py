"""Law 5: every event is emitted by one service and heard by another, and README says so."""

import importlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from deploy import contracts
from deploy.services import HEARING, WITH_API, service_of
from deploy.services import NAMES as PROCESSES
from shared.cloudevents import decode_body
from shared.decision import Decision
from shared.errors import Reject
from shared.events.catalogue import BY_TYPE, CATALOGUE
from shared.events.event import Envelope, Event
from shared.events.facts import Facts
from shared.ids import derived_id
from shared.unit_table import load_units
from tests.architecture.source import ROOT, SERVICES
from tests.builders import T0, at, in_envelope

EVENTS = {event.__name__: event for event in CATALOGUE}
DOCUMENTED_REJECTS = frozenset(
    {"unknown_unit", "unknown_reviewer", "unknown_facts", "unknown_holder"}
)
"""Causes for which a pure core may park an event (docs/operators.md)."""

each_event = pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.__name__)


def domain(service: str) -> ModuleType:
    return importlib.import_module(f"services.{service}.domain")


def example(event: type[Event]) -> Event:
    path = ROOT / "tests" / "examples" / f"{event.__name__}.v{event.version}.json"
    return decode_body(event, path.read_bytes())


# --- who emits, who hears ----------------------------------------------------------------


@each_event
def test_an_event_has_one_emitter_and_names_it(event: type[Event]) -> None:
    assert [process for process in PROCESSES if event in contracts.emits(process)] == [
        event.emitter
    ]


@each_event
def test_an_event_that_is_not_final_is_heard_by_somebody(event: type[Event]) -> None:
    hearers = [process for process in PROCESSES if event in contracts.hears(process)]
    assert hearers or event.final


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_hears_and_emits_what_the_catalogue_has(service: str) -> None:
    assert set(CATALOGUE) >= domain(service).HEARS | domain(service).EMITS
    assert not domain(service).HEARS & domain(service).EMITS, "a service need not be told by itself"


@pytest.mark.parametrize("process", HEARING)
def test_the_handler_hears_what_the_domain_says(process: str) -> None:
    module = importlib.import_module(f"{service_of(process).package}.handler")
    [hears] = [value.hears for value in vars(module).values() if hasattr(value, "hears")]
    assert hears == contracts.hears(process)


# --- what is written about it ------------------------------------------------------------


def test_the_flow_table_of_the_readme_is_what_the_code_says() -> None:
    # Those that have a contract are not built for it once more.
    documents = {
        process: (contracts.CONTRACTS / "openapi" / f"{process}.json").read_text()
        if process in WITH_API
        else contracts.openapi(process)
        for process in PROCESSES
    }
    descriptions = {name: contracts.description_in(text) for name, text in documents.items()}
    text = contracts.README.read_text()
    table = contracts.flow_table(descriptions)
    assert contracts.readme_with(table, text) == text, "run: make contracts"
    assert all(event.__name__ in table for event in CATALOGUE)


@each_event
def test_an_event_has_a_published_example(event: type[Event]) -> None:
    assert type(example(event)) is event


def test_no_example_is_left_of_an_event_that_is_gone() -> None:
    files = {path.stem for path in (ROOT / "tests" / "examples").glob("*.json")}
    assert files == {name.rpartition("crm.")[2] for name in BY_TYPE}


def named_in(sentence: str) -> frozenset[type[Event]]:
    """The events that a line of a docstring names.

    Besides names it may say ``nothing``, ``every event``, ``from CaseRouted to CaseWithdrawn``
    (as the catalogue has them) and ``DeadlineWarned, -Missed`` (the last word of the name).
    """
    if sentence.startswith("nothing"):
        return frozenset()
    if sentence.startswith("every event"):
        return frozenset(CATALOGUE)
    names: list[str] = []
    words = re.findall(r"-?[A-Z][A-Za-z]+|\b(?:from|to)\b", sentence)
    for before, word in zip(["", *words], words, strict=False):
        if word.startswith("-"):
            names.append(re.sub(r"[A-Z][a-z]+$", word[1:], names[-1]))
        elif before == "to" and word in EVENTS:
            everything = list(EVENTS)
            first, last = everything.index(names[-1]), everything.index(word)
            names.extend(everything[first + 1 : last + 1])
        elif word not in ("from", "to"):
            names.append(word)
    return frozenset(EVENTS[name] for name in names)


def lines_of(package: str) -> dict[str, str]:
    """``Hears``, ``Emits``, ``Owns`` of a package's docstring; what is long goes on in the next
    line."""
    text = importlib.import_module(package).__doc__ or ""
    said = re.split(r"\n(?=[A-Z][a-z]+: )", text.strip())
    return {name: rest.replace("\n", " ") for name, rest in (line.split(": ", 1) for line in said)}


@pytest.mark.parametrize("process", PROCESSES)
def test_a_package_says_in_three_lines_what_it_hears_emits_and_owns(process: str) -> None:
    lines = lines_of(service_of(process).package)
    assert list(lines) == ["Hears", "Emits", "Owns"]
    assert lines["Owns"]
    assert named_in(lines["Hears"]) == contracts.hears(process)
    assert named_in(lines["Emits"]) == contracts.emits(process)


def test_a_docstrings_shorthand_is_read_as_it_is_meant() -> None:
    assert named_in("nothing; its vault hears ReporterErased.") == frozenset()
    spelled = named_in("DeadlineWarned, -Missed; EvaluationOpened, -Waived.")
    assert {event.__name__ for event in spelled} == {
        "DeadlineWarned", "DeadlineMissed", "EvaluationOpened", "EvaluationWaived",
    }  # fmt: skip
    ranged = named_in("ComplaintWithdrawn and every fact, from CaseRouted to CaseAccepted.")
    assert {event.__name__ for event in ranged} == {
        "ComplaintWithdrawn", "CaseRouted", "CaseTriaged", "CaseAccepted",
    }  # fmt: skip


# --- every example through every hearer --------------------------------------------------

Core = Callable[[Any, Envelope], Decision[Any]]
"""``(state, envelope) -> Decision``: a hearer's pure core with everything else given."""


def of_routing(outcome: str) -> Core:
    """Routing's core; ``outcome``: what its rules found for a new complaint."""
    core = domain("routing")
    units = load_units()
    tables = importlib.import_module("services.routing.placing.categories").load_categories()
    categories = tables.at(T0.date()).categories
    found = {
        "routed": core.Routed("31.74.01.1001", "sampah", "rule", 1, 1.0),
        "triaged": core.Triaged(core.TriageReason.NO_PLACE),
    }[outcome]

    def decide(case: Any, envelope: Envelope) -> Decision[Any]:
        context = core.Context(at(1), units, categories, routing=found, facts=Facts())
        decided: Decision[Any] = core.decide(case, envelope.event, context)
        return decided

    return decide


def of_sla() -> Core:
    core = domain("sla")
    policies = importlib.import_module("services.sla.policies")
    calendar = importlib.import_module("services.sla.calendar")
    calendars = {
        "elapsed": calendar.ElapsedCalendar(),
        "working": calendar.WorkingDayCalendar(frozenset()),
    }
    table = policies.PolicyTable(policies.load_policies(None), calendars)

    def decide(case: Any, envelope: Envelope) -> Decision[Any]:
        unit = getattr(envelope.event, "unit_id", None)
        judges = {(envelope.complaint_id, unit): "biro-pemerintahan"}
        context = core.Context(at(days=40), table, envelope.id, judges)
        decided: Decision[Any] = core.decide(case, envelope.event, context)
        return decided

    return decide


def of_notify() -> Core:
    core = domain("notify")

    def decide(case: Any, envelope: Envelope) -> Decision[Any]:
        decided: Decision[Any] = core.decide(case, envelope, at(1), derived_id)
        return decided

    return decide


def of_tracking() -> Core:
    core: Core = domain("tracking").decide
    return core


CORES: dict[str, tuple[str, Callable[[], Core]]] = {
    "routing, placed": ("routing", lambda: of_routing("routed")),
    "routing, at the triage desk": ("routing", lambda: of_routing("triaged")),
    "sla": ("sla", of_sla),
    "notify": ("notify", of_notify),
    "tracking": ("tracking", of_tracking),
}


def told(events: Sequence[Event], core: Core, state: Any = None) -> Iterator[Decision[Any]]:
    """Feeds the events, one after another; only a documented Reject is let pass."""
    for number, event in enumerate(events, start=1):
        try:
            decision = core(state, in_envelope(event, number))
        except Reject as refusal:
            if refusal.cause not in DOCUMENTED_REJECTS:
                raise
            continue
        state = decision.state
        yield decision


BUILT: dict[str, Core] = {}


def core_of(name: str) -> tuple[str, Core]:
    """The hearing service and its core, built once."""
    service, build = CORES[name]
    if name not in BUILT:
        BUILT[name] = build()
    return service, BUILT[name]


def heard_by(name: str) -> list[type[Event]]:
    return contracts.in_order(domain(CORES[name][0]).HEARS)


each_core = pytest.mark.parametrize("name", CORES)
each_hearing = pytest.mark.parametrize(
    ("name", "event"), [(name, event) for name in CORES for event in heard_by(name)]
)


def test_every_hearer_has_its_core_in_these_tests() -> None:
    named = {service for service, _ in CORES.values()}
    assert named == {service for service in SERVICES if domain(service).HEARS}


@each_hearing
def test_every_hearer_takes_the_example(name: str, event: type[Event]) -> None:
    """As the first it ever hears of the complaint, after the complaint, and twice."""
    service, core = core_of(name)
    received = example(EVENTS["ComplaintReceived"])
    for history in ([example(event)], [received, example(event), example(event)]):
        for decision in told(history, core):
            stated = {type(fact) for fact in decision.events}
            assert stated <= domain(service).EMITS


@each_core
def test_every_hearer_takes_all_examples_one_after_another(name: str) -> None:
    _, core = core_of(name)
    decisions = list(told([example(event) for event in heard_by(name)], core))
    assert decisions
    assert all(decision.state is not None for decision in decisions)


@each_core
def test_every_hearer_takes_a_life_of_examples_backwards(name: str) -> None:
    """Events of different emitters may overtake one another; nobody may fall over that."""
    _, core = core_of(name)
    heard = [example(event) for event in reversed(heard_by(name))]
    assert len(list(told(heard, core))) == len(heard)


def test_the_examples_tell_of_one_complaint() -> None:
    assert len({example(event).complaint_id for event in CATALOGUE}) == 1
    assert all(example(event).at >= T0 - timedelta(days=1) for event in CATALOGUE)


def test_the_examples_are_pretty_and_end_with_a_newline() -> None:
    for event in CATALOGUE:
        path = ROOT / "tests" / "examples" / f"{event.__name__}.v{event.version}.json"
        text = path.read_text()
        assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n", path.name
