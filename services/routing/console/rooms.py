"""The rooms of the console: each brings its pages, and folders of templates if it has its own."""

from pathlib import Path

from services.routing.console import (
    act_pages,
    bulk,
    case_pages,
    inbox,
    live,
    opening_pages,
    profile,
    search,
)
from services.routing.console.console import Console
from services.routing.console.desks import room as desks
from shared.http.operation import Router


def routers(console: Console) -> list[Router]:
    """A room more is a line here."""
    return [
        inbox.create_router(console),
        case_pages.create_router(console),
        # Before the acts, whose address would take its own.
        opening_pages.create_router(console),
        act_pages.create_router(console),
        bulk.create_router(console),
        search.create_router(console),
        profile.create_router(console),
        live.create_router(console),
        *desks.routers(console),
    ]


def templates() -> tuple[Path, ...]:
    """Folders of templates besides the console's own."""
    return (desks.TEMPLATES,)
