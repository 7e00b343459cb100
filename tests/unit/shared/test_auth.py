"""Tokens of officers and of services: what is believed, and all that is not."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import Depends
from hypothesis import given
from hypothesis import strategies as st

from shared.auth import (
    JWKS_RETRY_SECONDS,
    JWKS_SECONDS,
    Operator,
    OperatorTokens,
    Role,
    ServiceTokens,
    readable_name,
    same_secret,
)
from shared.clock import system_clock
from shared.errors import Forbidden, Transient, Unauthenticated, Unavailable
from shared.health import Health
from shared.http.app import create_app
from shared.http.operation import Router
from shared.telemetry import Metrics
from shared.testing import FixedClock

ISSUER, AUDIENCE = "https://issuer.example.org", "crm"
JWKS_URL = "https://issuer.example.org/jwks.json"
OFFICER_REFUSED = r"\AThe token is not valid\. Ask the issuer for a new one\.\Z"
SERVICE_REFUSED = r"\AThe service token is not valid here\.\Z"
KEYS_AWAY = r"\AThe issuer's keys cannot be had now\. Try again\.\Z"
Claims = dict[str, Any]


def unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def stated(claims: Claims) -> Claims:
    """The claims a token states: none that is None, and a span counted from now.

    A span, because a table of cases is made when the tests are collected: a moment fixed there
    has passed by the time a long run comes to it.
    """
    now = int(time.time())
    return {
        name: now + int(value.total_seconds()) if isinstance(value, timedelta) else value
        for name, value in claims.items()
        if value is not None
    }


A_MINUTE_AGO, NOW = timedelta(minutes=-1), timedelta()
SECONDS_AGO, IN_SECONDS = timedelta(seconds=-5), timedelta(seconds=5)
IN_A_MINUTE, IN_TEN_MINUTES = timedelta(minutes=1), timedelta(minutes=10)


class Issuer:
    """The city's issuer of officers' tokens, with its key set; ``away``: it does not answer."""

    def __init__(self) -> None:
        self.keys = {"key-1": Ed25519PrivateKey.generate()}
        self.asked = 0
        self.away = False
        self.answers: Any = None

    async def get(self, url: str) -> Any:
        assert url == JWKS_URL
        self.asked += 1
        if self.away:
            raise Transient("no answer")
        if self.answers is not None:
            return self.answers
        return {"keys": [self._published(name) for name in self.keys]}

    def _published(self, name: str) -> dict[str, str]:
        x = unpadded(self.keys[name].public_key().public_bytes_raw())
        return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": name, "x": x}

    def roll(self, name: str) -> None:
        """A new key takes the place of all old ones."""
        self.keys = {name: Ed25519PrivateKey.generate()}

    def claims(self, **changes: Any) -> Claims:
        return stated({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "officer-17", "role": "biro",
            "unit": "biro-pemerintahan", "iat": NOW, "exp": IN_TEN_MINUTES, **changes,
        })  # fmt: skip

    def token(self, key: str = "key-1", kid: str | None = None, **changes: Any) -> str:
        headers = {"kid": kid or key}
        return jwt.encode(self.claims(**changes), self.keys[key], "EdDSA", headers=headers)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


class Seconds:
    """A monotonic clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def operators(issuer: Issuer, seconds: Seconds) -> OperatorTokens:
    return OperatorTokens(issuer, JWKS_URL, ISSUER, AUDIENCE, seconds, clock=system_clock)


# --- officers ----------------------------------------------------------------------------


async def test_an_officer_is_who_the_issuer_says(issuer: Issuer, operators: OperatorTokens) -> None:
    officer = await operators.verify(issuer.token())
    assert officer == Operator("officer-17", Role.BIRO, "biro-pemerintahan")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"exp": A_MINUTE_AGO}, id="expired"),
        pytest.param({"exp": None}, id="without an end"),
        pytest.param({"iat": None}, id="without a beginning"),
        pytest.param({"nbf": IN_TEN_MINUTES}, id="not yet valid"),
        pytest.param({"aud": "another-system"}, id="for another audience"),
        pytest.param({"aud": None}, id="for no audience"),
        pytest.param({"iss": "https://other.example.org"}, id="of another issuer"),
        pytest.param({"sub": None}, id="of nobody"),
        pytest.param({"role": None}, id="without a role"),
        pytest.param({"role": "governor"}, id="of a role there is not"),
        pytest.param({"role": ["admin"]}, id="with a list for a role"),
        pytest.param({"unit": None}, id="without a unit"),
    ],
)
async def test_a_token_that_lacks_something_is_not_believed(
    issuer: Issuer, operators: OperatorTokens, changes: Claims
) -> None:
    with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
        await operators.verify(issuer.token(**changes))


