"""The ledger of cases: officers' commands, histories, clocks, views, inboxes, messages.

Pure. Each check compares what two of the system's parts say of the same thing, so that a part
that forgot, or did something twice, stands against the others. A finding is ``lost``, ``doubled``
(also: done though it must not be), ``stuck`` (may still come right by itself) or ``wrong`` (parts
contradict each other, or a citizen was told things in another order than they happened).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from shared.events.event import type_of
from shared.events.intake import ComplaintReceived, ComplaintSupplemented
from shared.events.routing import CaseEvent
from shared.events.sla import DeadlineMissed, DeadlineWarned, EvaluationOpened, QuestionExpired
from shared.events.vocabulary import CLOSED_STATES
from tests.crash.books import HEARERS, Deed, Stage, Step
from tests.crash.file_ledger import file_findings
from tests.crash.findings import CaseFacts, Finding, erased_in
from tests.crash.message_ledger import MESSAGE_CHECKS

_ByOfficer = tuple[str | None, UUID, str]
"""Who did what to which complaint."""


def findings(facts: CaseFacts) -> Iterator[Finding]:
    """All that is wrong with the cases; none where all parts agree."""
    for check in (
        _deeds, _histories, _repeated_decisions, *MESSAGE_CHECKS, _views, _standings, _clocks,
        _erasures, _supplements, _inboxes, file_findings,
    ):  # fmt: skip
        yield from check(facts)


# --- officers and histories --------------------------------------------------------------


def _deeds(facts: CaseFacts) -> Iterator[Finding]:
    """A command that was answered 2xx is one step of the history; one refused is none; and what
    its officers have done beyond their commands is one too many."""
    done: dict[_ByOfficer, list[Step]] = defaultdict(list)
    given: dict[_ByOfficer, list[Deed]] = defaultdict(list)
    for step in facts.books.history:
        done[(step.actor, step.complaint_id, step.event)].append(step)
    for deed in facts.books.deeds:
        given[(deed.subject, deed.complaint_id, deed.event)].append(deed)
    for key, deeds in given.items():
        yield from _alike(deeds, done.pop(key, []))
    subjects = {deed.subject for deed in facts.books.deeds}
    for (actor, complaint, event), steps in done.items():
        if actor in subjects:
            yield Finding("doubled", f"{event} of {complaint}: {len(steps)} that nobody asked for")


def _alike(deeds: Sequence[Deed], done: Sequence[Step]) -> Iterator[Finding]:
    """Commands of one kind by one officer on one case, and the steps that are their work."""
    taken = [deed for deed in deeds if deed.is_done]
    open_ones = [deed for deed in deeds if deed.outcome == "unanswered"]
    for deed in open_ones:
        yield Finding("stuck", f"{deed}: {deed.last}")
    if len(done) > len(taken) + len(open_ones):
        said = ", ".join(f"{deed} {deed.last}".strip() for deed in deeds)
        yield Finding("doubled", f"{said}: {len(done)} steps, not {len(taken)}")
    if len(done) < len(taken):
        yield Finding("lost", f"{taken[0]}: {len(done)} steps, not {len(taken)}")
    versions = {None, *(step.version for step in done)}
    for deed in taken:
        if deed.version not in versions:
            yield Finding("lost", f"{deed}: no {deed.event} of version {deed.version}")


def _histories(facts: CaseFacts) -> Iterator[Finding]:
    """Routing's history is the stream, its versions count from one without a gap."""
    written = Counter((s.complaint_id, s.version, s.event) for s in facts.books.history)
    told = Counter(
        (e.complaint_id, e.event.case_version, type(e.event).__name__)
        for e in facts.stream
        if isinstance(e.event, CaseEvent)
    )
    for (complaint, version, event), count in (written - told).items():
        yield Finding("lost", f"{event} {version} of {complaint}: {count} missing on the stream")
    for (complaint, version, event), count in (told - written).items():
        yield Finding("doubled", f"{event} {version} of {complaint}: {count} more than written")
    versions: dict[UUID, list[int]] = defaultdict(list)
    for step in facts.books.history:
        versions[step.complaint_id].append(step.version)
    for complaint, case in facts.books.cases.items():
        if sorted(versions[complaint]) != [*range(1, case.version + 1)]:
            found = sorted(versions[complaint])
            yield Finding("lost", f"case {complaint}: versions {found}, should end {case.version}")


def _repeated_decisions(facts: CaseFacts) -> Iterator[Finding]:
    """One cause has one effect of a kind (per clock, and per step of its warnings)."""
    effects = Counter(
        (
            e.source, type(e.event).__name__, e.complaint_id, e.causation_id,
            getattr(e.event, "clock", None), getattr(e.event, "step", None),
            getattr(e.event, "template", None),
        )
        for e in facts.stream
        if e.causation_id is not None
    )  # fmt: skip
    for (_, event, complaint, cause, *_), count in effects.items():
        if count > 1:
            yield Finding("doubled", f"{event} of {complaint} by {cause}: {count} events")


