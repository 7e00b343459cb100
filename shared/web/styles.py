"""Style sheets, served by each service that has pages, from the pages' own origin."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import Response

from shared.http.operation import LenientOperation, Router

HOUSE: Final = Path(__file__).parent / "static" / "house.css"
_VERSION_LENGTH = 12
_KEPT_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """A sheet under a name of the route; ``version`` changes with every change of the sheet."""

    name: str
    content: bytes
    version: str

    @staticmethod
    def read(path: Path) -> "StyleSheet":
        content = path.read_bytes()
        return StyleSheet(path.name, content, sha256(content).hexdigest()[:_VERSION_LENGTH])


class Styles:
    """The sheet of the house and a service's own, below the path ``below``.

    The version stands in the query, so that in a rolling upgrade either release has an answer
    for the other's pages.
    """

    def __init__(self, below: str, *own: Path) -> None:
        self._below = below
        self._sheets = tuple(StyleSheet.read(path) for path in (HOUSE, *own))

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of all sheets, in the order in which a page names them, as seen from a page.

        They are relative, as a proxy may have put a prefix before them. So the pages stand beside
        the folder of their sheets.
        """
        folder = self._below.rpartition("/")[2]
        return tuple(f"{folder}/{each.name}?v={each.version}" for each in self._sheets)

    def create_router(self) -> Router:
        """A route for each sheet; it asks for no credentials."""
        router = Router(route_class=LenientOperation, include_in_schema=False)
        for sheet in self._sheets:
            _add(router, f"{self._below}/{sheet.name}", sheet)
        return router


def _add(router: Router, path: str, sheet: StyleSheet) -> None:
    @router.get(path)
    async def style_sheet(v: str = "") -> Response:
        headers = {
            "cache-control": _caching(v == sheet.version),
            "x-content-type-options": "nosniff",
        }
        return Response(sheet.content, headers=headers, media_type="text/css")


def _caching(asked_for_this: bool) -> str:
    """A page of another release gets this sheet, but must not keep it under the other's version."""
    return f"public, max-age={_KEPT_SECONDS}, immutable" if asked_for_this else "no-cache"