ANY_UNIT = ("31.74.01.1001", "dinas-bina-marga", "inspektorat", "biro-pemerintahan")
SEATED = {
    "unit_officer": ANY_UNIT,
    "desk_officer": ANY_UNIT,
    "admin": (*ANY_UNIT, "triage"),
    "auditor": (*ANY_UNIT, "triage"),
    "triage_officer": ("triage",),
    "biro": ("biro-pemerintahan",),
}
"""Units that have officers of a role, written out by hand; of the last two roles only these."""
NO_UNITS = ("", "dinas-sihir", "31.74.01.9999", "31.74.01.1001 ", "Biro-Pemerintahan", "none")


@pytest.mark.parametrize("role", list(Role))
async def test_an_officer_is_one_of_a_unit_that_has_such_officers(
    issuer: Issuer, operators: OperatorTokens, role: Role
) -> None:
    for unit in SEATED[role]:
        assert (await operators.verify(issuer.token(role=role, unit=unit))).unit == unit
    elsewhere = {"triage_officer": ANY_UNIT, "biro": (*ANY_UNIT[:3], "triage", "biro-hukum")}
    for unit in elsewhere.get(role, ()):
        with pytest.raises(Forbidden, match="no such role"):
            await operators.verify(issuer.token(role=role, unit=unit))
    for unit in NO_UNITS:
        with pytest.raises(Forbidden, match="not in the unit tree"):
            await operators.verify(issuer.token(role=role, unit=unit))


async def test_the_triage_desk_has_triage_officers_in_place_of_unit_officers(
    issuer: Issuer, operators: OperatorTokens
) -> None:
    with pytest.raises(Forbidden, match="no such role"):
        await operators.verify(issuer.token(role="unit_officer", unit="triage"))


def by_hand(header: Claims, claims: Claims, secret: bytes | None) -> str:
    """A token that no library would sign."""
    parts = [unpadded(json.dumps(part).encode()) for part in (header, claims)]
    signed = ".".join(parts)
    signature = hmac.digest(secret, signed.encode(), hashlib.sha256) if secret else b""
    return f"{signed}.{unpadded(signature)}"


async def test_a_token_that_was_believed_is_believed_no_longer_than_it_lasts(
    issuer: Issuer, seconds: Seconds
) -> None:
    clock = FixedClock(datetime.now(UTC))
    tokens = OperatorTokens(issuer, JWKS_URL, ISSUER, AUDIENCE, seconds, clock=clock)
    token = issuer.token()
    assert await tokens.verify(token) == await tokens.verify(token)
    clock.advance(timedelta(minutes=11))
    with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
        await tokens.verify(token)


async def test_a_token_beside_one_that_was_believed_needs_a_signature_of_its_own(
    issuer: Issuer, operators: OperatorTokens
) -> None:
    believed = issuer.token()
    await operators.verify(believed)
    signature = believed.rpartition(".")[2]
    said = issuer.token(sub="officer-18").rpartition(".")[0]
    with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
        await operators.verify(f"{said}.{signature}")


async def test_more_officers_than_are_remembered_are_all_believed(
    issuer: Issuer,
) -> None:
    operators = OperatorTokens(issuer, JWKS_URL, ISSUER, AUDIENCE, clock=system_clock, at_most=2)
    tokens = {f"officer-{number}": issuer.token(sub=f"officer-{number}") for number in range(4)}
    for _ in range(2):
        for subject, token in tokens.items():
            assert (await operators.verify(token)).subject == subject
    assert issuer.asked == 1


async def test_the_public_key_is_no_secret_to_sign_with(
    issuer: Issuer, operators: OperatorTokens
) -> None:
    public = issuer.keys["key-1"].public_key().public_bytes_raw()
    for secret in (public, unpadded(public).encode()):
        token = by_hand({"alg": "HS256", "kid": "key-1"}, issuer.claims(), secret)
        with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
            await operators.verify(token)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS256", ""])
