"""The templates of this folder in the words of a language."""

from pathlib import Path
from typing import Any, Final

from fastapi import Response

from services.tracking.web.words import Words
from shared.web.pages import Pages
from shared.web.styles import Styles

_HERE: Final = Path(__file__).parent
RETRY_SECONDS = 2


class TrackingPages:
    def __init__(self, images_from: str, form_page: str = "") -> None:
        """``images_from``: where browsers fetch pictures. ``form_page``: where a new report is
        written; empty: the pages name none."""
        self._form_page = form_page
        self.styles = Styles("/static", _HERE / "static" / "tracking.css")
        self._pages = Pages(
            _HERE / "templates", self.styles, retry_seconds=RETRY_SECONDS, by_language=True,
            images_from=(images_from,),
        )  # fmt: skip

    def show(self, name: str, words: Words, status: int = 200, **values: Any) -> Response:
        """The template ``name``, which has ``words`` and their ``texts`` as ``t``."""
        return self._pages.show(
            name,
            words.language,
            status,
            words=words,
            t=words.texts,
            form_page=self._form_page,
            **values,
        )
