"""What every page of the console stands on."""

from dataclasses import dataclass

from fastapi import Response

from services.routing.console.areas import Areas
from services.routing.console.calls import Api
from services.routing.console.forms import PostedForms
from services.routing.console.lookup_tables import Tables
from services.routing.console.rendering import ConsolePages
from services.routing.console.seals import Seals
from services.routing.console.visits import OfficerVisit, Visitors, signed_in
from shared.auth import Identity, Role
from shared.http.operation import Operation, Router
from shared.ids import NewId
from shared.units import UnitTree


@dataclass(frozen=True)
class Console:
    """Parts that the rooms of the console share; each room makes a router of them.

    ``api`` calls the services, ``pages`` shows, ``posted`` is the dependency of each endpoint that
    takes a form, ``officer()`` the one of each that needs somebody signed in.
    """

    api: Api
    pages: ConsolePages
    seals: Seals
    visitors: Visitors
    posted: PostedForms
    tables: Tables
    units: UnitTree
    areas: Areas
    new_id: NewId
    public_url: str
    tracking_page: str
    follow_up_days: int
    checking_seconds: float

    def officer(self, *roles: Role) -> Identity[OfficerVisit]:
        """A dependency: the officer's visit, if of one of ``roles`` (any when none is named)."""
        return signed_in(self.visitors, *roles)

    def router(self, kind: type[Operation] = Operation) -> Router:
        """Pages: in no contract, and a parameter that no page knows is refused by its name."""
        return Router(route_class=kind, include_in_schema=False, default_response_class=Response)

    def new_key(self) -> str:
        """Of one form: sent again it is known as the same act."""
        return str(self.new_id())
