"""Style sheets and scripts, served by each service that has pages, from the pages' own origin."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import Response

from shared.http.operation import LenientOperation, Router

_STATIC: Final = Path(__file__).parent / "static"
HOUSE: Final = _STATIC / "house.css"
VENDOR: Final = _STATIC / "vendor"
HTMX: Final = VENDOR / "htmx.org-4.0.1" / "htmx.min.js"
LEAFLET: Final = (
    VENDOR / "leaflet-1.9.4" / "leaflet.css",
    VENDOR / "leaflet-1.9.4" / "leaflet.js",
)
_MEDIA: Final = {".css": "text/css", ".js": "text/javascript"}
_VERSION_LENGTH = 12
_KEPT_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Asset:
    """A file under a name of the route; ``version`` changes with every change of the file."""

    name: str
    content: bytes
    version: str
    media: str

    @staticmethod
    def read(path: Path) -> "Asset":
        return Asset.of(path.name, path.read_bytes(), _MEDIA[path.suffix])

    @staticmethod
    def of(name: str, content: bytes, media: str) -> "Asset":
        return Asset(name, content, sha256(content).hexdigest()[:_VERSION_LENGTH], media)


class Assets:
    """Files below the path ``below``.

    The version stands in the query, so that in a rolling upgrade either release has an answer
    for the other's pages.
    """

    def __init__(self, below: str, *files: Path) -> None:
        self._below = below
        self._assets = tuple(Asset.read(path) for path in files)

    def address(self, name: str) -> str:
        """Of one file, as seen from a page; KeyError when there is none of the name.

        It is relative, as a proxy may have put a prefix before it. So the pages stand beside the
        folder of their files, or say how far below.
        """
        return self._addresses()[name]

    def _addresses(self) -> dict[str, str]:
        folder = self._below.rpartition("/")[2]
        return {each.name: f"{folder}/{each.name}?v={each.version}" for each in self._assets}

    def create_router(self) -> Router:
        """A route for each file; it asks for no credentials."""
        router = Router(route_class=LenientOperation, include_in_schema=False)
        for asset in self._assets:
            _add(router, f"{self._below}/{asset.name}", asset)
        return router


class Styles(Assets):
    """The sheet of the house and a service's own."""

    def __init__(self, below: str, *own: Path) -> None:
        super().__init__(below, HOUSE, *own)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of all sheets, in the order in which a page names them, as seen from a page."""
        return tuple(self._addresses().values())


def _add(router: Router, path: str, asset: Asset) -> None:
    @router.get(path)
    async def static_file(v: str = "") -> Response:
        return served(asset, v)


def served(asset: Asset, version: str) -> Response:
    """The file, for whoever asks for that version of it."""
    headers = {
        "cache-control": _caching(version == asset.version),
        "x-content-type-options": "nosniff",
    }
    return Response(asset.content, headers=headers, media_type=asset.media)


def _caching(asked_for_this: bool) -> str:
    """A page of another release gets this file, but must not keep it under the other's version."""
    return f"public, max-age={_KEPT_SECONDS}, immutable" if asked_for_this else "no-cache"
