"""The outside world, wired: its HTTP doors and its mail server in one process."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI

from deploy.local.settings import OutsideSettings
from deploy.rehearsal.outside import doors, issuer, mail, page, photographs
from deploy.rehearsal.outside.ledger import Ledger
from deploy.rehearsal.outside.world import Failed, World


def build(settings: OutsideSettings) -> FastAPI:
    """Wires the outside world; its mail server lives as long as the HTTP server."""
    world = World(settings.secrets, Ledger(settings.home / "messages.jsonl"))

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        listener = await mail.listen(world, settings.host, settings.smtp_port)
        yield
        listener.close()
        world.ledger.close()

    app = FastAPI(title="The outside world in a box", lifespan=lifespan, docs_url=None)
    app.state.world = world
    app.include_router(doors.router)
    app.include_router(photographs.router)
    app.include_router(page.router)
    if settings.secrets.issuer is not None:
        app.include_router(issuer.create_router(settings.secrets.issuer, settings.secrets.jwks))
    app.add_exception_handler(Failed, doors.failed)
    return app
