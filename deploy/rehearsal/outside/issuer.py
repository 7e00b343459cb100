"""The city's OpenID provider of the local stack: one picks a role and a unit and is that officer.

Discovery, authorization code with PKCE, short tokens that are renewed, revocation, sign-out and
keys (OpenID Connect Core 1.0, RFC 7636, RFC 6749, RFC 7009, RP-Initiated Logout 1.0).
Officers are named by their role and unit: there are no people in it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jinja2
from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from deploy.local.settings import IssuerSecrets
from deploy.local.tokens import signed, subject_of
from deploy.rehearsal.outside.sign_ins import SignIns
from shared.auth import Operator, Role, seated
from shared.errors import Forbidden
from shared.unit_table import load_units
from shared.units import Unit, UnitTree

TOKEN_SECONDS = 300
"""Short: a role that was taken away ends with it."""
CODE_SECONDS = 60
MOST_OFFICERS = 9
ROLES: Mapping[Role, str] = {
    Role.UNIT_OFFICER: "Petugas",
    Role.TRIAGE_OFFICER: "Petugas triase",
    Role.BIRO: "Penilai",
    Role.DESK_OFFICER: "Petugas loket",
    Role.ADMIN: "Administrator",
    Role.AUDITOR: "Auditor",
}
QUICK = (
    (Role.UNIT_OFFICER, "31.74.01.1001"),
    (Role.BIRO, "biro-pemerintahan"),
    (Role.TRIAGE_OFFICER, "triage"),
    (Role.UNIT_OFFICER, "sudin-bina-marga-31.74"),
    (Role.UNIT_OFFICER, "inspektorat"),
    (Role.DESK_OFFICER, "31.74.01.1001"),
    (Role.ADMIN, "biro-pemerintahan"),
    (Role.AUDITOR, "biro-pemerintahan"),
)
"""Officers that a demonstration needs first."""

_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A client's request for an officer (RFC 6749, 4.1.1; RFC 7636, 4.3)."""

    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    challenge: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a code stands for, once and for a minute."""

    wanted: Wanted
    claims: Mapping[str, str]
    until: float


def create_router(
    issuer: IssuerSecrets, keys: Mapping[str, Any], sign_ins: SignIns | None = None
) -> APIRouter:
    """All addresses of the issuer, below ``/issuer``."""
    router = APIRouter(prefix="/issuer")
    sign_ins = sign_ins or SignIns()
    _add_endings(router, issuer, sign_ins)
    units = load_units()
    codes: dict[str, Given] = {}
    template = _template()

    @router.get("/.well-known/openid-configuration")
    async def discovery(request: Request) -> dict[str, Any]:
        """The browser's way is one of this machine; services ask where they have asked this."""
        here = f"{request.base_url}issuer"
        return {
            "issuer": issuer.name,
            "authorization_endpoint": f"{issuer.page}/issuer/authorize",
            "token_endpoint": f"{here}/token",
            "revocation_endpoint": f"{here}/revoke",
            "end_session_endpoint": f"{issuer.page}/issuer/logout",
            "jwks_uri": f"{here}/jwks.json",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "scopes_supported": ["openid", "profile", "offline_access"],
        }

    @router.get("/jwks.json")
    async def jwks(response: Response) -> dict[str, Any]:
        """The public keys of officers' tokens."""
        response.headers["cache-control"] = "max-age=60"
        return {**keys}

    @router.get("/authorize")
    async def authorize(
        request: Request, role: str = "", unit: str = "", number: Annotated[int, Query()] = 1
    ) -> Response:
        """The page that asks who one is; with role and unit, back to the client with a code."""
        wanted = _wanted(issuer, request)
        problem = None
        if unit:
            officer = _officer(units, role, unit)
            if officer is not None:
                code = secrets.token_urlsafe(32)
                claims = _claims(officer, units, min(max(number, 1), MOST_OFFICERS))
                codes[code] = Given(wanted, claims, time.monotonic() + CODE_SECONDS)
                back = urlencode({"code": code, "state": wanted.state})
                return RedirectResponse(f"{wanted.redirect_uri}?{back}", 303, _HEADERS)
            problem = "Unit ini tidak ada atau tidak memiliki peran itu. Pilih yang lain."
        page = template.render(
            asked=_asked(request),
            roles=ROLES,
            role=role,
            units=sorted(units.all(), key=lambda each: each.name),
            unit=unit,
            quick=[(each, ROLES[each], _named(units, place)) for each, place in QUICK
                   if units.find(place)],
            numbers=range(1, MOST_OFFICERS + 1),
            problem=problem,
        )  # fmt: skip
        return HTMLResponse(page, headers=_HEADERS)

    @router.post("/token")
    async def token(request: Request) -> dict[str, Any]:
        """A code, or a refresh token, for new tokens (RFC 6749, 4.1.3 and 6)."""
        sent = await _sent(request)
        if sent.get("grant_type") == "refresh_token":
            return _renewed(issuer, sign_ins, sent)
        given = codes.pop(sent.get("code", ""), None)
        if given is None or not _fits(given, sent):
            raise HTTPException(400, "invalid_grant")
        return _tokens(issuer, given, sign_ins)

    return router


