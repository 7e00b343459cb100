"""The city's OpenID provider, as a relying party sees it (OpenID Connect Core 1.0, code flow).

PKCE (RFC 7636, S256), ``state`` and ``nonce`` always; the issuer is asked to let the person sign in
anew each time, because computers at counters are shared.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.auth import OperatorTokens
from shared.errors import Transient
from shared.outbound import OutboundClient, Response
from shared.telemetry import get_logger

DISCOVERY: Final = "/.well-known/openid-configuration"
SCOPE: Final = "openid profile"
OFFLINE: Final = "offline_access"
"""The scope by which some issuers give a refresh token (OpenID Connect Core 1.0, 11)."""
_PASSING: Final = frozenset({408, 425, 429})
_SECRET_BYTES = 32


class NotSignedIn(Exception):
    """The issuer did not say who it is, or said it to somebody else. The message is for the log."""


class Leaving(BaseModel):
    """What the browser keeps, sealed, while its officer is with the issuer."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    state: str
    nonce: str
    verifier: str
    back: str
    """Where to go on afterwards, from where the pages begin; empty: the first screen."""
    until: datetime

    @classmethod
    def new(cls, back: str, until: datetime) -> "Leaving":
        state, nonce, verifier = (secrets.token_urlsafe(_SECRET_BYTES) for _ in range(3))
        return cls(state=state, nonce=nonce, verifier=verifier, back=back, until=until)

    @property
    def challenge(self) -> str:
        """RFC 7636, 4.2"""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def leaving_of(content: bytes | None, now: datetime) -> Leaving | None:
    """None for what is no longer good."""
    if content is None:
        return None
    try:
        leaving = Leaving.model_validate_json(content)
    except ValidationError:
        return None
    return leaving if now < leaving.until else None


@dataclass(frozen=True, slots=True)
class Proven:
    """Who signed in, and the tokens that were given."""

    given: "Given"
    name: str


@dataclass(frozen=True, slots=True)
class Given:
    """Tokens. ``access``: with which the services are called. ``refresh``: with which it is
    renewed; empty where the issuer gives none. ``identity``: the ID token, likewise."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    identity: str = field(repr=False)


class _Metadata(BaseModel):
    """OpenID Connect Discovery 1.0, 3: what is used of it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    scopes_supported: tuple[str, ...] = ()
    revocation_endpoint: str | None = None
    """RFC 7009, as RFC 8414 names it."""
    end_session_endpoint: str | None = None
    """OpenID Connect RP-Initiated Logout 1.0."""