# --- what tracking, sla, vault and the inboxes say ---------------------------------------


def stages_of(steps: Sequence[Step]) -> tuple[Stage, ...]:
    """The public stages that a history amounts to: its changes of state or holder."""
    stages = [Stage(ComplaintReceived.__name__, "received", None)]
    for step in steps:
        last = stages[-1]
        changed = (last.state, last.unit_id) != (step.state, step.unit_id)
        if changed or step.event == "CaseReopened":
            stages.append(Stage(step.event, step.state, step.unit_id))
    return tuple(stages)


def _views(facts: CaseFacts) -> Iterator[Finding]:
    """Tracking's timeline is routing's history."""
    by_complaint: dict[UUID, list[Step]] = defaultdict(list)
    for step in sorted(facts.books.history, key=lambda step: step.version):
        by_complaint[step.complaint_id].append(step)
    for complaint in facts.books.cases:
        view = facts.books.views.get(complaint)
        if view is None:
            yield Finding("lost", f"case {complaint}: unknown to tracking")
            continue
        wanted = stages_of(by_complaint[complaint])
        if len(view.stages) > len(wanted):
            yield Finding("doubled", f"case {complaint}: {len(view.stages)} stages in tracking")
        elif view.stages != wanted:
            yield Finding("lost", f"case {complaint}: tracking has other stages than routing")


def _standings(facts: CaseFacts) -> Iterator[Finding]:
    """What several services hold of a case is the same in all of them."""
    for complaint in facts.books.cases:
        held: dict[str, dict[str, object]] = defaultdict(dict)
        for service, standings in facts.books.standings.items():
            for what, value in standings.get(complaint, {}).items():
                held[what][service] = value
        for what, values in held.items():
            if len({repr(value) for value in values.values()}) > 1:
                said = ", ".join(f"{value} in {service}" for service, value in values.items())
                yield Finding("wrong", f"case {complaint}: {what} is {said}")


def _clocks(facts: CaseFacts) -> Iterator[Finding]:
    """A closed case has no clock that runs, and its clocks have said nothing: no limit is as
    short as a run of this suite."""
    closed = {c for c, case in facts.books.cases.items() if case.state in CLOSED_STATES}
    for complaint, case in facts.books.cases.items():
        clocks = facts.books.clocks.get(complaint)
        if clocks is None or clocks.case_version != case.version:
            yield Finding("lost", f"case {complaint}: sla has not heard version {case.version}")
        elif complaint in closed and (clocks.running or clocks.fires):
            names = ", ".join(sorted(clocks.running)) or "a clock"
            yield Finding("stuck", f"case {complaint}: closed, and {names} runs on")
    for envelope in facts.stream:
        fired = isinstance(
            envelope.event, DeadlineMissed | DeadlineWarned | QuestionExpired | EvaluationOpened
        )
        if fired and envelope.complaint_id in closed:
            what = type(envelope.event).__name__
            yield Finding("doubled", f"case {envelope.complaint_id}: {what} of a closed case")


def _erasures(facts: CaseFacts) -> Iterator[Finding]:
    """Of an erased reporter nothing is left, neither sealed nor in words."""
    for complaint in sorted(erased_in(facts.stream)):
        if complaint in facts.books.sealed:
            yield Finding("stuck", f"{complaint}: erased, and the vault holds its reporter")
        if complaint in facts.books.worded:
            yield Finding("lost", f"{complaint}: erased, and intake keeps its words")
        view = facts.books.views.get(complaint)
        if view is not None and not view.erased:
            yield Finding("lost", f"{complaint}: erased, and tracking does not know")


def _supplements(facts: CaseFacts) -> Iterator[Finding]:
    """Routing adds each of a citizen's supplements once: no decision absorbs a second time."""
    added = Counter(
        e.complaint_id for e in facts.stream if isinstance(e.event, ComplaintSupplemented)
    )
    for complaint, case in facts.books.cases.items():
        wanted = 1 + added[complaint]
        if case.contents > wanted:
            yield Finding("doubled", f"case {complaint}: {case.contents} contents, not {wanted}")
        elif case.contents < wanted:
            yield Finding("lost", f"case {complaint}: {case.contents} contents, not {wanted}")


def _inboxes(facts: CaseFacts) -> Iterator[Finding]:
    """What a service hears is in its inbox, and nothing else is."""
    by_type: dict[str, set[UUID]] = defaultdict(set)
    for envelope in facts.stream:
        by_type[envelope.type].add(envelope.id)
    for service, hears in HEARERS.items():
        heard = set().union(*(by_type[type_of(event)] for event in hears))
        claimed = facts.books.inboxes.get(service, frozenset())
        if holes := heard - claimed:
            yield Finding("stuck", f"{service}: {len(holes)} events are not in its inbox")
        if unknown := claimed - heard:
            yield Finding("lost", f"{service}: {len(unknown)} events of its inbox are gone")
