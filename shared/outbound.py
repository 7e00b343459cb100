"""Calls out over HTTP; the only file that knows the client library.

The client is httpx2, the maintained continuation of httpx with the same API, so that a change is
the one import below (docs/decisions/0004).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx

from shared.auth import ServiceTokens
from shared.errors import Reject, Transient

TIMEOUT_SECONDS = 10.0


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

    def __init__(self, timeout: float = TIMEOUT_SECONDS, connections: int = 40) -> None:
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
        """Any answer is a Response; raises Transient when there was none."""
        try:
            answer = await self._client.request(
                method, url, headers=dict(headers or {}), json=json, content=content, data=data
            )
        except httpx.HTTPError as error:
            raise Transient(f"no answer: {type(error).__name__}") from error
        return Response(answer.status_code, answer.content, answer.headers)

    async def get(self, url: str) -> Any:
        """The JSON at ``url``; raises Transient for anything but 200."""
        response = await self.request("GET", url)
        if response.status != 200:
            raise Transient(f"answered {response.status}")
        return response.json()

    async def close(self) -> None:
        await self._client.aclose()


class ServiceClient:
    """Calls another service of ours, with a token signed for that call."""

    def __init__(
        self, client: OutboundClient, tokens: ServiceTokens, audience: str, url: str
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._audience = audience
        self._url = url.rstrip("/")

    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON. Raises Transient (no answer, 401, 408, 429, 5xx) or Reject.

        A 401 passes by itself: keys are rolled, clocks are set right; parking a city's
        complaints over it would be worse than waiting.
        """
        headers = {"authorization": f"Bearer {self._tokens.sign(self._audience)}"}
        response = await self._client.request(
            "POST", f"{self._url}{path}", headers=headers, json=body
        )
        if response.status in (401, 408, 429) or response.status >= 500:
            raise Transient(f"{self._audience} answered {response.status}")
        if response.status >= 300:
            raise Reject("refused", f"{self._audience} answered {response.status}")
        return response.json()
