"""``/profil``: who is signed in as what, and the keyboard shortcuts, which are off by default."""

from typing import Annotated

from fastapi import Depends, Response

from services.routing.console.console import Console
from services.routing.console.forms import Form
from services.routing.console.rendering import see_other
from services.routing.console.visits import OfficerVisit
from shared.http.operation import Router


def create_router(console: Console) -> Router:
    router = console.router()
    anyone = Annotated[OfficerVisit, Depends(console.officer())]

    @router.get("/profil")
    async def profile(visit: anyone, tersimpan: str = "") -> Response:
        return console.pages.show(visit, "profile.html", saved=bool(tersimpan))

    @router.post("/profil/tombol")
    async def choose_keys(
        visit: anyone, form: Annotated[Form, Depends(console.posted)]
    ) -> Response:
        visit.browser.choose(visit.language, keys=form.text("tombol") == "ya")
        return see_other(visit, "profil?tersimpan=ya")

    return router