async def test_a_token_without_a_signature_is_not_believed(
    issuer: Issuer, operators: OperatorTokens, algorithm: str
) -> None:
    token = by_hand({"alg": algorithm, "kid": "key-1"}, issuer.claims(), None)
    with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
        await operators.verify(token)


async def test_a_key_that_the_issuer_publishes_for_another_algorithm_signs_no_officers_token(
    issuer: Issuer, operators: OperatorTokens
) -> None:
    secret = b"a secret that the issuer shares with somebody else"
    shared = {"kty": "oct", "alg": "HS256", "kid": "key-2", "k": unpadded(secret)}
    issuer.answers = {"keys": [shared]}
    with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
        await operators.verify(by_hand({"alg": "HS256", "kid": "key-2"}, issuer.claims(), secret))


@pytest.mark.parametrize(
    "changes", [{"exp": SECONDS_AGO}, {"iat": IN_SECONDS}, {"nbf": IN_SECONDS}]
)
async def test_an_issuers_clock_that_is_a_few_seconds_off_is_forgiven(
    issuer: Issuer, operators: OperatorTokens, changes: Claims
) -> None:
    assert (await operators.verify(issuer.token(**changes))).role is Role.BIRO


async def test_claims_that_were_changed_afterwards_are_not_believed(
    issuer: Issuer, operators: OperatorTokens
) -> None:
    header, _, signature = issuer.token().split(".")
    claims = unpadded(json.dumps(issuer.claims(role="admin")).encode())
    with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
        await operators.verify(f"{header}.{claims}.{signature}")


async def test_a_key_of_somebody_else_does_not_help(
    issuer: Issuer, operators: OperatorTokens
) -> None:
    stranger = Issuer()
    for kid in ("key-1", "key-of-a-stranger"):
        with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
            await operators.verify(stranger.token(kid=kid))


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "e30.e30.", "\udcff", "😀.😀.😀"])
async def test_what_is_no_token_is_not_believed(operators: OperatorTokens, token: str) -> None:
    with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
        await operators.verify(token)


@given(st.text(max_size=60))
def test_no_text_upsets_the_reading_of_service_tokens(token: str) -> None:
    with pytest.raises(Unauthenticated, match=SERVICE_REFUSED):
        ServiceTokens("vault", "", {}, system_clock).verify(token)


# --- the issuer's keys -------------------------------------------------------------------


async def test_the_keys_are_asked_for_once(issuer: Issuer, operators: OperatorTokens) -> None:
    for _ in range(3):
        await operators.verify(issuer.token())
    assert issuer.asked == 1


async def test_keys_are_believed_for_five_minutes(
    issuer: Issuer, operators: OperatorTokens, seconds: Seconds
) -> None:
    await operators.verify(issuer.token())
    seconds.advance(300)
    await operators.verify(issuer.token())
    assert issuer.asked == 1
    seconds.advance(1)
    await operators.verify(issuer.token())
    assert issuer.asked == 2


async def test_a_new_key_is_known_as_soon_as_it_may_be_asked_for(
    issuer: Issuer, operators: OperatorTokens, seconds: Seconds
) -> None:
    old = issuer.token()
    await operators.verify(old)
    issuer.roll("key-2")
    new = issuer.token("key-2")
    for _ in ("at once", "five seconds later"):
        with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
            await operators.verify(new)
        seconds.advance(JWKS_RETRY_SECONDS)
    assert (await operators.verify(new)).role is Role.BIRO
    with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
        await operators.verify(old)


async def test_tokens_with_made_up_key_ids_do_not_make_us_ask_each_time(
    issuer: Issuer, operators: OperatorTokens
) -> None:
    for number in range(20):
        with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
            await operators.verify(issuer.token(kid=f"made-up-{number}"))
    assert issuer.asked == 1


async def test_a_key_that_was_taken_back_is_forgotten(
    issuer: Issuer, operators: OperatorTokens, seconds: Seconds
) -> None:
    old = issuer.token()
    await operators.verify(old)
    issuer.roll("key-2")
    seconds.advance(JWKS_SECONDS + 1)
    with pytest.raises(Unauthenticated, match=OFFICER_REFUSED):
        await operators.verify(old)


