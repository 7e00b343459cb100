"""Calls out over HTTP; the only file that knows the client library.

The client is httpx2, the maintained continuation of httpx with the same API, so that a change is
the one import below (docs/decisions/0004).
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx

from shared.auth import ServiceTokens
from shared.errors import Reject, Transient, Unauthenticated
from shared.telemetry import get_logger

TIMEOUT_SECONDS = 10.0

ANSWER_BYTES = 32 * 2**20
"""More than the largest answer of one of our own services (500 texts)."""

_ABOUT_THIS_REQUEST = frozenset({400, 409, 410, 413, 415, 422})
_PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; header names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The body as JSON; raises Transient when it is none (a proxy's page, say)."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Transient("the answer is not JSON") from None


class OutboundClient:
    """Keep-alive connections to the outside; no redirects, no proxies of the environment."""

    def __init__(
        self,
        timeout: float = TIMEOUT_SECONDS,
        connections: int = 40,
        whole: float | None = None,
        answer_bytes: int = ANSWER_BYTES,
    ) -> None:
        """``timeout``: seconds for each step (a free connection, connecting, the next bytes).

        ``whole``: seconds for the call from its first step to the last byte, twice ``timeout``
        unless given: a peer that drips a byte a second passes every step. ``answer_bytes``: the
        longest body that is taken.
        """
        self._whole = 2 * timeout if whole is None else whole
        self._answer_bytes = answer_bytes
        self._client = httpx.AsyncClient(
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
    ) -> Response:
        """Any answer is a Response; raises Transient when there was none, or no end of one."""
        try:
            request = self._client.build_request(
                method, url, headers=dict(headers or {}), json=json, content=content, data=data
            )
            async with asyncio.timeout(self._whole):
                return await self._answer(request)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Transient(f"no answer: {type(error).__name__}") from error

    async def _answer(self, request: httpx.Request) -> Response:
        answer = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > self._answer_bytes:
                    raise Transient(f"the answer is longer than {self._answer_bytes} bytes")
        finally:
            await answer.aclose()
        return Response(answer.status_code, bytes(body), answer.headers)

    async def get(self, url: str) -> Any:
        """The JSON at ``url``; raises Transient for anything but 200."""
        response = await self.request("GET", url)
        if response.status != 200:
            raise Transient(f"answered {response.status}")
        return response.json()

    async def close(self) -> None:
        await self._client.aclose()


class Refused(Reject):
    """Another service of ours refuses this very request; ``status``: with which 4xx."""

    def __init__(self, audience: str, status: int) -> None:
        self.status = status
        super().__init__("refused", f"{audience} answered {status}")


class ServiceClient:
    """Calls another service of ours, with a token signed for that call."""

    def __init__(
        self, client: OutboundClient, tokens: ServiceTokens, audience: str, url: str
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._audience = audience
        self._url = url.rstrip("/")
        self._log = get_logger(tokens.name)

    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON. Raises Refused when the service refuses this very request.

        Everything else is Transient, also what says that we are configured wrongly (401, 403,
        404, 405, a page of something that is not ours): parking a city's complaints over a wrong
        URL or key would be worse than waiting, and the log says what to check.
        """
        headers = {"authorization": f"Bearer {self._token(path)}"}
        response = await self._client.request(
            "POST", f"{self._url}{path}", headers=headers, json=body
        )
        if response.status in _PASSING or response.status >= 500:
            raise Transient(f"{self._audience} answered {response.status}")
        refused = response.status in _ABOUT_THIS_REQUEST
        if not refused and not 200 <= response.status < 300:
            raise self._misconfigured(path, response.status)
        try:
            said = response.json()
        except Transient as error:
            raise self._misconfigured(path, response.status) from error
        if refused:
            raise Refused(self._audience, response.status)
        return said

    def _token(self, path: str) -> str:
        try:
            return self._tokens.sign(self._audience)
        except Unauthenticated as error:
            raise self._misconfigured(path, error.status) from error

    def _misconfigured(self, path: str, status: int) -> Transient:
        check = (
            f"check this service's key, the public keys that {self._audience} knows, both clocks"
            if status in (401, 403)
            else f"check the URL of {self._audience} in the settings: something else answers there"
        )
        self._log.error("service_misconfigured", path=path, status=status, detail=check)
        return Transient(f"{self._audience} cannot be called ({status}): {check}")
