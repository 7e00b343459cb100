"""Calls out over HTTP; with `shared.connections` the only file that knows the client library.

The library is httpx2, the maintained continuation of httpx: what reads URLs, and beneath it the
pool of connections. The client between the two is left out: it costs more than the pool, and does
what no call here wants (docs/decisions/0045).
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpcore2 as httpcore
import httpx2 as httpx

from shared.connections import NOBODY, Connections, Resolve, resolve
from shared.errors import Reject, Transient, Unauthenticated
from shared.public_address import is_public
from shared.telemetry import get_logger

if TYPE_CHECKING:
    from shared.auth import ServiceTokens

TIMEOUT_SECONDS = 10.0

ANSWER_BYTES = 32 * 2**20
"""More than the largest answer of one of our own services (500 texts)."""

KEPT_SECONDS = 4.0
"""How long a connection waits for the next call. Peers keep it for five seconds by custom: a call
that leaves in the moment in which one ends would have no answer."""

_ABOUT_THIS_REQUEST = frozenset({400, 409, 410, 413, 415, 422})
_PASSING = frozenset({408, 425, 429})
_PORTS = {"http": 80, "https": 443}
_FAILURES = (
    httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError,
    httpcore.UnsupportedProtocol, httpx.InvalidURL, TimeoutError,
)  # fmt: skip
_ALWAYS = [
    (b"accept", b"*/*"),
    # No answer is asked for that must be unpacked: its length would not say what it becomes.
    (b"accept-encoding", b"identity"),
    (b"user-agent", b"cepat-respon-masyarakat"),
]
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_STEPS = ("pool", "connect", "write", "read")


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
        self._patience = dict.fromkeys(_STEPS, timeout)
        self._pool = _pool(connections, connections)

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
        """Any answer is a Response; raises Transient when there was none, or no end of one.

        The body: ``json``, or ``data`` as a form, or ``content`` as it is."""
        body, kind = _body(json, content, data)
        with _no_answer_is_transient():
            request = _request(method, url, {**kind, **(headers or {})}, body, self._patience)
            async with asyncio.timeout(self._whole):
                return await self._answer(request)

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], pieces: AsyncIterable[bytes]
    ) -> Response:
        """As ``request``, with a body that comes piece by piece. The other side may answer before
        it has taken all; what ``pieces`` raises ends the call and is raised."""
        coming = {**headers, "transfer-encoding": "chunked"}
        with _no_answer_is_transient():
            request = _request(method, url, coming, pieces, self._patience)
            async with asyncio.timeout(self._whole):
                return await self._answer(request)

    async def _answer(self, request: httpcore.Request) -> Response:
        answer = await self._pool.handle_async_request(request)
        try:
            body = bytearray()
            async for part in answer.aiter_stream():
                body += part
                if len(body) > self._answer_bytes:
                    raise Transient(f"the answer is longer than {self._answer_bytes} bytes")
        finally:
            await answer.aclose()
        return Response(answer.status, bytes(body), _fields(answer))

    async def get(self, url: str) -> Any:
        """The JSON at ``url``; raises Transient for anything but 200."""
        response = await self.request("GET", url)
        if response.status != 200:
            raise Transient(f"answered {response.status}")
        return response.json()

    async def listen(self, url: str, headers: Mapping[str, str], silence: float) -> "Stream":
        """An answer that goes on for as long as the other side has something to say. Raises
        Transient when none begins. ``silence``: seconds without a byte that end it."""
        patience = dict.fromkeys(_STEPS, self._whole) | {"read": silence}
        with _no_answer_is_transient():
            request = _request("GET", url, headers, None, patience)
            async with asyncio.timeout(self._whole):
                return Stream(await self._pool.handle_async_request(request))

    async def close(self) -> None:
        await self._pool.aclose()


class Stream:
    """An answer that is still coming. Whoever has it closes it. ``headers`` by their names in lower
    case."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer
        self.status: int = answer.status
        self.headers: Mapping[str, str] = _fields(answer)

    async def parts(self) -> AsyncIterator[bytes]:
        """The bytes as they come; raises Transient when they stop before their end."""
        try:
            async for part in self._answer.aiter_stream():
                yield part
        except _FAILURES as error:
            raise Transient(f"the answer broke off: {type(error).__name__}") from error

    async def close(self) -> None:
        await self._answer.aclose()


def _pool(
    connections: int, kept: int, resolve: Resolve = resolve, trust: ssl.SSLContext | None = None
) -> httpcore.AsyncConnectionPool:
    """``kept``: connections that stay open for the next call. ``trust``: authorities, the public
    ones unless given."""
    return httpcore.AsyncConnectionPool(
        ssl_context=NOBODY,
        max_connections=connections,
        max_keepalive_connections=kept,
        keepalive_expiry=KEPT_SECONDS,
        network_backend=Connections(resolve, lambda: trust or _public_authorities()),
    )


@cache
def _public_authorities() -> ssl.SSLContext:
    """One for all pools of a process: the certificates take 4 MB and a twentieth of a second."""
    return httpx.create_ssl_context(trust_env=False)