async def test_without_any_key_the_answer_is_to_try_again(
    issuer: Issuer, operators: OperatorTokens
) -> None:
    issuer.away = True
    with pytest.raises(Unavailable, match=KEYS_AWAY):
        await operators.verify(issuer.token())
    issuer.away = False
    assert await operators.verify(issuer.token())


async def test_officers_go_on_working_while_the_issuer_is_away(
    issuer: Issuer, operators: OperatorTokens, seconds: Seconds
) -> None:
    await operators.verify(issuer.token())
    issuer.away = True
    seconds.advance(JWKS_SECONDS + 1)
    assert await operators.verify(issuer.token())


async def test_an_issuer_that_is_away_is_not_asked_again_at_every_request(
    issuer: Issuer, operators: OperatorTokens, seconds: Seconds
) -> None:
    await operators.verify(issuer.token())
    issuer.away = True
    seconds.advance(JWKS_SECONDS + 1)
    for _ in range(5):
        await operators.verify(issuer.token())
    assert issuer.asked == 2


@pytest.mark.parametrize("nonsense", [{}, {"keys": []}, [], "maintenance", {"keys": [{"kty": 1}]}])
async def test_an_issuer_that_answers_nonsense_is_as_good_as_away(
    issuer: Issuer, operators: OperatorTokens, seconds: Seconds, nonsense: Any
) -> None:
    await operators.verify(issuer.token())
    issuer.answers = nonsense
    seconds.advance(JWKS_SECONDS + 1)
    assert await operators.verify(issuer.token())


async def test_nonsense_in_place_of_the_first_keys_is_answered_with_try_again(
    issuer: Issuer, operators: OperatorTokens
) -> None:
    issuer.answers = {"keys": []}
    with pytest.raises(Unavailable, match=KEYS_AWAY):
        await operators.verify(issuer.token())


# --- services ----------------------------------------------------------------------------


