"""Who calls: operators by JWT of the city's issuer, services by short tokens of their own.

Algorithms are pinned to EdDSA; a token that names another is refused before its signature is
looked at.
"""

import base64
import hmac
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from math import inf
from time import monotonic
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidTokenError,
    PyJWTError,
)
from jwt.types import Options

from shared.clock import Clock
from shared.errors import DomainError, Forbidden, Reason, Transient, Unauthenticated, Unavailable
from shared.key_ring import UsedKey, read_ring, uncounted
from shared.unit_table import load_units
from shared.units import Duty, UnitTree

ALGORITHMS = ["EdDSA"]
SERVICE_TOKEN_SECONDS = 60
LEEWAY_SECONDS = 10
"""So far the clocks of two machines may be apart."""

JWKS_SECONDS = 300.0
"""How long the issuer's keys are believed."""

JWKS_RETRY_SECONDS = 5.0
"""An unknown key id asks the issuer again, but not more often than this."""

SIGNED_AT_MOST = 2048
"""So many tokens are known again without their signature being looked at a second time: those of
the officers at work now."""

CALLS_AT_MOST = 256
"""The same of services' tokens, of which each caller sends one a second."""


OPERATOR_BEARER = HTTPBearer(
    bearerFormat="JWT",
    scheme_name="operator",
    description="An officer's token of the city's issuer (EdDSA), with role and unit.",
    auto_error=False,
)
SERVICE_BEARER = HTTPBearer(
    bearerFormat="JWT",
    scheme_name="service",
    description="A token that a service of ours signs for one call (EdDSA, 60 seconds).",
    auto_error=False,
)
"""The two say in OpenAPI how a caller is known; they refuse nothing themselves."""


class Role(StrEnum):
    UNIT_OFFICER = "unit_officer"
    TRIAGE_OFFICER = "triage_officer"
    BIRO = "biro"
    DESK_OFFICER = "desk_officer"
    ADMIN = "admin"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Operator:
    """An officer as the issuer knows them: an opaque subject, a role, a unit. ``name`` (class C2)
    is for colleagues of the unit alone; None where the token tells none. ``expires``: when the
    token runs out, in seconds since 1970; for answers that last."""

    subject: str
    role: Role
    unit: str
    name: str | None = field(default=None, repr=False, compare=False)
    expires: float = field(default=inf, compare=False)

    @property
    def ends(self) -> datetime:
        """When the token runs out; of one that was read from a token."""
        return datetime.fromtimestamp(self.expires, UTC)


NAME_AT_MOST = 120


def readable_name(claim: Any) -> str | None:
    """The claim ``name`` of a token (OpenID Connect Core 1.0, 5.1) on one line, without control
    characters; None for what is no name."""
    words = claim.split() if isinstance(claim, str) else []
    name = "".join(c for c in " ".join(words) if c.isprintable())
    return name[:NAME_AT_MOST].strip() or None


SEATS: Mapping[Role, Duty] = {Role.TRIAGE_OFFICER: Duty.TRIAGE, Role.BIRO: Duty.REVIEW}
"""Roles that only officers of one unit have: the unit of that duty."""


def seated(officer: Operator, units: UnitTree) -> Operator:
    """The officer, if there is such an office. Raises Forbidden.

    What an officer may see is told by where the unit stands in the tree. A unit that is not there
    stands nowhere: neither above, nor beneath, nor beside the one that is complained of.
    """
    unit = units.find(officer.unit)
    if unit is None:
        raise Forbidden(
            "The unit of your token is not in the unit tree. Ask the issuer for a token of yours.",
            field="authorization",
        )
    duty = SEATS.get(officer.role)
    works_at_triage = officer.role is Role.UNIT_OFFICER and unit.duty is Duty.TRIAGE
    if works_at_triage or (duty is not None and unit.duty is not duty):
        raise Forbidden(
            "Your unit has no such role. Ask the issuer for a token with your role and unit.",
            field="authorization",
        )
    return officer


class JwksSource(Protocol):
    async def get(self, url: str) -> Any:
        """The JSON at ``url``; raises Transient when it cannot be had."""


