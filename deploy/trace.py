"""`crm trace`: the way of a complaint through the services, gathered from each one's own doors."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.contracts.flow import hears
from deploy.failures import NotRunning
from deploy.listing import admin_token
from deploy.running import Answered, RunningStack
from deploy.services import EMITTING, HEARING, WITH_DATABASE
from shared.errors import Transient
from shared.events.event import type_of
from shared.trace_context import trace_id

Item = Mapping[str, Any]

_NUMBER = re.compile(r"JK\d{10,}", re.IGNORECASE)
_EVENTS_AT_ONCE = 100
"""What one question may name."""


@dataclass(slots=True)
class Way:
    """What the services tell of a complaint. silent: why a service tells nothing, by its name.

    told: the answer of each service by name (`ComplaintTrace`). deliveries, clocks: as notify and
    sla list them. shown: as tracking shows the case; None where an administrator is shown none.
    """

    complaint_id: str
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    deliveries: Sequence[Item] = ()
    clocks: Sequence[Item] = ()
    shown: Item | None = None
    silent: dict[str, str] = field(default_factory=dict)

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events with their emitter, and when each hearer has applied them, oldest first."""
        applied = {
            (each["event_id"], service): each["applied_at"]
            for service, told in self.told.items()
            for each in told["applied"]
        }
        found = [
            {
                **event,
                "emitter": emitter,
                "trace_id": trace_id(event["traceparent"]),
                "applied": {
                    name: applied.get((event["event_id"], name))
                    for name in _HEARERS.get(event["event_type"], ())
                    if name not in self.silent
                },
            }
            for emitter, told in self.told.items()
            for event in told["recorded"]
        ]
        return sorted(found, key=lambda event: (event["at"], event["event_id"]))

    @property
    def report_number(self) -> str | None:
        return next((e["report_number"] for e in self.events if e["report_number"]), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "complaint_id": self.complaint_id,
            "report_number": self.report_number,
            "events": self.events,
            "parked": self.of_all("parked"),
            "set_aside": self.of_all("set_aside"),
            "deliveries": list(self.deliveries),
            "clocks": list(self.clocks),
            "shown": self.shown,
            "silent": self.silent,
        }

    def of_all(self, name: str) -> list[dict[str, Any]]:
        return [{**row, "service": s} for s, told in self.told.items() for row in told[name]]


_HEARERS = {
    type_of(event): [name for name in HEARING if event in hears(name)]
    for event in {event for name in HEARING for event in hears(name)}
}


async def show(home: Path, what: str, json_file: Path | None) -> int:
    """``what``: a report number, a complaint's id or a trace's. Exit code 1 when nothing is known
    of it, or when a service tells nothing."""
    console = Console()
    async with RunningStack.of(home) as stack:
        found = [await gather(stack, each) for each in await _complaints(stack, what)]
    for way in found:
        _print(console, way)
    if json_file is not None:
        text = json.dumps([way.as_json() for way in found], indent=2) + "\n"
        json_file.write_text(text, encoding="utf-8")  # noqa: ASYNC240 (the last thing done)
    if not found:
        console.print(f"nothing is known of {what}", markup=False)
    return 1 if not found or any(way.silent for way in found) else 0


# --- which complaint ----------------------------------------------------------------------


async def _complaints(stack: RunningStack, what: str) -> list[str]:
    """Ids. Raises NotRunning for what is none of the three."""
    if _NUMBER.fullmatch(what):
        return await _of_number(stack, what.upper())
    try:
        sought = UUID(what)
    except ValueError:
        raise NotRunning(
            f"give a report number (JK...), or the id of a complaint or a trace; not '{what}'"
        ) from None
    asked = [_asked(stack, name, f"/internal/v1/traces/{sought}") for name in EMITTING]
    of_trace = {
        complaint
        for answer in await asyncio.gather(*asked)
        if not isinstance(answer, str) and answer.accepted
        for complaint in answer.body["complaints"]
    }
    return sorted(of_trace) or [str(sought)]


async def _of_number(stack: RunningStack, number: str) -> list[str]:
    """Tracking knows it; while it is away, routing. Neither shows an administrator a restricted
    case: its id leads to it."""
    answer = await _asked(stack, "tracking", f"/v1/cases?report_number={number}")
    if isinstance(answer, str):
        token = admin_token(stack)
        answer = await stack.post("routing", "/v1/search", {"report_number": number}, token)
    if not answer.accepted:
        raise NotRunning(f"the number cannot be looked up: the answer was {answer.status}")
    return [str(case["complaint_id"]) for case in answer.body["cases"]]


# --- what is known of it ------------------------------------------------------------------