def base64_of(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


class Callers:
    """notify and routing, which sign; the vault, which knows both keys."""

    def __init__(self) -> None:
        self.keys = {name: Ed25519PrivateKey.generate() for name in ("notify", "routing")}
        public = {n: base64_of(k.public_key().public_bytes_raw()) for n, k in self.keys.items()}
        self.vault = ServiceTokens("vault", "", public, system_clock)
        self.notify = self.of("notify")
        self.routing = self.of("routing")

    def of(self, name: str, key: Ed25519PrivateKey | None = None) -> ServiceTokens:
        key = key or self.keys[name]
        return ServiceTokens(name, base64_of(key.private_bytes_raw()), {}, system_clock)

    def token(self, key: str = "notify", **changes: Any) -> str:
        claims = {"iss": "notify", "aud": "vault", "iat": NOW, "exp": IN_A_MINUTE, **changes}
        return jwt.encode(stated(claims), self.keys[key], "EdDSA")


@pytest.fixture
def callers() -> Callers:
    return Callers()


def test_a_service_is_known_by_its_signature(callers: Callers) -> None:
    assert callers.vault.verify(callers.notify.sign("vault")) == "notify"


def test_a_token_for_another_service_is_not_believed(callers: Callers) -> None:
    with pytest.raises(Unauthenticated, match=SERVICE_REFUSED):
        callers.vault.verify(callers.notify.sign("intake"))


def test_a_caller_whose_key_is_not_known_is_not_believed(callers: Callers) -> None:
    stranger = callers.of("stranger", Ed25519PrivateKey.generate())
    with pytest.raises(Unauthenticated, match=SERVICE_REFUSED):
        callers.vault.verify(stranger.sign("vault"))


def test_a_service_cannot_speak_in_anothers_name(callers: Callers) -> None:
    with pytest.raises(Unauthenticated, match=SERVICE_REFUSED):
        callers.vault.verify(callers.of("notify", callers.keys["routing"]).sign("vault"))


@pytest.mark.parametrize(
    "changes",
    [{"exp": A_MINUTE_AGO}, {"exp": None}, {"iat": None}, {"iss": None}, {"aud": None}],
)
def test_a_service_token_that_lacks_something_is_not_believed(
    callers: Callers, changes: Claims
) -> None:
    assert callers.vault.verify(callers.token()) == "notify"
    with pytest.raises(Unauthenticated, match=SERVICE_REFUSED):
        callers.vault.verify(callers.token(**changes))


@pytest.mark.parametrize("changes", [{"exp": SECONDS_AGO}, {"iat": IN_SECONDS}])
def test_a_services_clock_that_is_a_few_seconds_off_is_forgiven(
    callers: Callers, changes: Claims
) -> None:
    assert callers.vault.verify(callers.token(**changes)) == "notify"


def test_services_that_share_a_clock_believe_each_other_whatever_their_machines_say() -> None:
    key = Ed25519PrivateKey.generate()
    private = base64_of(key.private_bytes_raw())
    public = {"notify": base64_of(key.public_key().public_bytes_raw())}
    for apart in (timedelta(hours=3), timedelta(hours=-3)):
        shared = FixedClock(datetime.now(UTC) + apart)
        token = ServiceTokens("notify", private, {}, shared).sign("vault")
        assert ServiceTokens("vault", "", public, shared).verify(token) == "notify"
        with pytest.raises(Unauthenticated, match=SERVICE_REFUSED):
            ServiceTokens("vault", "", public, system_clock).verify(token)


def test_a_token_that_was_believed_is_not_believed_after_its_end(callers: Callers) -> None:
    clock = FixedClock(datetime.now(UTC))
    public = {"notify": base64_of(callers.keys["notify"].public_key().public_bytes_raw())}
    vault = ServiceTokens("vault", "", public, clock)
    token = callers.notify.sign("vault")
    assert [vault.verify(token), vault.verify(token)] == ["notify", "notify"]
    clock.advance(timedelta(seconds=90))
    with pytest.raises(Unauthenticated, match=SERVICE_REFUSED):
        vault.verify(token)


def test_a_token_that_was_believed_is_not_believed_when_its_key_is_withdrawn(
    callers: Callers,
) -> None:
    token = callers.notify.sign("vault")
    assert callers.vault.verify(token) == "notify"
    other = Ed25519PrivateKey.generate().public_key()
    callers.vault.replace("", {"notify": base64_of(other.public_bytes_raw())})
    with pytest.raises(Unauthenticated, match=SERVICE_REFUSED):
        callers.vault.verify(token)


def test_a_service_signs_anew_for_each_service_each_second_and_by_a_new_key() -> None:
    private = base64_of(Ed25519PrivateKey.generate().private_bytes_raw())
    clock = FixedClock(datetime.now(UTC).replace(microsecond=0))
    notify = ServiceTokens("notify", private, {}, clock)
    signed = [notify.sign("vault"), notify.sign("intake")]
    clock.advance(timedelta(seconds=0.9))
    assert [notify.sign("vault"), notify.sign("intake")] == signed
    clock.advance(timedelta(seconds=0.1))
    signed.append(notify.sign("vault"))
    notify.replace(base64_of(Ed25519PrivateKey.generate().private_bytes_raw()), {})
    assert len({*signed, notify.sign("vault")}) == 4


def test_a_service_token_is_not_believed_by_a_public_key_as_secret(callers: Callers) -> None:
    public = callers.keys["notify"].public_key().public_bytes_raw()
    claims = stated({"iss": "notify", "aud": "vault", "iat": NOW, "exp": IN_A_MINUTE})
    for header, secret in (({"alg": "HS256"}, public), ({"alg": "none"}, None)):
        with pytest.raises(Unauthenticated, match=SERVICE_REFUSED):
            callers.vault.verify(by_hand(header, claims, secret))


def test_a_process_without_a_key_cannot_sign() -> None:
    nothing_to_sign_with = r"\AThis process has no SERVICE_KEY to sign its calls with\.\Z"
    with pytest.raises(Unauthenticated, match=nothing_to_sign_with):
        ServiceTokens("tracking", "", {}, system_clock).sign("vault")


# --- at the door -------------------------------------------------------------------------


@pytest.fixture
async def door(operators: OperatorTokens, callers: Callers) -> AsyncIterator[httpx.AsyncClient]:
    router = Router()

    @router.get("/biro")
    async def biro(
        officer: Annotated[Operator, Depends(operators.require(Role.DESK_OFFICER, Role.BIRO))],
    ) -> dict[str, str]:
        return {"unit": officer.unit}

    @router.get("/anyone")
    async def anyone(
        officer: Annotated[Operator, Depends(operators.require())],
    ) -> dict[str, str]:
        return {"role": officer.role}

    @router.get("/internal")
    async def internal(
        caller: Annotated[str, Depends(callers.vault.require("notify"))],
    ) -> dict[str, str]:
        return {"caller": caller}

    app = create_app("door", "Door", [router], Health(), Metrics())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://door"
    ) as client:
        yield client


