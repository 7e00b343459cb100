"""Calls to the services' interfaces in an officer's name; what does not answer is `Away`.

Each answer also says what time it is. The console has no database to ask, and by its machine's
clock, should that be hours ahead, it would take every session for ended.
"""

import asyncio
from collections.abc import AsyncIterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from services.routing.console.session import Officer
from services.routing.console.visits import SignInNeeded
from shared.clock import DatabaseClock
from shared.errors import Transient
from shared.http.correlation import REQUEST_ID
from shared.http.date import date_of
from shared.outbound import OutboundClient, Response, Stream

SILENCE_SECONDS: Final = 40.0
"""Routing's heart beats every 15 s; a stream that is silent for longer has broken."""
OPERATIONS: Final = "/internal/v1/"
_HALF: Final = 0.5
"""A date has whole seconds: it was made up to one second after what it says."""
_AWAY_STATUS: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Away:
    """A part of the system that did not answer in time, or said that it cannot now. ``soon``: it
    said that it can in a moment."""

    part: str
    soon: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """``body``: JSON, None when there is none."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def said(self, name: str) -> str | None:
        """A member of a problem (RFC 9457): ``detail``, ``detail_id``, ``field``, ``code``."""
        found = self.body.get(name) if isinstance(self.body, dict) else None
        return found if isinstance(found, str) else None


Called = Answer | Away


class Api:
    """The interfaces of all parts, below ``/v1``, and their doors of operations."""

    def __init__(
        self,
        reading: OutboundClient,
        acting: OutboundClient,
        handing: OutboundClient,
        listening: OutboundClient,
        urls: Mapping[str, str],
        clock: DatabaseClock,
    ) -> None:
        """``reading`` has the patience of a page, ``acting`` that of an act, ``handing`` that of a
        file on its way, ``listening`` a connection for every browser. ``urls``: base address by the
        name of the part. ``clock`` is told the time by each answer."""
        self._reading = reading
        self._acting = acting
        self._handing = handing
        self._listening = listening
        self._urls = {part: url.rstrip("/") for part, url in urls.items()}
        self._clock = clock

    async def get(self, part: str, path: str, officer: Officer, **query: Any) -> Called:
        """``path`` is below ``/v1``; of ``query`` what is None or empty is left out."""
        asked = {name: value for name, value in query.items() if value not in (None, "")}
        address = f"{path}?{urlencode(asked)}" if asked else path
        return await self._call(self._reading, part, "GET", address, officer, {}, None)

    async def ask(self, part: str, path: str, officer: Officer, body: Any) -> Called:
        """A question whose words may not stand in an address: POST that changes nothing."""
        return await self._call(self._reading, part, "POST", path, officer, {}, body)

    async def act(
        self,
        part: str,
        path: str,
        officer: Officer,
        body: Any = None,
        *,
        method: str = "POST",
        version: str | None = None,
        key: str | None = None,
    ) -> Called:
        """``version``: what the officer has read (If-Match). ``key``: of the form, so that a repeat
        gets the first answer (Idempotency-Key)."""
        headers = {"if-match": f'"{version}"'} if version else {}
        if key:
            headers["idempotency-key"] = key
        return await self._call(self._acting, part, method, path, officer, headers, body)

    async def hand_over(
        self, part: str, path: str, officer: Officer, pieces: AsyncIterable[bytes], key: str
    ) -> Called:
        """A file that is still coming. ``key``: by which it is known when it is sent again; empty
        for none. Raises what ``pieces`` raises."""
        headers = {
            "authorization": f"Bearer {officer.token}",
            "content-type": "application/octet-stream",
        }
        if key:
            headers["idempotency-key"] = key
        try:
            url = f"{self._urls[part]}{_below(path)}"
            return _answer(part, await self._handing.send("POST", url, headers, pieces))
        except Transient:
            return Away(part)

    async def listen(self, path: str, officer: Officer, last: str | None) -> Stream:
        """Routing's events, from the one after ``last`` on. Raises Transient."""
        headers = {"authorization": f"Bearer {officer.token}", "accept": "text/event-stream"}
        if last:
            headers["last-event-id"] = last
        return await self._listening.listen(
            f"{self._urls['routing']}/v1{path}", headers, SILENCE_SECONDS
        )

    async def ask_time(self) -> None:
        """Ask all parts. Raises Transient while none has ever said it."""
        await asyncio.gather(*(self._ask_time(url) for url in self._urls.values()))
        if self._clock.known() is None:
            raise Transient("no part says what time it is")

    async def _ask_time(self, url: str) -> None:
        # Others may say it, and what was said before goes on.
        with suppress(Transient):
            await self._request(self._reading, "GET", f"{url}/health/live", {}, None)

    async def _request(
        self,
        client: OutboundClient,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Any,
    ) -> Response:
        """Raises Transient."""
        asked = self._clock.ticks()
        response = await client.request(method, url, headers=headers, json=body)
        answered = self._clock.ticks()
        date = date_of(response.headers.get("date"))
        # What a proxy says for a part that it cannot reach has the time of the proxy's machine.
        if date is not None and REQUEST_ID in response.headers:
            middle = date + timedelta(seconds=_HALF)
            self._clock.told(middle, asked - _HALF, answered + _HALF)
        return response

    async def _call(
        self,
        client: OutboundClient,
        part: str,
        method: str,
        path: str,
        officer: Officer,
        headers: Mapping[str, str],
        body: Any,
    ) -> Called:
        try:
            response = await self._request(
                client,
                method,
                f"{self._urls[part]}{_below(path)}",
                {**headers, "authorization": f"Bearer {officer.token}"},
                body,
            )
            return _answer(part, response)
        except Transient:
            return Away(part)


def _below(path: str) -> str:
    """The doors of operations lie beside ``/v1``; they too are open to whoever has the role."""
    return path if path.startswith(OPERATIONS) else f"/v1{path}"


def _answer(part: str, response: Response) -> Called:
    # A first try that nobody waits for any more may still be under way: such a 409 says when to
    # come again. It is no refusal, and the form must come back to be sent under its key.
    again = response.status == 409 and "retry-after" in response.headers
    if again or response.status in _AWAY_STATUS:
        return Away(part, soon=again)
    return Answer(response.status, response.json() if response.body else None, response.headers)


def segment(text: str) -> str:
    """A part of a path, whatever is in it."""
    return quote(text, safe="")


async def together(*calls: Any) -> list[Called]:
    """All at once: a page waits as long as its slowest part."""
    return [*await asyncio.gather(*calls)]


def refuse_ended(called: Called) -> None:
    """Of what an answer cannot do without. Raises SignInNeeded where the officer's token was not
    taken."""
    if isinstance(called, Answer) and called.status == SignInNeeded.status:
        raise SignInNeeded("Sign in.")
