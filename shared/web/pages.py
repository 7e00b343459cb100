"""Templates into answers that no cache keeps and in which no script of a stranger can run."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from shared.web.languages import Language
from shared.web.styles import Styles

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
LAYOUT_TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {
    "id": {
        "service": "Cepat Respon Masyarakat",
        "owner": "Pemerintah Provinsi DKI Jakarta",
        "skip": "Langsung ke isi",
    },
    "en": {
        "service": "Cepat Respon Masyarakat",
        "owner": "Provincial Government of DKI Jakarta",
        "skip": "Skip to content",
    },
}
_LAYOUT = Path(__file__).parent / "templates"


class Pages:
    """A service's templates, each of which may extend ``layout.html`` of the house.

    Everything that is put into them is escaped; a value that a template misses is an error.
    ``retry_seconds``: when a page with 503 says to come again. ``by_language``: the address alone
    does not say which language a page is in; the reader's browser does. ``posts_to``: an address of
    another house of ours to which a form of these pages may post. ``scripted``: scripts of the
    pages' own origin may run and fetch from it. ``images_from``: addresses on other
    origins that the pages take pictures from.
    """

    def __init__(
        self,
        templates: Path | Sequence[Path],
        styles: Styles,
        *,
        retry_seconds: int,
        by_language: bool,
        posts_to: str = "",
        scripted: bool = False,
        images_from: Sequence[str] = (),
    ) -> None:
        self._environment = _environment(templates)
        self._styles = styles
        self._retry_seconds = retry_seconds
        self._security = _security_headers(posts_to, scripted=scripted, images_from=images_from)
        self._vary = {"vary": "Accept-Language"} if by_language else {}

    def show(
        self, name: str, language: Language, status: int = 200, *, root: str = "", **values: Any
    ) -> Response:
        """The template ``name``; the layout has ``language``, ``layout`` and ``styles`` besides.

        ``root``: the way from the page up to where the pages begin (``../``).
        """
        body = self._environment.get_template(name).render(
            language=language,
            layout=LAYOUT_TEXTS[language],
            styles=[f"{root}{address}" for address in self._styles.addresses],
            root=root,
            **values,
        )
        return HTMLResponse(body, status, self._headers(language, status))

    def _headers(self, language: Language, status: int) -> dict[str, str]:
        headers = {
            **self._security,
            "cache-control": "no-store",
            "content-language": language,
            **self._vary,
        }
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["retry-after"] = str(self._retry_seconds)
        return headers


def _security_headers(
    posts_to: str, *, scripted: bool, images_from: Sequence[str]
) -> Mapping[str, str]:
    policy = SECURITY_HEADERS["content-security-policy"]
    if posts_to:
        policy = policy.replace("form-action 'self';", f"form-action 'self' {_origin(posts_to)};")
    pictures = " ".join(_origin(address) for address in images_from)
    if scripted:
        others = f" {pictures}" if pictures else ""
        policy += f"; script-src 'self'; connect-src 'self'; img-src 'self' data:{others}"
    elif pictures:
        policy += f"; img-src {pictures}"
    return {**SECURITY_HEADERS, "content-security-policy": policy}


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _environment(templates: Path | Sequence[Path]) -> Environment:
    """``templates`` first, the layout of the house behind them."""
    folders = (templates,) if isinstance(templates, Path) else templates
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, _LAYOUT)]),
        autoescape=True,
        # Templates of a release do not change; each page would look at five files' times.
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
