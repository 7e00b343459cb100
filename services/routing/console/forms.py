"""Forms that come back: read, and refused unless they are of this browser and of this officer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from fastapi import Request

from services.routing.console.browser import browser_of
from services.routing.console.visits import Visitors
from shared.errors import DomainError, Malformed
from shared.media import require_media

CSRF: Final = "csrf"
SEAT: Final = "petugas_formulir"
KEY: Final = "kunci"
VERSION: Final = "versi"
TEMPLATE: Final = "balasan"
"""A reply template that may be inserted: it is chosen, nobody wrote it."""
PHOTOS: Final = "foto"
"""Files that an act names: refs of what the case has, or has just been handed."""
LOST: Final = "berkas_hilang"
"""That files were chosen which did not come along: their form is shown again before it is sent."""
OURS: Final = frozenset({CSRF, SEAT, KEY, VERSION, TEMPLATE, PHOTOS, LOST})
"""Fields that a form has besides what an officer writes."""
_SHAPES: Final = {
    KEY: re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-[a-z0-9-]{1,60})?"),
    VERSION: re.compile(r"[0-9]{1,10}"),
}
"""They become headers of a call, and the key of a saved view a part of an address. A key begins
with an id; the act's name follows where a page has forms for several."""
FORM_BYTES: Final = 256 * 1024
_FIELDS_AT_MOST = 1000


class ForgedForm(DomainError):
    """Another site, another browser or another officer made this form."""

    status, slug, title = 403, "foreign-form", "Not your form"


class OutgrownForm(ForgedForm):
    """The officer's own, of a role or unit that is not theirs any more. Its words are."""

    def __init__(self, form: "Form") -> None:
        super().__init__("Your role or unit has changed since you opened this form.", field=SEAT)
        self.form = form


@dataclass(frozen=True, slots=True)
class Form:
    """What was posted. Words are stripped of nothing: they come back as they were typed."""

    fields: Mapping[str, Sequence[str]]

    def text(self, name: str) -> str:
        """The last value of the field, empty when there is none."""
        return next(reversed(self.fields.get(name, ())), "")

    def many(self, name: str) -> Sequence[str]:
        return self.fields.get(name, ())

    @property
    def key(self) -> str:
        return self.text(KEY)

    @property
    def version(self) -> str:
        return self.text(VERSION)

    def words(self) -> dict[str, str]:
        """What the officer wrote, by field."""
        return {name: self.text(name) for name in self.fields if name not in OURS}


async def read_form(request: Request) -> Form:
    """The form of a request, without files. Raises Malformed for what is none."""
    require_media(request.headers.get("content-type", ""), "application/x-www-form-urlencoded")
    body = (await request.body()).decode("utf-8", "replace")
    try:
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=_FIELDS_AT_MOST)
    except ValueError:
        raise Malformed("The form has too many fields.", field="body") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return Form(fields)


def known_id(text: str) -> str:
    """An id as it is written everywhere; raises Malformed for what is none. What a hidden field
    holds may not reach further than its place in an address."""
    try:
        return str(UUID(text))
    except ValueError:
        raise Malformed("This is no id of ours.", field="id") from None


def keep_form(request: Request, form: Form) -> None:
    """For whatever refuses the request from now on: its body cannot be read a second time."""
    request.state.form = form


def kept_form(request: Request) -> Form | None:
    found = getattr(request.state, "form", None)
    return found if isinstance(found, Form) else None


class PostedForms:
    """A FastAPI dependency: the form, if it is this browser's and this officer's."""

    def __init__(self, visitors: Visitors, public_url: str) -> None:
        self._visitors = visitors
        parts = urlsplit(public_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"

    async def __call__(self, request: Request) -> Form:
        """Raises ForgedForm, OutgrownForm, Malformed."""
        form = await read_form(request)
        self.check(request, form)
        return form

    def check(self, request: Request, form: Form) -> None:
        """Raises ForgedForm, OutgrownForm, Malformed."""
        self.refuse_foreign(request, form)
        session = browser_of(request).session
        if session and not self._visitors.is_of_this_officer(session.officer, form.text(SEAT)):
            if self._visitors.is_of_this_person(session.officer, form.text(SEAT)):
                raise OutgrownForm(form)
            raise ForgedForm("Another officer made this form.", field=SEAT)
        for name, shape in _SHAPES.items():
            if name in form.fields and not shape.fullmatch(form.text(name)):
                raise Malformed("This is none that we put into the form.", field=name)
        keep_form(request, form)

    def refuse_foreign(self, request: Request, form: Form) -> None:
        """Raises ForgedForm unless a page of ours in this browser made the form."""
        origin = request.headers.get("origin", self._origin)
        # A browser that must not say where it comes from says "null"; the token decides then.
        if origin not in (self._origin, "null"):
            raise ForgedForm("Another site made this form.", field="origin")
        if not self._visitors.is_of_this_browser(browser_of(request), form.text(CSRF)):
            raise ForgedForm("Another browser made this form.", field=CSRF)