def _add_endings(router: APIRouter, issuer: IssuerSecrets, sign_ins: SignIns) -> None:
    @router.post("/revoke")
    async def revoke(request: Request) -> Response:
        """RFC 7009; a token that is not there is as good as revoked."""
        sent = await _sent(request)
        sign_ins.revoke(sent.get("client_id", ""), sent.get("token", ""))
        return Response()

    @router.get("/logout")
    async def log_out(client_id: str = "", post_logout_redirect_uri: str = "") -> Response:
        """Nothing to end here, the issuer knows no browser: back to the client's own origin."""
        registered = urlsplit(issuer.clients.get(client_id, ""))
        wanted = urlsplit(post_logout_redirect_uri)
        if not wanted.netloc or wanted[:2] != registered[:2]:
            raise HTTPException(400, "no client of this issuer has this address")
        return RedirectResponse(post_logout_redirect_uri, 303, _HEADERS)


async def _sent(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))


def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True)
    return environment.get_template("issuer.html")


def _asked(request: Request) -> dict[str, str]:
    """The client's parameters, which the page hands on; not the person's choice."""
    own = ("role", "unit", "number")
    return {name: value for name, value in request.query_params.items() if name not in own}


def _wanted(issuer: IssuerSecrets, request: Request) -> Wanted:
    """Raises 400, shown here: nobody is sent back to an address that no client has."""
    asked = request.query_params
    client_id, redirect_uri = asked.get("client_id", ""), asked.get("redirect_uri", "")
    if not client_id or issuer.clients.get(client_id) != redirect_uri:
        raise HTTPException(400, "no client of this issuer has this redirect_uri")
    if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
        raise HTTPException(400, "only the code flow with PKCE (S256) is served here")
    challenge = asked.get("code_challenge", "")
    if not challenge:
        raise HTTPException(400, "code_challenge is missing")
    return Wanted(
        client_id, redirect_uri, asked.get("state", ""), asked.get("nonce", ""), challenge
    )


def _officer(units: UnitTree, role: str, unit: str) -> Operator | None:
    """None where there is no such office."""
    try:
        return seated(Operator(subject_of(role, unit), Role(role), unit), units)
    except (Forbidden, ValueError):
        return None


def _claims(officer: Operator, units: UnitTree, number: int) -> dict[str, str]:
    place = _named(units, officer.unit).name
    one_of_many = f" {number}" if number > 1 else ""
    return {
        "sub": subject_of(officer.role, officer.unit, number),
        "role": officer.role,
        "unit": officer.unit,
        "name": f"{ROLES[officer.role]}{one_of_many}, {place}",
    }


def _named(units: UnitTree, unit_id: str) -> Unit:
    found = units.find(unit_id)
    if found is None:
        raise HTTPException(400, "there is no such unit")
    return found


def _fits(given: Given, sent: Mapping[str, str]) -> bool:
    digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return (
        time.monotonic() < given.until
        and sent.get("grant_type") == "authorization_code"
        and sent.get("client_id") == given.wanted.client_id
        and sent.get("redirect_uri") == given.wanted.redirect_uri
        and hmac.compare_digest(challenge, given.wanted.challenge)
    )


def _renewed(issuer: IssuerSecrets, sign_ins: SignIns, sent: Mapping[str, str]) -> dict[str, Any]:
    renewed = sign_ins.renew(sent.get("client_id", ""), sent.get("refresh_token", ""))
    if renewed is None:
        raise HTTPException(400, "invalid_grant")
    refresh, claims = renewed
    return _access(issuer, sign_ins, claims, refresh)


def _access(
    issuer: IssuerSecrets, sign_ins: SignIns, claims: Mapping[str, str], refresh: str
) -> dict[str, Any]:
    access = {**claims, "iss": issuer.name, "aud": issuer.audience}
    now = sign_ins.clock()
    return {
        "access_token": signed(access, issuer.key, issuer.key_id, TOKEN_SECONDS, now),
        "refresh_token": refresh,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
    }


def _tokens(issuer: IssuerSecrets, given: Given, sign_ins: SignIns) -> dict[str, Any]:
    identity = {
        "iss": issuer.name,
        "aud": given.wanted.client_id,
        "sub": given.claims["sub"],
        "name": given.claims["name"],
        "nonce": given.wanted.nonce,
    }
    refresh = sign_ins.begin(given.wanted.client_id, given.claims)
    now = sign_ins.clock()
    return {
        **_access(issuer, sign_ins, given.claims, refresh),
        "id_token": signed(identity, issuer.key, issuer.key_id, TOKEN_SECONDS, now),
    }
