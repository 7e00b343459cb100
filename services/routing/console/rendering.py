"""The templates of the console in the words of a language."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from fastapi import Response
from fastapi.responses import JSONResponse, RedirectResponse

from services.routing.console.navigation import entries
from services.routing.console.visits import OfficerVisit, Visit
from services.routing.console.words import WORDS
from shared.http.operation import Router
from shared.web.pages import Pages
from shared.web.styles import HTMX, LEAFLET, Assets, Styles

_HERE: Final = Path(__file__).parent
RETRY_SECONDS: Final = 2
SEE_OTHER: Final = 303
HTMX_SETTINGS: Final = (
    '{"history":false,"includeIndicatorCSS":false,"noSwap":["4xx","5xx",204,304],'
    '"defaultTimeout":10000}'
)
"""No copy of a page is kept on a shared computer, no error page lands inside a card."""


class ConsolePages:
    """``templates``: folders besides the console's own, of rooms that bring theirs. ``media``:
    where browsers fetch pictures of cases."""

    def __init__(self, media: str, tiles: str = "", templates: Sequence[Path] = ()) -> None:
        self._tiles = tiles
        self._styles = Styles(
            "/static", _HERE / "static" / "console.css", _HERE / "static" / "desks.css"
        )
        self._assets = Assets(
            "/static",
            HTMX,
            *LEAFLET,
            _HERE / "static" / "console.js",
            _HERE / "static" / "desks.js",
        )
        self._pages = Pages(
            (_HERE / "templates", *templates),
            self._styles,
            retry_seconds=RETRY_SECONDS,
            by_language=False,
            scripted=True,
            images_from=[each for each in (tiles, media) if each],
        )

    def show(self, visit: Visit, name: str, status: int = 200, **values: Any) -> Response:
        """The template ``name``; it has ``t`` (texts), ``words``, ``visit``, ``root`` besides."""
        words = WORDS[visit.language]
        officer = visit if isinstance(visit, OfficerVisit) else None
        return self._pages.show(
            name,
            visit.language,
            status,
            root=visit.root,
            template=name,
            words=words,
            t=words.texts,
            visit=visit,
            signed_in=officer,
            entries=entries(officer, visit.path) if officer else (),
            htmx=HTMX_SETTINGS,
            asset=lambda file: f"{visit.root}{self._assets.address(file)}",
            tiles=self._tiles,
            **values,
        )

    def download(self, content: Any, name: str) -> Response:
        """JSON to keep; ``name`` is ours and holds nothing of a person."""
        return JSONResponse(
            content, headers={"content-disposition": f'attachment; filename="{name}"'}
        )

    def create_routers(self) -> list[Router]:
        """Of the style sheets and the scripts."""
        return [self._styles.create_router(), self._assets.create_router()]


def see_other(visit: Visit, address: str) -> Response:
    """303: go on to ``address``, which is written from where the pages begin (``kotak``)."""
    return RedirectResponse(f"{visit.root}{address}", SEE_OTHER)
