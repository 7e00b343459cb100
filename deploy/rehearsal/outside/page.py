"""What a person sees: the messages as a page, and the same as JSON."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Annotated

import jinja2
from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from deploy.rehearsal.outside.doors import The
from deploy.rehearsal.outside.faults import Fault
from deploy.rehearsal.outside.ledger import Message

router = APIRouter()
_ON_PAGE = 200
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "referrer-policy": "no-referrer",
}


def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    return jinja2.Environment(loader=loader, autoescape=True).get_template("page.html")


Text = Annotated[str | None, Query(max_length=200)]


@router.get("/", response_class=HTMLResponse)
async def page(world: The, kind: Text = None, contains: Text = None) -> HTMLResponse:
    """The newest messages, for a person to read."""
    shown = [*islice(world.ledger.newest_first(kind, None, contains), _ON_PAGE)]
    html = _template().render(
        messages=shown, kinds=world.ledger.kinds(), kind=kind or "", contains=contains or ""
    )
    return HTMLResponse(html, headers=_HEADERS)


@router.get("/messages")
async def messages(
    world: The,
    kind: Text = None,
    to: Text = None,
    contains: Text = None,
    limit: Annotated[int, Query(ge=1, le=1_000_000)] = 1_000_000,
) -> list[Message]:
    """The messages that match, the newest first."""
    return [*islice(world.ledger.newest_first(kind, to, contains), limit)]


@router.post("/faults", status_code=201)
async def order_fault(world: The, fault: Fault) -> Fault:
    """Orders a failure."""
    world.faults.order(fault)
    return fault


@router.get("/faults")
async def open_faults(world: The) -> list[Fault]:
    """Failures that are still ordered."""
    return world.faults.list()


@router.delete("/faults", status_code=204)
async def clear_faults(world: The) -> None:
    """Everything works again."""
    world.faults.clear()


@router.get("/health/live")
@router.get("/health/ready")
async def health(world: The) -> dict[str, str | int]:
    """Whether it runs, and how much it has kept."""
    return {"status": "ok", "messages": world.ledger.next_id() - 1}
