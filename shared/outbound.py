"""Calls out over HTTP; the only file that knows the client library.

The client is httpx2, the maintained continuation of httpx with the same API, so that a change is
the one import below (docs/decisions/0004).
"""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx2 as httpx

from shared.errors import Reject, Transient, Unauthenticated
from shared.public_address import is_public
from shared.telemetry import get_logger

if TYPE_CHECKING:
    from shared.auth import ServiceTokens

TIMEOUT_SECONDS = 10.0

ANSWER_BYTES = 32 * 2**20
"""More than the largest answer of one of our own services (500 texts)."""

_ABOUT_THIS_REQUEST = frozenset({400, 409, 410, 413, 415, 422})
_PASSING = frozenset({408, 425, 429})
_PORTS = {"http": 80, "https": 443}


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

    async def listen(self, url: str, headers: Mapping[str, str], silence: float) -> "Stream":
        """An answer that goes on for as long as the other side has something to say. Raises
        Transient when none begins. ``silence``: seconds without a byte that end it."""
        patience = httpx.Timeout(self._whole, read=silence)
        request = self._client.build_request("GET", url, headers=dict(headers), timeout=patience)
        try:
            async with asyncio.timeout(self._whole):
                return Stream(await self._client.send(request, stream=True))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Transient(f"no answer: {type(error).__name__}") from error

    async def close(self) -> None:
        await self._client.aclose()


class Stream:
    """An answer that is still coming. Whoever has it closes it."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self.status: int = answer.status_code

    async def parts(self) -> AsyncIterator[bytes]:
        """The bytes as they come; raises Transient when they stop before their end."""
        try:
            async for part in self._answer.aiter_raw():
                yield part
        except httpx.HTTPError as error:
            raise Transient(f"the answer broke off: {type(error).__name__}") from error

    async def close(self) -> None:
        await self._answer.aclose()


class NotPublic(Transient):
    """The address of a stranger leads to a network that is not the public one, or to none."""


Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Addresses of a host; none where it has none."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """As this machine resolves names."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError):
        return []
    return [str(address[0]) for *_, address in found]


class StrangersClient:
    """Calls addresses that somebody else has named: by https, and on the public internet alone.

    The name is resolved once and the very address that was judged is called, under the name that
    was given (Host, SNI, certificate). No redirect is followed, and nothing of an answer is read
    but its status and header fields.
    """

    def __init__(
        self,
        timeout: float,
        local_hosts: Collection[str] = (),
        resolve: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """``timeout``: seconds for a whole call. ``local_hosts``: ``host:port`` that may be called
        wherever they are, and by http too; ``host:*`` for any port. ``trust``: authorities, the
        public ones unless given.
        """
        self._timeout = timeout
        self._local = frozenset(local_hosts)
        self._resolve = resolve
        # A name server that does not answer must not take all threads that resolve names.
        self._resolving = asyncio.Semaphore(2)
        self._client = httpx.AsyncClient(
            verify=trust or True,
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            # Connections are kept by their address: one that was made under another name at the
            # same address would be taken for ours.
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=0),
        )

    def refusal(self, url: str) -> str | None:
        """Why no call would go to ``url``, as far as it can be told by reading it."""
        try:
            target = httpx.URL(url)
            port = target.port
        except (httpx.InvalidURL, ValueError, UnicodeError):
            return "Give a URL that can be read."
        if not target.host or target.userinfo or target.fragment:
            return "Give a URL with a host, and without a user or a fragment."
        if port is not None and not 0 < port < 2**16:
            return "Give a URL whose port is from 1 to 65535, or none."
        if target.scheme in _PORTS and self._is_local(target):
            return None
        if target.scheme != "https":
            return "Give a URL that begins with https://."
        if _is_address(target.host) and not is_public(target.host):
            return "Give a URL whose host is on the public internet."
        return None

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes) -> Response:
        """Status and header fields; the body is left out. Raises NotPublic, Transient."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._post(url, headers, content)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Transient(f"no answer: {type(error).__name__}") from error

    async def _post(self, url: str, headers: Mapping[str, str], content: bytes) -> Response:
        if self.refusal(url) is not None:
            raise NotPublic("the address is not one that is called")
        target = httpx.URL(url)
        name = target.raw_host.decode()
        request = self._client.build_request(
            "POST",
            target.copy_with(host=await self._judged(target)),
            headers={**headers, "host": target.netloc.decode()},
            content=content,
            extensions={"sni_hostname": name},
        )
        answer = await self._client.send(request, stream=True)
        await answer.aclose()
        return Response(answer.status_code, b"", answer.headers)

    async def _judged(self, target: httpx.URL) -> str:
        """The address that is called; raises NotPublic."""
        port = target.port or _PORTS[target.scheme]
        # It goes on when the time is over, and keeps its place: the thread is still taken.
        found = await asyncio.shield(self._resolved(target.raw_host.decode(), port))
        if not found or not (self._is_local(target) or all(is_public(each) for each in found)):
            raise NotPublic("the host has no address, or one that is not public")
        return found[0]

    def _is_local(self, target: httpx.URL) -> bool:
        port = target.port or _PORTS[target.scheme]
        return not self._local.isdisjoint({f"{target.host}:{port}", f"{target.host}:*"})

    async def _resolved(self, host: str, port: int) -> Sequence[str]:
        async with self._resolving:
            return await self._resolve(host, port)

    async def close(self) -> None:
        await self._client.aclose()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class Refused(Reject):
    """Another service of ours refuses this very request; ``status``: with which 4xx."""

    def __init__(self, audience: str, status: int) -> None:
        self.status = status
        super().__init__("refused", f"{audience} answered {status}")


class ServiceClient:
    """Calls another service of ours, with a token signed for that call."""

    def __init__(
        self, client: OutboundClient, tokens: "ServiceTokens", audience: str, url: str
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
