"""All desks as one room of the console."""

from pathlib import Path
from typing import Final

from services.routing.console.console import Console
from services.routing.console.desks import counter, judging, managing, quarantine, trail, triage
from shared.http.operation import Router

TEMPLATES: Final = Path(__file__).parent / "templates"


def routers(console: Console) -> list[Router]:
    return [
        judging.create_router(console),
        triage.create_router(console),
        counter.create_router(console),
        managing.create_router(console),
        quarantine.create_router(console),
        trail.create_router(console),
    ]
