"""How Kafka knows us and how we know Kafka: one value for producer, consumer and administrator.

What is wrong in it shows nowhere but in a connection that does not come about, and the client names
no cause. So each cause has a sentence here that names the setting (`Refusal`); whoever connects
finds out which of them it is.
"""

import base64
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from shared.clock import Clock
from shared.errors import Transient
from shared.outbound import OutboundClient
from shared.settings import KafkaSettings, SaslMechanism, SecurityProtocol
from shared.starting import read_file, refuse_file

TOKEN_SECONDS = 5.0
"""The issuer of tokens answers within so long, or the connection is tried again."""

TOKEN_ENDS = timedelta(seconds=30)
"""So long before its end a token is used no more: it must still hold when the broker reads it."""

Tokens = Callable[[], Awaitable[str]]
"""A token that holds now; raises Transient where none is to be had."""


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """trust: authorities and our own certificate, where the protocol has TLS. mechanism: where it
    has SASL. tokens: of OAUTHBEARER, in the place of name and password."""

    protocol: SecurityProtocol = "PLAINTEXT"
    trust: ssl.SSLContext | None = None
    mechanism: SaslMechanism | None = None
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    tokens: Tokens | None = None


PLAIN_TEXT = KafkaSecurity()


class Refusal(Enum):
    """Why no connection comes about, and what to set."""

    SPEAKS_TLS = "Kafka wants TLS here: set CRM_KAFKA_SECURITY_PROTOCOL to SASL_SSL or SSL"
    SPEAKS_NO_TLS = (
        "Kafka speaks no TLS here: correct the port in CRM_KAFKA_BOOTSTRAP_SERVERS, or"
        " CRM_KAFKA_SECURITY_PROTOCOL"
    )
    WANTS_SASL = (
        "Kafka hears nobody here who does not say who he is: set CRM_KAFKA_SECURITY_PROTOCOL to"
        " SASL_SSL; where it knows its clients by certificates, CRM_KAFKA_CLIENT_CERTIFICATE_FILE"
    )
    KNOWS_NO_SASL = (
        "Kafka takes no names and passwords here: correct CRM_KAFKA_SECURITY_PROTOCOL, or the port"
        " in CRM_KAFKA_BOOTSTRAP_SERVERS"
    )
    UNKNOWN_AUTHORITY = (
        "Kafka's certificate is of no authority that we trust: correct CRM_KAFKA_CA_FILE"
    )
    EXPIRED = "Kafka's certificate does not hold today: renew it, or correct the machine's clock"
    OTHER_NAME = (
        "Kafka's certificate is for another name than the one it is called by: correct"
        " CRM_KAFKA_BOOTSTRAP_SERVERS or, where that is right, the broker's advertised.listeners"
    )
    NOT_BELIEVED = (
        "Kafka does not believe who we are: correct CRM_KAFKA_USERNAME, CRM_KAFKA_PASSWORD or"
        " CRM_KAFKA_SASL_MECHANISM"
    )
    OTHER_MECHANISM = "Kafka does not know this mechanism here: correct CRM_KAFKA_SASL_MECHANISM"
    OTHER_ISSUER = (
        "Kafka does not accept the token: it must trust the issuer of CRM_KAFKA_TOKEN_ENDPOINT;"
        " CRM_KAFKA_TOKEN_SCOPE may be missing"
    )
    MAY_NOT = "the user of CRM_KAFKA_USERNAME may not do that: give it the rights in Kafka"


def security_of(settings: KafkaSettings, clock: Clock) -> KafkaSecurity:
    """Reads the files that the settings name; opens no connection. Raises StopTheLine where a file
    is not what it must be. ``clock``: by which tokens end."""
    protocol = settings.kafka_security_protocol
    trust = _trust(settings) if protocol.endswith("SSL") else None
    if not protocol.startswith("SASL"):
        return KafkaSecurity(protocol, trust)
    tokens = None
    if settings.kafka_sasl_mechanism == "OAUTHBEARER":
        tokens = ClientCredentials(settings, clock).token
    return KafkaSecurity(
        protocol, trust, settings.kafka_sasl_mechanism, settings.kafka_username,
        settings.kafka_password.get_secret_value(), tokens,
    )  # fmt: skip


