"""What a map of a case draws besides its point: the kelurahan, by its border or by its middle."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Response

from services.routing.placing.centroids import load_centroids
from shared.errors import NotFound
from shared.http.operation import LenientOperation, Router
from shared.web.styles import Asset, served

_PATH = "/static/peta"


@dataclass(frozen=True, slots=True)
class Area:
    """``middle``: latitude and longitude. ``outline``: where the border lies, from where the pages
    begin; None where the deployment has none."""

    middle: tuple[float, float] | None
    outline: str | None


class Areas:
    """By the kelurahan's code. ``outlines``: borders as GeoJSON; none is as good."""

    def __init__(self, outlines: Mapping[str, bytes]) -> None:
        self._outlines = {
            code: Asset.of(code, content, "application/geo+json")
            for code, content in outlines.items()
        }
        self._middles = {code: (lat, lon) for code, lat, lon in load_centroids()}

    def find(self, code: str | None) -> Area | None:
        outline, middle = self._outlines.get(code or ""), self._middles.get(code or "")
        if outline is None and middle is None:
            return None
        address = f"{_PATH[1:]}/{outline.name}?v={outline.version}" if outline else None
        return Area(middle, address)

    def create_router(self) -> Router:
        """Borders are no secret; no credentials are asked for."""
        router = Router(route_class=LenientOperation, include_in_schema=False)

        @router.get(f"{_PATH}/{{code}}")
        async def outline(code: str, v: str = "") -> Response:
            found = self._outlines.get(code)
            if found is None:
                raise NotFound("There is no outline of this kelurahan.")
            return served(found, v)

        return router
