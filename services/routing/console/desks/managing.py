"""What an administrator looks after: messages, gateways, units, categories, rules, channels."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Depends, Path, Query, Response

from services.routing.console.calls import Away, together
from services.routing.console.cases import instant
from services.routing.console.console import Console
from services.routing.console.desks.attempts import NOTHING, Attempt, Refusal, give
from services.routing.console.desks.queues import PAGE
from services.routing.console.desks.showing import body_of, show, status_of
from services.routing.console.forms import Form
from services.routing.console.naming import find_unit
from services.routing.console.rendering import see_other
from services.routing.console.visits import OfficerVisit
from shared.auth import Role
from shared.http.operation import Router
from shared.units import Unit

READERS: Final = (Role.ADMIN, Role.AUDITOR)
SECTIONS: Final = ("tertunda", "pesan", "unit", "kategori", "aturan", "kanal")
"""Pages of the room, as its addresses end."""
RESUME: Final = "lanjutkan"
UNITS_AT_MOST: Final = 100

GatewayName = Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$")]


def create_router(console: Console) -> Router:
    router = console.router()
    reader = Annotated[OfficerVisit, Depends(console.officer(*READERS))]
    _add_messages(router, console)

    @router.get("/kelola/unit")
    async def unit_tree(visit: reader, cari: Annotated[str, Query(max_length=80)] = "") -> Response:
        """Every process knows the tree: no service is asked."""
        found = _units(console, cari)
        names = {unit.id: unit.name for unit in console.units.all()}
        return show(console, visit, "units.html", sections=SECTIONS, units=found, names=names,
                    typed=cari, total=len(names))  # fmt: skip

    @router.get("/kelola/kategori")
    async def category_table(visit: reader) -> Response:
        return await _rules_page(console, visit, "categories.html")

    @router.get("/kelola/aturan")
    async def rules_in_words(visit: reader) -> Response:
        return await _rules_page(console, visit, "rules.html")

    @router.get("/kelola/kanal")
    async def channels_health(visit: reader) -> Response:
        called = await console.api.get("intake", "/channels/health", visit.officer)
        return show(
            console, visit, "channels.html", status_of(called), sections=SECTIONS,
            health=body_of(called), away=isinstance(called, Away), moment=instant,
        )  # fmt: skip

    return router


def _units(console: Console, typed: str) -> Sequence[Unit]:
    """Those that are meant by what was typed; without it the offices of the province."""
    if not typed.strip():
        return [unit for unit in console.units.all() if unit.parent is None][:UNITS_AT_MOST]
    found = find_unit(console.units, typed)
    return (found.unit, *console.units.children(found.unit.id)) if found.unit else found.choices


async def _rules_page(console: Console, visit: OfficerVisit, template: str) -> Response:
    called = await console.api.get("routing", "/rules", visit.officer)
    return show(
        console, visit, template, status_of(called), sections=SECTIONS, rules=body_of(called),
        away=isinstance(called, Away),
    )  # fmt: skip


def _add_messages(router: Router, console: Console) -> None:
    reader = Annotated[OfficerVisit, Depends(console.officer(*READERS))]
    admin = Annotated[OfficerVisit, Depends(console.officer(Role.ADMIN))]
    posted = Annotated[Form, Depends(console.posted)]

    @router.get("/kelola/pesan")
    async def failed_messages(
        visit: reader,
        hal: Annotated[str | None, Query(max_length=400)] = None,
        tercatat: Annotated[str | None, Query(pattern=r"^[a-z]{1,20}$")] = None,
    ) -> Response:
        return await _messages_page(console, visit, hal, done=tercatat)

    @router.post("/kelola/pesan/{name}/lanjutkan")
    async def resume_gateway(visit: admin, form: posted, name: GatewayName) -> Response:
        """What waits for a gateway goes at once, as what was wrong has been mended."""
        attempt = Attempt(f"/gateways/{name}/resume", None, name, part="notify")
        refused = await give(console, visit, form, attempt)
        if refused is not None:
            return await _messages_page(console, visit, None, refused=refused)
        return see_other(visit, f"kelola/pesan?tercatat={RESUME}")


async def _messages_page(
    console: Console,
    visit: OfficerVisit,
    cursor: str | None,
    *,
    refused: Refusal = NOTHING,
    done: str | None = None,
) -> Response:
    gateways, failed = await together(
        console.api.get("notify", "/gateways", visit.officer),
        console.api.get("notify", "/deliveries/failed", visit.officer, cursor=cursor, limit=PAGE),
    )
    return show(
        console, visit, "messages.html", refused.status if refused.text else status_of(failed),
        sections=SECTIONS, gateways=body_of(gateways), failed=body_of(failed), refused=refused,
        away=isinstance(gateways, Away) or isinstance(failed, Away), done=done, moment=instant,
        may_act=visit.may(Role.ADMIN),
    )  # fmt: skip