def bearing(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_an_officer_of_the_right_role_is_let_in(
    door: httpx.AsyncClient, issuer: Issuer
) -> None:
    answer = await door.get("/biro", headers=bearing(issuer.token()))
    assert answer.json() == {"unit": "biro-pemerintahan"}


async def test_an_officer_of_another_role_is_told_which_it_takes(
    door: httpx.AsyncClient, issuer: Issuer
) -> None:
    headers = bearing(issuer.token(role="auditor"))
    answer = await door.get("/biro", headers=headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "This needs one of the roles: biro, desk_officer."
    assert (await door.get("/anyone", headers=headers)).json() == {"role": "auditor"}


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer ", "Basic eDp5"])
async def test_who_brings_no_token_is_asked_for_one(
    door: httpx.AsyncClient, value: str | None
) -> None:
    headers = {} if value is None else {"authorization": value}
    for path in ("/biro", "/internal"):
        answer = await door.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["field"] == "authorization"
        assert answer.json()["detail"] == "Send a token as 'Authorization: Bearer <token>'."


async def test_a_token_that_is_not_valid_is_refused_by_its_header(door: httpx.AsyncClient) -> None:
    for path, detail in (
        ("/biro", "The token is not valid. Ask the issuer for a new one."),
        ("/internal", "The service token is not valid here."),
    ):
        answer = await door.get(path, headers=bearing("x.y.z"))
        assert answer.status_code == 401
        assert (answer.json()["field"], answer.json()["detail"]) == ("authorization", detail)


async def test_a_token_is_taken_as_bearer_token_alone(
    door: httpx.AsyncClient, issuer: Issuer
) -> None:
    token = issuer.token()
    for value in (f"bearer {token}", f"Bearer  {token} "):
        assert (await door.get("/biro", headers={"authorization": value})).status_code == 200
    for value in (f"Basic {token}", token):
        assert (await door.get("/biro", headers={"authorization": value})).status_code == 401


async def test_a_service_gets_in_where_it_is_named(
    door: httpx.AsyncClient, callers: Callers
) -> None:
    answer = await door.get("/internal", headers=bearing(callers.notify.sign("vault")))
    assert answer.json() == {"caller": "notify"}
    answer = await door.get("/internal", headers=bearing(callers.routing.sign("vault")))
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This service may not call this."


async def test_an_officers_token_opens_no_service_door_and_the_reverse(
    door: httpx.AsyncClient, issuer: Issuer, callers: Callers
) -> None:
    officer, service = issuer.token(aud="vault"), callers.notify.sign("vault")
    assert (await door.get("/internal", headers=bearing(officer))).status_code == 401
    assert (await door.get("/biro", headers=bearing(service))).status_code == 401


# --- secrets ----------------------------------------------------------------------------


@given(st.text(), st.text())
def test_a_secret_equals_itself_alone_and_nothing_is_no_secret(one: str, other: str) -> None:
    assert same_secret(one, one) == bool(one)
    assert same_secret(one, other) == (one == other != "")


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("Ani Rahayu", "Ani Rahayu"),
        ("  Ani\n\tRahayu ", "Ani Rahayu"),
        ("Siti Nur\u2019aini, S.H.", "Siti Nur\u2019aini, S.H."),
        ("A\x00n\x1bi\ud800\u202e", "Ani"),
        ("x" * 500, "x" * 120),
        ("", None), (" \n", None), ("\x00", None), (None, None), (7, None), (["Ani"], None),
    ],
)  # fmt: skip
def test_a_name_in_a_token_is_one_line_that_can_be_stored_and_shown(
    claim: object, name: str | None
) -> None:
    assert readable_name(claim) == name


def test_an_officer_is_printed_without_his_name() -> None:
    assert "Ani" not in repr(Operator("s-1", Role.BIRO, "biro-pemerintahan", "Ani"))
