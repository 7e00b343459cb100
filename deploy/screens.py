"""What `crm` shows on a terminal: the table of the demonstration, the stream, parked events."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from deploy.rehearsal.demo import Demo, Demonstration
from deploy.running import Answered, RunningStack

ROOMY = 120
"""Columns in which the names of all units have room."""

WIB = timezone(timedelta(hours=7), "WIB")


def _mark(done: bool, over: bool) -> str:
    if done:
        return "[green]✓[/]"
    return "[bold red]✗[/]" if over else "[dim]…[/]"


def _due(text: str | None) -> str:
    if text is None:
        return ""
    return datetime.fromisoformat(text).astimezone(WIB).strftime("%d %b %H:%M WIB")


def _day(text: str | None) -> str:
    return datetime.fromisoformat(text).astimezone(WIB).strftime("%d %b") if text else ""


def demonstration_table(seen: Demonstration, *, over: bool = False, columns: int = 80) -> Table:
    """One row per channel; a caption about the case that is completed. ``columns``: of the
    terminal; all that is said has room from 120 on."""
    done = sum(line.made_it for line in seen.channels)
    title = f"{done} of {len(seen.channels)} channels: accepted, confirmed, on the page, pictures"
    table = Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True
    )
    # Together with the marks no wider than the 80 columns of a terminal.
    for name, widest in (("channel", 11), ("report", 12), ("routed to", 22), ("state", 11),
                         ("due", 6)):  # fmt: skip
        width = widest if columns < ROOMY else None
        table.add_column(name, no_wrap=True, width=width)
    table.add_column("", no_wrap=True, min_width=7)
    for line in seen.channels:
        marks = (line.accepted, line.confirmed, line.trackable, line.pictured)
        table.add_row(
            line.channel,
            line.report_number or "",
            line.routed_to or "",
            line.state or "",
            _day(line.due_at),
            " ".join(_mark(each, over) for each in marks),
        )
    case = seen.completed_case
    if case.states:
        table.caption = f"{case.report_number}: {' → '.join(case.states)}"
        table.caption_justify = "left"
    return table


async def show_demo(stack: RunningStack, console: Console) -> Demonstration:
    """Run the demonstration; live on a terminal, one table at the end elsewhere."""
    if not console.is_terminal:
        console.width = max(console.width, ROOMY)
        seen = await Demo(stack).run()
        console.print(demonstration_table(seen, over=True, columns=console.width))
        return seen
    table = partial(demonstration_table, columns=console.width)
    demo = Demo(stack)
    with Live(table(demo.seen), console=console, refresh_per_second=8) as live:
        demo = Demo(stack, lambda seen: live.update(table(seen)))
        seen = await demo.run()
        live.update(table(seen, over=True))
        return seen


def parked_table(service: str, events: list[dict[str, Any]]) -> RenderableType:
    """Parked events of one service."""
    if not events:
        return f"{service}: nothing is parked"
    table = Table(title=f"{service}: {len(events)} parked", title_justify="left")
    for name in ("id", "event", "complaint", "cause", "detail", "behind", "since", "done"):
        table.add_column(name)
    for event in events:
        kind = str(event["event_type"] or "?").removeprefix("id.go.jakarta.crm.")
        table.add_row(
            str(event["id"]),
            kind,
            str(event["complaint_id"] or ""),
            event["cause"],
            escape(event["detail"]),
            str(event["behind"]),
            event["parked_at"],
            _done_to(event),
        )
    return table


def rows_table(service: str, rows: list[dict[str, Any]]) -> RenderableType:
    """Rows that one service has set aside."""
    if not rows:
        return f"{service}: nothing is set aside"
    table = Table(title=f"{service}: {len(rows)} set aside", title_justify="left")
    for name in ("id", "table", "row", "complaint", "cause", "met", "since"):
        table.add_column(name)
    for row in rows:
        cause, since = escape(row["cause"]), row["since"]
        table.add_row(
            str(row["id"]), row["table"], row["row_id"], row["complaint_id"], cause,
            str(row["times"]), since,
        )  # fmt: skip
    return table


def _done_to(event: dict[str, Any]) -> str:
    done = {"edited": event["edited_at"], "discard asked": event["discard"]}
    return ", ".join(what for what, held in done.items() if held)


def print_track(answer: Answered) -> int:
    """What a code opens; returns the exit code."""
    console = Console()
    if answer.status != 200:
        said = answer.body.get("detail", f"the service answered {answer.status}")
        console.print(said, markup=False)
        return 1
    case = answer.body
    table = Table(title=f"{case['report_number'] or ''} {case['label']}", title_justify="left")
    for name in ("when", "stage", "unit"):
        table.add_column(name)
    for stage in case["stages"]:
        table.add_row(_due(stage["at"]), stage["label"], stage["unit"] or "")
    if case["due_at"]:
        table.caption = f"due {_due(case['due_at'])}"
        table.caption_justify = "left"
    console.print(table)
    return 0