class Issuer:
    """Sends officers to the issuer and learns who came back."""

    def __init__(
        self,
        client: OutboundClient,
        url: str,
        issuer: str,
        identities: OperatorTokens,
        accesses: OperatorTokens,
        client_id: str,
        client_secret: str,
        back_at: str,
        left_at: str,
    ) -> None:
        """``issuer``: the name that its tokens must bear. ``identities`` verifies the tokens that
        are for us (ID tokens), ``accesses`` those that are for the services. ``back_at``: our
        address to which it sends browsers back; ``left_at``: the one after a sign-out."""
        self._client = client
        self._discovery = f"{url.rstrip('/')}{DISCOVERY}"
        self._issuer = issuer
        self._identities = identities
        self._accesses = accesses
        self._client_id = client_id
        self._client_secret = client_secret
        self._back_at = back_at
        self._left_at = left_at
        self._known: _Metadata | None = None
        self._log = get_logger("console")

    async def _metadata(self) -> _Metadata:
        """Asked once; raises Transient while it cannot be had, or is another issuer's."""
        if self._known is None:
            try:
                found = _Metadata.model_validate(await self._client.get(self._discovery))
            except ValidationError:
                raise Transient("the issuer's configuration cannot be read") from None
            if found.issuer != self._issuer:
                raise Transient("the configuration is another issuer's: check both settings")
            self._known = found
        return self._known

    async def address(self, leaving: Leaving) -> str:
        """Where the browser signs in. Raises Transient."""
        known = await self._metadata()
        endpoint = known.authorization_endpoint
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._back_at,
            "scope": f"{SCOPE} {OFFLINE}" if OFFLINE in known.scopes_supported else SCOPE,
            "state": leaving.state,
            "nonce": leaving.nonce,
            "code_challenge": leaving.challenge,
            "code_challenge_method": "S256",
            "prompt": "login",
        }
        return _with_query(endpoint, asked)

    async def prove(self, leaving: Leaving, state: str, code: str) -> Proven:
        """Who came back. Raises NotSignedIn; Transient while the issuer is away; Unauthenticated,
        Unavailable of tokens that do not hold."""
        if not hmac.compare_digest(state.encode(errors="surrogatepass"), leaving.state.encode()):
            raise NotSignedIn("the answer belongs to another attempt")
        given = await self._exchange(leaving, code)
        identity = await self._identities.claims(given.identity)
        if identity.get("nonce") != leaving.nonce:
            raise NotSignedIn("the identity was stated for another attempt")
        access = await self._accesses.claims(given.access)
        if access["sub"] != identity["sub"]:
            raise NotSignedIn("the two tokens are of two persons")
        return Proven(given, name=str(identity.get("name") or access.get("name") or ""))

    async def renew(self, refresh: str) -> Given | None:
        """New tokens (RFC 6749, 6); None when the issuer refuses. Raises Transient, also when the
        answer was lost: whether the old refresh token is used up is not known then."""
        data = {"grant_type": "refresh_token", "refresh_token": refresh}
        response = await self._post((await self._metadata()).token_endpoint, data)
        if response.status != 200:
            self._log.warning("renewal_refused", status=response.status)
            return None
        given = _given(response.json())
        return given if given.access else None

    async def revoke(self, refresh: str) -> None:
        """The refresh token, and with it what rests on it, is worth nothing more (RFC 7009), where
        the issuer knows how. Raises Transient."""
        endpoint = (await self._metadata()).revocation_endpoint
        if endpoint is None or not refresh:
            return
        data = {"token": refresh, "token_type_hint": "refresh_token"}
        response = await self._post(endpoint, data)
        if response.status != 200:
            raise Transient(f"the issuer does not revoke ({response.status})")

    async def farewell(self) -> str | None:
        """Where the browser ends the issuer's own session; None where the issuer has no such page.
        No token says who leaves: it would stand in an address. Raises Transient."""
        endpoint = (await self._metadata()).end_session_endpoint
        if endpoint is None:
            return None
        asked = {"client_id": self._client_id, "post_logout_redirect_uri": self._left_at}
        return _with_query(endpoint, asked)

    async def _exchange(self, leaving: Leaving, code: str) -> Given:
        """RFC 6749, 4.1.3"""
        data = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back_at,
            "code_verifier": leaving.verifier,
        }
        response = await self._post((await self._metadata()).token_endpoint, data)
        if response.status != 200:
            raise NotSignedIn(f"the issuer takes no such code ({response.status})")
        given = _given(response.json())
        if not given.access or not given.identity:
            raise NotSignedIn("the issuer gave no tokens")
        return given

    async def _post(self, endpoint: str, data: Mapping[str, str]) -> Response:
        """In our name. Raises Transient while the issuer is away."""
        response = await self._client.request(
            "POST", endpoint, headers=self._basic(), data={**data, "client_id": self._client_id}
        )
        if response.status >= 500 or response.status in _PASSING:
            raise Transient(f"the issuer answered {response.status}")
        return response

    def _basic(self) -> dict[str, str]:
        """RFC 6749, 2.3.1; a public client has no secret to show."""
        if not self._client_secret:
            return {}
        pair = f"{quote(self._client_id, safe='')}:{quote(self._client_secret, safe='')}"
        return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _given(body: Any) -> Given:
    """RFC 6749, 5.1; what is missing is empty."""
    said = body if isinstance(body, dict) else {}
    named = (said.get(name) for name in ("access_token", "refresh_token", "id_token"))
    return Given(*(each if isinstance(each, str) else "" for each in named))


def _with_query(endpoint: str, asked: Mapping[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"