def same_secret(given: str, expected: str) -> bool:
    """Equality in constant time; an empty expectation never matches."""
    return bool(expected) and hmac.compare_digest(
        given.encode(errors="surrogatepass"), expected.encode(errors="surrogatepass")
    )


def bearer_token(request: Request) -> str:
    """The token of ``Authorization: Bearer ...``; raises Unauthenticated."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(
            "Send a token as 'Authorization: Bearer <token>'.", field="authorization"
        )
    return token.strip()


C = TypeVar("C")
"""The caller, as far as an endpoint must know them."""


class Identity(ABC, Generic[C]):
    """A FastAPI dependency that says who calls.

    An ``Operation`` asks it before all else. The framework asks again when it collects an
    endpoint's arguments, and gets the caller who was found the first time.
    """

    refuses: ClassVar[tuple[type[DomainError], ...]] = (Unauthenticated, Forbidden)
    """What it may raise, for the contract of the operations that use it."""

    async def __call__(self, request: Request) -> C:
        """Raises Unauthenticated or Forbidden."""
        found: dict[object, C] = request.scope.setdefault("crm.callers", {})
        if self not in found:
            found[self] = await self.identify(request)
        return found[self]

    @abstractmethod
    async def identify(self, request: Request) -> C:
        """As ``__call__``, without a memory."""


# The library would read the clock of this machine, which may be wrong by hours.
_TIMES_ARE_OURS: Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}


def _check_in_force(claims: Mapping[str, Any], clock: Clock) -> None:
    """By RFC 7519, 4.1.4 to 4.1.6. Raises InvalidTokenError, ValueError for times that are none."""
    now = clock().timestamp()
    if _seconds(claims["exp"]) <= now - LEEWAY_SECONDS:
        raise ExpiredSignatureError
    if max(_seconds(claims["iat"]), _seconds(claims.get("nbf", 0))) > now + LEEWAY_SECONDS:
        raise ImmatureSignatureError


def _seconds(time: Any) -> int:
    """As the library reads it."""
    try:
        return int(time)
    except (TypeError, OverflowError):
        raise ValueError("a time of a token is a number of seconds") from None


class OperatorTokens:
    """Verifies operators' tokens against the issuer's key set, kept for a while."""

    def __init__(
        self,
        source: JwksSource,
        url: str,
        issuer: str,
        audience: str,
        now: Callable[[], float] = monotonic,
        units: UnitTree | None = None,
        *,
        clock: Clock,
        at_most: int = SIGNED_AT_MOST,
    ) -> None:
        """``now``: seconds of a clock that is never set back. ``units``: the built-in tree, unless
        another is given. ``clock``: by which a token is in force. ``at_most``: so many tokens are
        known again."""
        self.units = units or load_units()
        self._source = source
        self._url = url
        self._issuer = issuer
        self._audience = audience
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._signed_at_most = at_most
        self._signed: dict[bytes, Mapping[str, Any]] = {}
        self._asked = self._fetched = float("-inf")
        self._now = now
        self._clock = clock

    async def verify(self, token: str) -> Operator:
        """Raises Unauthenticated, Unavailable while the issuer's keys cannot be had, or Forbidden
        for an office that there is not."""
        claims = await self.claims(token)
        try:
            officer = Operator(
                claims["sub"], Role(claims["role"]), str(claims["unit"]),
                readable_name(claims.get("name")), _seconds(claims["exp"]),
            )  # fmt: skip
        except (KeyError, ValueError):
            raise _not_valid() from None
        return seated(officer, self.units)

    async def claims(self, token: str) -> Mapping[str, Any]:
        """What the issuer states in a token for our audience, now in force. Raises Unauthenticated,
        Unavailable."""
        try:
            claims = await self._signed_claims(token)
            _check_in_force(claims, self._clock)
        except (InvalidTokenError, KeyError, ValueError):
            raise _not_valid() from None
        return claims

    async def _signed_claims(self, token: str) -> Mapping[str, Any]:
        """What the issuer has signed, by the keys of now. A page asks for it with each of its calls
        for as long as the token lasts, and the signature costs more than all the rest.

        By its digest: what is kept lets nobody in. Raises InvalidTokenError, KeyError, ValueError.
        """
        if self._stale() and self._may_ask():
            await self._refresh()
        digest = sha256(token.encode()).digest()
        if digest not in self._signed:
            key = await self._key(jwt.get_unverified_header(token).get("kid", ""))
            _remember(self._signed, digest, self._read(token, key), self._signed_at_most)
        return self._signed[digest]

    def _read(self, token: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            audience=self._audience,
            issuer=self._issuer,
            options={"require": ["exp", "iat", "sub", "aud", "iss"], **_TIMES_ARE_OURS},
        )
        return claims

    async def _key(self, key_id: str) -> jwt.PyJWK:
        if key_id not in self._keys and self._may_ask():
            await self._refresh()
        return self._keys[key_id]

    def _may_ask(self) -> bool:
        """Not at every request: each would wait for an issuer that does not answer."""
        return not self._keys or self._now() - self._asked > JWKS_RETRY_SECONDS

    def _stale(self) -> bool:
        return self._now() - self._fetched > JWKS_SECONDS

    async def _refresh(self) -> None:
        self._asked = self._now()
        try:
            self._keys = _key_set(await self._source.get(self._url))
            self._fetched = self._now()
            # What a key has signed that the issuer has withdrawn is good no more.
            self._signed.clear()
        except Transient:
            if not self._keys:
                raise Unavailable("The issuer's keys cannot be had now. Try again.") from None
            # Keys that were good a moment ago are better than no officer at work.

    def require(self, *roles: Role | str) -> Callable[[Request], Awaitable[Operator]]:
        """A FastAPI dependency: the operator, if of one of ``roles`` (any when none is named)."""
        return _OperatorOf(self, frozenset(Role(role) for role in roles))


def _remember(known: dict[bytes, C], digest: bytes, claims: C, at_most: int) -> None:
    """In the place of the oldest one where there is no more room."""
    if len(known) >= at_most:
        del known[next(iter(known))]
    known[digest] = claims


def _not_valid() -> Unauthenticated:
    return Unauthenticated(
        "The token is not valid. Ask the issuer for a new one.", field="authorization"
    )


def role_needed(roles: Collection[Role]) -> Reason:
    """Why an operator of another role is refused."""
    named = ", ".join(sorted(roles))
    return Reason(
        "role_needed",
        f"This needs one of the roles: {named}.",
        f"Ini memerlukan salah satu peran: {named}.",
    )


class _OperatorOf(Identity[Operator]):
    def __init__(self, tokens: OperatorTokens, allowed: frozenset[Role]) -> None:
        self._tokens = tokens
        self._allowed = allowed

    async def __call__(self, request: Request, _: object = Depends(OPERATOR_BEARER)) -> Operator:
        return await super().__call__(request)

    async def identify(self, request: Request) -> Operator:
        found = await self._tokens.verify(bearer_token(request))
        if self._allowed and found.role not in self._allowed:
            raise Forbidden(role_needed(self._allowed))
        return found


def _key_set(document: Any) -> dict[str, jwt.PyJWK]:
    """Keys by id; raises Transient for what is no key set (a page of a proxy, say)."""
    try:
        keys = jwt.PyJWKSet.from_dict(document).keys
    except (PyJWTError, AttributeError, TypeError, ValueError):
        raise Transient("the issuer's answer is no key set") from None
    return {key.key_id: key for key in keys if key.key_id}


def kind_of(service: str) -> str:
    """How the keys are called by which a service signs its calls."""
    return f"service-{service}"


def public_half(private_key: str) -> bytes:
    """Of base64 of a raw Ed25519 key."""
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private_key))
    return key.public_key().public_bytes_raw()


class ServiceTokens:
    """Signs this service's calls and verifies those of others (EdDSA, 60 seconds)."""

    def __init__(
        self,
        name: str,
        private_key: str,
        public_keys: Mapping[str, str],
        clock: Clock,
        on_use: UsedKey = uncounted,
    ) -> None:
        """``private_key`` and ``public_keys``: rings (``key_ring``) of base64 of the raw Ed25519
        keys. ``clock``: by which a token is signed and in force; one that all services share."""
        self.name = name
        self._clock = clock
        self._on_use = on_use
        self.replace(private_key, public_keys)

    def replace(
        self, private_key: str, public_keys: Mapping[str, str]
    ) -> Mapping[str, tuple[str, ...]]:
        """Signs and verifies by these rings from now on. Returns the ids by kind. Raises ValueError
        for what is no ring of keys; those of before stay then."""
        own = [
            (key.id, Ed25519PrivateKey.from_private_bytes(base64.b64decode(key.text)))
            for key in read_ring(private_key, public_half)
        ]
        public = {
            caller: {
                key.id: Ed25519PublicKey.from_public_bytes(base64.b64decode(key.text))
                for key in read_ring(ring, base64.b64decode)
            }
            for caller, ring in public_keys.items()
        }
        self._private = own[0] if own else None
        self._public = public
        # What a key has signed that is withdrawn is good no more.
        self._signed: dict[str, tuple[int, str]] = {}
        self._read: dict[bytes, tuple[str, str, Mapping[str, Any]]] = {}
        signing = {kind_of(self.name): tuple(key_id for key_id, _ in own)} if own else {}
        return {kind_of(caller): tuple(ring) for caller, ring in public.items()} | signing

    def sign(self, audience: str) -> str:
        """A token for a call to ``audience``. Calls of one second have the same one: the same
        claims would be signed with the same signature (RFC 8032, 5.1.6)."""
        if self._private is None:
            raise Unauthenticated("This process has no SERVICE_KEY to sign its calls with.")
        now = int(self._clock().timestamp())
        key_id, key = self._private
        self._on_use(kind_of(self.name), key_id)
        second, token = self._signed.get(audience, (None, ""))
        if second != now:
            token = self._token(audience, now, key_id, key)
            self._signed[audience] = (now, token)
        return token

    def _token(self, audience: str, now: int, key_id: str, key: Ed25519PrivateKey) -> str:
        claims = {
            "iss": self.name,
            "aud": audience,
            "iat": now,
            "exp": now + SERVICE_TOKEN_SECONDS,
        }
        return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": key_id})

    def verify(self, token: str) -> str:
        """The caller's name; raises Unauthenticated. A page comes with several calls in the same
        second: whether it is in force is asked of each, the signature of the first."""
        try:
            digest = sha256(token.encode()).digest()
            if digest not in self._read:
                _remember(self._read, digest, self._verified(token), CALLS_AT_MOST)
            issuer, key_id, claims = self._read[digest]
            _check_in_force(claims, self._clock)
            self._on_use(kind_of(issuer), key_id)
            return issuer
        except (InvalidTokenError, KeyError, ValueError):
            raise Unauthenticated(
                "The service token is not valid here.", field="authorization"
            ) from None

    def _verified(self, token: str) -> tuple[str, str, Mapping[str, Any]]:
        """The caller, the id of its key, what it states. Raises InvalidTokenError, KeyError."""
        issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss"))
        key_id, key = self._key_of(token, issuer)
        claims = jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            audience=self.name,
            issuer=issuer,
            options={"require": ["exp", "iat", "iss", "aud"], **_TIMES_ARE_OURS},
        )
        return issuer, key_id, claims

    def _key_of(self, token: str, issuer: str) -> tuple[str, Ed25519PublicKey]:
        """The key that the token names, or the caller's first one: a release before names none, and
        knows no second key. Raises KeyError."""
        ring = self._public[issuer]
        named = jwt.get_unverified_header(token).get("kid")
        key_id = named if named in ring else next(iter(ring), "")
        return key_id, ring[key_id]

    def require(self, *callers: str) -> Callable[[Request], Awaitable[str]]:
        """A FastAPI dependency: the calling service, if it is one of ``callers``."""
        return _ServiceOf(self, frozenset(callers))


class _ServiceOf(Identity[str]):
    def __init__(self, tokens: ServiceTokens, allowed: frozenset[str]) -> None:
        self._tokens = tokens
        self._allowed = allowed

    async def __call__(self, request: Request, _: object = Depends(SERVICE_BEARER)) -> str:
        return await super().__call__(request)

    async def identify(self, request: Request) -> str:
        name = self._tokens.verify(bearer_token(request))
        if name not in self._allowed:
            raise Forbidden("This service may not call this.")
        return name