@contextmanager
def _no_answer_is_transient() -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        raise Transient(f"no answer: {type(error).__name__}") from error


def _body(
    said: Any, content: bytes | None, data: Mapping[str, str] | None
) -> tuple[bytes | None, dict[str, str]]:
    """The body's bytes, and the header field that says what they are."""
    if said is not None:
        compact = json.dumps(said, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return compact.encode(), {"content-type": "application/json"}
    if data is not None:
        return urlencode(data).encode(), {"content-type": "application/x-www-form-urlencoded"}
    return content, {}


def _request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | AsyncIterable[bytes] | None,
    patience: Mapping[str, float],
) -> httpcore.Request:
    """Raises InvalidURL."""
    target, host = _target(url)
    fields = [(b"host", host), *_ALWAYS]
    fields += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if isinstance(body, bytes) or (body is None and method in _WITH_BODY):
        fields.append((b"content-length", b"%d" % len(body or b"")))
    return httpcore.Request(
        method, target, headers=fields, content=body, extensions={"timeout": patience}
    )


def _target(url: str) -> tuple[httpcore.URL, bytes]:
    """Where a request goes, and its host as the request names it. Raises InvalidURL. Nothing is
    kept: the address of a gateway may name a person."""
    read = httpx.URL(url)
    target = httpcore.URL(
        scheme=read.raw_scheme, host=read.raw_host, port=read.port, target=read.raw_path
    )
    return target, read.netloc


def _fields(answer: httpcore.Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers
    }


class NotPublic(Transient):
    """The address of a stranger leads to a network that is not the public one, or to none."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads, as the client reads it. host: in ASCII, as it is resolved. is_local: the
    settings say that it may be called wherever it is."""

    host: str
    port: int
    is_local: bool


def redirected(url: str, location: str) -> str | None:
    """Where ``location`` leads from ``url``; None where that cannot be read."""
    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError, UnicodeError):
        return None


class StrangersClient:
    """Calls addresses that somebody else has named: by https, and on the public internet alone.

    The name is resolved once and the very address that was judged is called, under the name that
    was given (Host, SNI, certificate). No redirect is followed.
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
        # No connection is kept: each call is judged by what its name resolves to today.
        self._pool = _pool(connections=200, kept=0, resolve=self._judged, trust=trust)
        self._patience = dict.fromkeys(_STEPS, timeout)

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
        if target.scheme in _PORTS and self._is_local(target.host, port or _PORTS[target.scheme]):
            return None
        if target.scheme != "https":
            return "Give a URL that begins with https://."
        if _is_address(target.host) and not is_public(target.host):
            return "Give a URL whose host is on the public internet."
        return None

    def place(self, url: str) -> Place | None:
        """Where ``url`` leads; None where no call would go to it."""
        if self.refusal(url) is not None:
            return None
        target = httpx.URL(url)
        host, port = target.raw_host.decode("ascii"), target.port or _PORTS[target.scheme]
        return Place(host, port, self._is_local(target.host, port))

    async def post(self, url: str, *, headers: Mapping[str, str], content: bytes) -> Response:
        """Status and header fields; the body is left out. Raises NotPublic, Transient."""
        answer = await self._begun("POST", url, headers, content)
        await answer.aclose()
        return Response(answer.status, b"", _fields(answer))

    async def get(self, url: str, *, headers: Mapping[str, str]) -> Stream:
        """The answer, its body still coming: whoever reads it counts. Raises NotPublic, Transient
        where none begins."""
        return Stream(await self._begun("GET", url, headers, None))

    async def _begun(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> httpcore.Response:
        if self.refusal(url) is not None:
            raise NotPublic("the address is not one that is called")
        with _no_answer_is_transient():
            request = _request(method, url, headers, content, self._patience)
            async with asyncio.timeout(self._timeout):
                return await self._pool.handle_async_request(request)

    async def _judged(self, host: str, port: int) -> Sequence[str]:
        """The addresses that may be called; raises NotPublic."""
        # It goes on when the time is over, and keeps its place: the thread is still taken.
        found = await asyncio.shield(self._resolved(host, port))
        if not found or not (self._is_local(host, port) or all(is_public(each) for each in found)):
            raise NotPublic("the host has no address, or one that is not public")
        return found

    def _is_local(self, host: str, port: int) -> bool:
        return not self._local.isdisjoint({f"{host}:{port}", f"{host}:*"})

    async def _resolved(self, host: str, port: int) -> Sequence[str]:
        async with self._resolving:
            return await self._resolve(host, port)

    async def close(self) -> None:
        await self._pool.aclose()


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

    async def post(self, path: str, body: Any, key: str | None = None) -> Any:
        """POST JSON, get JSON. key: the same for a request and its repeats (Idempotency-Key).
        Raises Refused when the service refuses this very request.

        Everything else is Transient, also what says that we are configured wrongly (401, 403,
        404, 405, a page of something that is not ours): parking a city's complaints over a wrong
        URL or key would be worse than waiting, and the log says what to check.
        """
        headers = {"authorization": f"Bearer {self._token(path)}"}
        if key is not None:
            headers["idempotency-key"] = key
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
