"""The rooms of the console: each brings its pages, and folders of templates if it has its own."""

from pathlib import Path

from services.routing.console.console import Console
from shared.http.operation import Router


def routers(console: Console) -> list[Router]:
    """A room more is a line here."""
    return []


def templates() -> tuple[Path, ...]:
    """Folders of templates besides the console's own."""
    return ()