def _trust(settings: KafkaSettings) -> ssl.SSLContext:
    authorities = settings.kafka_ca_file
    trust = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cadata=_authorities(authorities))
    own, key = settings.kafka_client_certificate_file, settings.kafka_client_key_file
    if own is not None and key is not None:
        for setting, path in (("CERTIFICATE", own), ("KEY", key)):
            read_file(f"CRM_KAFKA_CLIENT_{setting}_FILE", path)
        try:
            # A password is never asked for at a terminal that nobody sits at.
            trust.load_cert_chain(own, key, password="")
        except (ssl.SSLError, ValueError) as error:
            raise refuse_file(
                "CRM_KAFKA_CLIENT_KEY_FILE", key, "not the PEM key, without a password, of the"
                " certificate in CRM_KAFKA_CLIENT_CERTIFICATE_FILE",
            ) from error  # fmt: skip
    return trust


def _authorities(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        said = read_file("CRM_KAFKA_CA_FILE", path).decode("ascii")
        ssl.create_default_context(cadata=said)
    except (UnicodeDecodeError, ssl.SSLError, ValueError) as error:
        raise refuse_file("CRM_KAFKA_CA_FILE", path, "not certificates in PEM") from error
    return said


class ClientCredentials:
    """Access tokens that a client gets for itself (RFC 6749, 4.4), each used until its end."""

    def __init__(self, settings: KafkaSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._token = ""
        self._until: datetime | None = None

    async def token(self) -> str:
        """Raises Transient, with the setting to look at."""
        if self._until is None or self._clock() >= self._until - TOKEN_ENDS:
            self._token, self._until = await self._asked()
        return self._token

    async def _asked(self) -> tuple[str, datetime]:
        now = self._clock()
        said = await self._answer()
        token = said.get("access_token")
        if not isinstance(token, str) or not token:
            raise Transient("CRM_KAFKA_TOKEN_ENDPOINT answers without an access_token")
        until = _end_of(token, said.get("expires_in"), now)
        if until <= now:
            raise Transient(
                "CRM_KAFKA_TOKEN_ENDPOINT gives tokens that have ended: compare its clock with ours"
            )
        return token, until

    async def _answer(self) -> dict[str, Any]:
        settings = self._settings
        form = {"grant_type": "client_credentials"}
        if settings.kafka_token_scope:
            form["scope"] = settings.kafka_token_scope
        # A client of its own: it is asked once in the life of a token.
        client = OutboundClient(timeout=TOKEN_SECONDS, connections=1, whole=TOKEN_SECONDS)
        try:
            answer = await client.request(
                "POST", settings.kafka_token_endpoint, data=form,
                headers={"authorization": f"Basic {self._basic()}"},
            )  # fmt: skip
            if answer.status in (400, 401, 403):
                raise Transient(
                    "CRM_KAFKA_TOKEN_ENDPOINT gives us no token: correct CRM_KAFKA_USERNAME,"
                    " CRM_KAFKA_PASSWORD or CRM_KAFKA_TOKEN_SCOPE"
                )
            if answer.status != 200 or not isinstance(said := answer.json(), dict):
                raise Transient(f"CRM_KAFKA_TOKEN_ENDPOINT answers {answer.status} and no token")
        finally:
            await client.close()
        return said

    def _basic(self) -> str:
        """Both are encoded as in a form first (RFC 6749, 2.3.1)."""
        secret = self._settings.kafka_password.get_secret_value()
        pair = f"{quote_plus(self._settings.kafka_username)}:{quote_plus(secret)}"
        return base64.b64encode(pair.encode()).decode()


def _end_of(token: str, expires_in: object, now: datetime) -> datetime:
    """As the answer says, and as the token itself says where it can be read; the earlier."""
    ends = [now + timedelta(hours=1)]
    if isinstance(expires_in, int | float):
        ends.append(now + timedelta(seconds=expires_in))
    if isinstance(exp := _claims(token).get("exp"), int | float):
        ends.append(datetime.fromtimestamp(exp, now.tzinfo))
    return min(ends)


def _claims(token: str) -> dict[str, Any]:
    """Of a JSON Web Token, unverified: the broker judges it. Nothing of any other token."""
    body = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        read = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