async def gather(stack: RunningStack, complaint_id: str) -> Way:
    """All services at once: first what each has stated, then who has applied it."""
    way = Way(complaint_id)
    path = f"/internal/v1/complaints/{complaint_id}/trace"
    await asyncio.gather(*(_tell(stack, way, name, path) for name in WITH_DATABASE))
    ids = [event["event_id"] for event in way.events]
    parts = [ids[i : i + _EVENTS_AT_ONCE] for i in range(0, len(ids), _EVENTS_AT_ONCE)]
    for part in parts:
        query = f"event_ids={','.join(part)}"
        hearing = [name for name in HEARING if name not in way.silent]
        await asyncio.gather(*(_tell(stack, way, name, f"{path}?{query}") for name in hearing))
    way.deliveries = await _listed(
        stack, way, "notify", f"/v1/deliveries?complaint_id={complaint_id}", "deliveries"
    )
    way.clocks = await _listed(stack, way, "sla", f"/v1/deadlines/{complaint_id}", "clocks")
    if number := way.report_number:
        cases = await _listed(stack, way, "tracking", f"/v1/cases?report_number={number}", "cases")
        way.shown = cases[0] if cases else None
    return way


async def _tell(stack: RunningStack, way: Way, service: str, path: str) -> None:
    """Adds what the service tells; of one that knows nothing there is nothing to add."""
    answer = await _asked(stack, service, path)
    if isinstance(answer, str):
        way.silent[service] = answer
    elif answer.accepted:
        before = way.told.get(service, {"applied": []})
        applied = [*before["applied"], *answer.body["applied"]]
        way.told[service] = {**answer.body, "applied": applied}
    elif answer.status != 404:
        way.silent[service] = f"it answered {answer.status}"


async def _listed(
    stack: RunningStack, way: Way, service: str, path: str, key: str
) -> Sequence[Item]:
    """Empty where the service is silent, or has nothing of it for an administrator."""
    answer = await _asked(stack, service, path)
    if isinstance(answer, str) or not answer.accepted:
        return ()
    return list(answer.body.get(key, ()))


async def _asked(stack: RunningStack, service: str, path: str) -> Answered | str:
    """The answer, or why there is none."""
    try:
        return await stack.get(service, path, admin_token(stack))
    except (NotRunning, Transient) as error:
        return str(error)


# --- what is shown ------------------------------------------------------------------------


def _print(console: Console, way: Way) -> None:
    if way.told:
        console.print(_events(way))
        console.print(_besides(way))
    else:
        console.print(f"nothing is known of {way.complaint_id}", markup=False)
    for service, why in way.silent.items():
        console.print(f"{service} tells nothing: {why}", markup=False)


def _events(way: Way) -> Table:
    """One row per event: when it was stated, how long until the bus had it, and how long from there
    until each hearer had applied it."""
    table = _table(
        f"{way.report_number or ''} {way.complaint_id}{_state(way)}".strip(),
        ("at (UTC)", "by", "event", "on the bus", "applied after", "trace"),
    )
    for event in way.events:
        published = event["published_at"]
        channel = f" by {event['channel']}" if event["channel"] else ""
        table.add_row(
            _time(event["at"]), event["emitter"],
            f"{event['event_type'].removeprefix('id.go.jakarta.crm.')}{channel}",
            _later(event["at"], published) if published else "[bold red]waits[/]",
            ", ".join(
                f"{name} {_later(published or event['at'], at)}" if at
                else f"[bold red]{name} not yet[/]"
                for name, at in event["applied"].items()
            ),
            (event["trace_id"] or "")[-8:],
        )  # fmt: skip
    return table


def _state(way: Way) -> str:
    return f": {way.shown['state']}, {way.shown['unit_name'] or ''}" if way.shown else ""


def _besides(way: Way) -> Table:
    """What was parked and set aside, messages and limits, ordered by time."""
    rows: list[tuple[str, str, str, str]] = []
    for each in way.of_all("parked"):
        end = (
            "replayed" if each["replayed_at"] else "discarded" if each["discarded_at"] else "waits"
        )
        said = f"{each['cause']}; event {each['event_id'] or '?'}; {end}"
        rows.append((each["parked_at"], each["service"], f"parked {each['id']}", said))
    for each in way.of_all("set_aside"):
        end = "released" if each["released_at"] else "waits"
        said = f"{each['table']}: {each['cause']}; {end}"
        rows.append((each["since"], each["service"], "set aside", said))
    for delivery in way.deliveries:
        done = delivery["concluded_at"]
        late = f" {_later(delivery['created_at'], done)}" if done else ""
        why = f", {delivery['reason']}" if delivery["reason"] else ""
        said = f"{delivery['status']}{late}, {delivery['attempt']} tries{why}"
        rows.append((delivery["created_at"], "notify", f"message {delivery['template']}", said))
    for clock in way.clocks:
        said = "missed" if clock["missed_at"] else "stopped" if clock["stopped_at"] else "runs"
        rows.append((clock["due_at"], "sla", f"limit {clock['clock']}", said))
    table = _table("", ("at (UTC)", "by", "what", "how it stands"))
    for at, service, what, said in sorted(rows):
        table.add_row(_time(at), service, what, escape(said))
    return table


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name)
    return table


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"


def _later(before: str, after: str) -> str:
    """``+0.034 s``; below zero where two clocks differ."""
    seconds = (datetime.fromisoformat(after) - datetime.fromisoformat(before)).total_seconds()
    return f"{seconds:+.3f} s"
