"""A browser without JavaScript: it keeps cookies, is led on, sends forms as pages have them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

LED_ON = frozenset({302, 303, 307})
MOST_STEPS = 8
_FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class PlainForm:
    """``action``: where it goes, absolute. ``fields``: what it holds before anybody writes;
    ``hidden``: those of them that nobody sees."""

    action: str
    method: str
    fields: Mapping[str, str]
    hidden: Collection[str] = frozenset()

    @property
    def path(self) -> str:
        return urlsplit(self.action).path

    def filled(self, **typed: str) -> "PlainForm":
        """The form with what was written into it."""
        return replace(self, fields={**self.fields, **typed})


@dataclass(frozen=True)
class Page:
    """What a browser was answered at ``address``; header names in lower case."""

    address: str
    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def leads_to(self) -> str | None:
        """The address that it leads on to, absolute."""
        if self.status not in LED_ON:
            return None
        return urljoin(self.address, self.headers.get("location", ""))

    @property
    def is_whole(self) -> bool:
        """A page in a language of ours, with its policy, to its last line."""
        typed = self.headers.get("content-type", "").startswith("text/html")
        fenced = "default-src" in self.headers.get("content-security-policy", "")
        return typed and fenced and "<html lang=" in self.text and "</html>" in self.text[-20:]

    @cached_property
    def forms(self) -> list[PlainForm]:
        reader = _Forms(self.address)
        reader.feed(self.text)
        return reader.found

    def form(self, path: str) -> PlainForm | None:
        """The first one that goes to ``path``."""
        return next((form for form in self.forms if form.path == path), None)


class _Forms(HTMLParser):
    """Forms of a page with what stands in their fields (HTML, "constructing the entry list")."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.found: list[PlainForm] = []
        self._address = address
        self._fields: dict[str, str] | None = None
        self._hidden: set[str] = set()
        self._writing = self._choosing = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields, self._hidden = {}, set()
            action = urljoin(self._address, given.get("action", ""))
            method = given.get("method", "get")
            self.found.append(PlainForm(action, method, self._fields, self._hidden))
        elif self._fields is not None:
            self._field(tag, given, self._fields)

    def _field(self, tag: str, given: Mapping[str, str], fields: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "select":
            self._choosing = name
        elif tag == "option" and self._choosing:
            if self._choosing not in fields or "selected" in given:
                fields[self._choosing] = given.get("value", "")
        elif tag == "textarea":
            self._writing, fields[name] = name, ""
        elif tag == "input" and name and self._counts(given):
            fields[name] = given.get("value", "")
            if given.get("type") == "hidden":
                self._hidden.add(name)

    def _counts(self, given: Mapping[str, str]) -> bool:
        return given.get("type") not in ("radio", "checkbox") or "checked" in given

    def handle_data(self, data: str) -> None:
        if self._writing and self._fields is not None:
            self._fields[self._writing] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
        elif tag == "select":
            self._choosing = ""
        elif tag == "textarea":
            self._writing = ""


@dataclass
class PlainBrowser:
    """``home``: the pages' origin, to which the cookies belong. ``been``: each address that it
    asked for or was led to. ``given``: each cookie that it ever had."""

    http: httpx.AsyncClient
    home: str
    cookies: dict[str, str] = field(default_factory=dict)
    been: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def get(self, address: str) -> Page:
        """One answer; it is not followed. Raises httpx.HTTPError when there is none."""
        return await self._ask("GET", address, None)

    async def send(self, form: PlainForm) -> Page:
        """Likewise. No button is pressed that has a name."""
        return await self._ask("POST", form.action, urlencode(form.fields).encode())

    async def follow(self, page: Page) -> Page:
        """Where the answer leads in the end, or to another origin: that page is left to others."""
        for _ in range(MOST_STEPS):
            onward = page.leads_to
            if onward is None or not onward.startswith(f"{self.home}/"):
                break
            page = await self.get(onward)
        return page

    def headers(self) -> dict[str, str]:
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    async def _ask(self, method: str, address: str, content: bytes | None) -> Page:
        url = urljoin(f"{self.home}/", address)
        is_home = url.startswith(f"{self.home}/")
        headers = (self.headers() if is_home else {}) | (_FORM if content is not None else {})
        if content is not None:
            headers["origin"] = self.home
        self.been.append(url)
        answer = await self.http.request(method, url, headers=headers, content=content)
        if is_home:
            self._keep(answer.headers.get_list("set-cookie"))
        page = Page(url, answer.status_code, answer.text, dict(answer.headers))
        self.been.extend([page.leads_to] if page.leads_to else [])
        return page

    def _keep(self, cookies: list[str]) -> None:
        for each in cookies:
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value
            self.given.append(value)
            if "Max-Age=0" in each:
                del self.cookies[name]


async def sign_in(browser: PlainBrowser, role: str, unit: str, number: int = 1) -> Page:
    """By the local issuer's page (code flow with PKCE); the answer of the way back, not followed.

    What does not lead on is given back as it is. Raises httpx.HTTPError when nobody answers.
    """
    asked = await browser.get("/masuk/mulai")
    if asked.leads_to is None:
        return asked
    chosen = urlencode({"role": role, "unit": unit, "number": number})
    chosen_at = await browser.get(f"{asked.leads_to}&{chosen}")
    if chosen_at.leads_to is None:
        return chosen_at
    return await browser.get(chosen_at.leads_to)
