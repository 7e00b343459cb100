"""Templates into answers that no cache keeps and that no script can run in."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.tracking.web.words import Words

HERE = Path(__file__).parent
RETRY_SECONDS = "2"

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Pages:
    """The templates of this folder; everything that is put into them is escaped."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(self, name: str, words: Words, status: int = 200, **values: Any) -> Response:
        """The template ``name`` in a language; with 503 it says when to come again."""
        template = self._environment.get_template(name)
        body = template.render(words=words, t=words.texts, **values)
        headers = SECURITY_HEADERS | {
            "cache-control": "no-store",
            "content-language": words.language,
            "vary": "Accept-Language",
        }
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["retry-after"] = RETRY_SECONDS
        return HTMLResponse(body, status, headers)
