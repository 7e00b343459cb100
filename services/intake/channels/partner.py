"""What the JSON of partners and desks has in common: place, person, API key."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Strict

from services.intake.channels.adapter import RawRequest
from services.intake.channels.door import SecurityScheme
from services.intake.channels.limits import (
    KelurahanCode,
    Landmark,
    Latitude,
    Line,
    Longitude,
    Nik,
    PhoneAsTyped,
)
from services.intake.channels.platform import Secret, Secrets
from services.intake.channels.reporter import Reporter
from services.intake.channels.signatures import require_one_of
from services.intake.words.phones import e164
from shared.errors import Malformed

API_KEY_HEADER = "x-api-key"
CHANNEL_KEY = SecurityScheme(
    "channel_key", "header", API_KEY_HEADER, "The key that the channel's team was given."
)
PLACE_AND_PERSON: Mapping[str, str] = MappingProxyType(
    {
        "latitude": "location.latitude",
        "longitude": "location.longitude",
        "address": "location.address",
        "kelurahan_code": "location.kelurahan_code",
        "reporter.platform_user_id": "reporter.id",
    }
)
"""A Submission's fields as the JSON of partners and desks names them."""


class ApiKeySecrets(Secrets):
    """Two keys may be valid at once, so that a partner can change its key without a gap."""

    api_key: Secret
    previous_api_key: Secret | None = None

    def live(self) -> tuple[str, ...]:
        """The keys that open the door now."""
        keys = (self.api_key, self.previous_api_key)
        return tuple(key.get_secret_value() for key in keys if key is not None)


class Location(BaseModel):
    """Where the problem is. latitude, longitude: WGS84 degrees; address: a landmark in words."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    # Without it "true" would be read as one degree.
    latitude: Annotated[Latitude | None, Strict()] = None
    longitude: Annotated[Longitude | None, Strict()] = None
    address: Landmark | None = None
    kelurahan_code: KelurahanCode | None = None


class Person(BaseModel):
    """Who reports, as far as they said."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: Line | None = None
    name: Line | None = None
    phone: PhoneAsTyped | None = None
    email: Line | None = None
    nik: Nik | None = None

    def as_reporter(self) -> Reporter:
        """Empty members as absent; raises Malformed for a phone number that cannot be one."""
        return Reporter(
            platform_user_id=self.id or None,
            name=self.name or None,
            phone=typed_phone(self.phone, "reporter.phone"),
            email=self.email or None,
            nik=self.nik or None,
        )


@contextmanager
def fields_named(names: Mapping[str, str]) -> Iterator[None]:
    """A Malformed raised inside names the caller's field. names: a Submission's -> the caller's."""
    try:
        yield
    except Malformed as refusal:
        field = refusal.field or "body"
        raise Malformed(refusal.detail, field=names.get(field, field)) from None


def typed_phone(written: str | None, field: str) -> str | None:
    """A number that a person typed. A wrong one raises Malformed: the person can correct it."""
    if written is None or not written.strip():
        return None
    number = e164(written)
    if number is None:
        raise Malformed("Give a phone number that can be called.", field=field)
    return number


def require_api_key(request: RawRequest, secrets: ApiKeySecrets) -> None:
    """Raises Unauthenticated unless X-API-Key holds one of the live keys."""
    require_one_of(request.header(API_KEY_HEADER), secrets.live(), API_KEY_HEADER)
