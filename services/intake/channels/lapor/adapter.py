"""SMS LAPOR 1708: tickets of the national SP4N-LAPOR! handed over to the city.

LAPOR! has the same two switches as the city: *anonim* and *rahasia*. A machine hands the tickets
over, days after the citizen wrote them: nobody there would correct one.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from services.intake.channels.adapter import RawRequest
from services.intake.channels.categories import category_note, category_slug
from services.intake.channels.lenient import (
    Lenient,
    Words,
    address,
    message_id,
    point,
    told,
)
from services.intake.channels.partner import ApiKeySecrets, require_api_key
from services.intake.channels.payload import PlatformId, read_delivery, read_value
from services.intake.channels.reporter import ReplyPath, Reporter, is_mailbox
from services.intake.channels.submission import Inbound, Submission, is_kelurahan_code
from services.intake.words.cleaning import ornament
from services.intake.words.phones import e164
from shared.clock import JAKARTA
from shared.errors import Malformed
from shared.events.vocabulary import Channel
from shared.instant import read_platform_instant

_NIK = re.compile(r"[0-9]{16}")
_OFF = (None, False, 0, "", "0", "false", "False", "tidak")


def _is_on(value: object) -> bool:
    """A switch that cannot be read hides the person or the report: the other way is not undone."""
    return value not in _OFF


Switch = Annotated[bool, BeforeValidator(_is_on)]


class LaporLocation(Lenient):
    """Where the problem is. latitude, longitude: WGS84 degrees; address: a landmark in words."""

    latitude: float | None = None
    longitude: float | None = None
    address: Words | None = None
    kelurahan_code: str | None = None


class LaporPerson(Lenient):
    """Who reports, as far as LAPOR! tells."""

    id: PlatformId | None = None
    name: Words | None = None
    phone: PlatformId | None = None
    email: str | None = None
    nik: PlatformId | None = None

    def as_reporter(self) -> Reporter:
        """What can be what it is said to be; the rest is left out."""
        email, nik = ornament(self.email), ornament(self.nik)
        return Reporter(
            platform_user_id=ornament(self.id),
            name=ornament(self.name),
            phone=e164(self.phone or ""),
            email=email if email and is_mailbox(email) else None,
            nik=nik if nik and _NIK.fullmatch(nik) else None,
        )


class LaporTicket(Lenient):
    """A ticket of LAPOR!. A member that is wrong counts as absent."""

    model_config = ConfigDict(json_schema_extra={"required": ["ticket_number", "content"]})

    ticket_number: PlatformId | None = None
    title: Words = ""
    content: Words = ""
    category: Words | None = None
    location: LaporLocation = LaporLocation()
    created_at: Any = Field(
        default=None, json_schema_extra={"type": "string", "format": "date-time"}
    )
    is_anonymous: Switch = False
    is_secret: Switch = False
    reporter: LaporPerson = LaporPerson()

    @property
    def words(self) -> str:
        parts = (ornament(self.title), self.content)
        return "\n".join(part for part in parts if part and part.strip())


@dataclass(frozen=True, slots=True)
class LaporAdapter:
    secrets: ApiKeySecrets
    channel: Channel = Channel.LAPOR_1708

    def authenticate(self, request: RawRequest) -> None:
        """X-API-Key."""
        require_api_key(request, self.secrets)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One ticket."""
        value = read_delivery(request.body)
        if not isinstance(value, dict):
            raise Malformed("Send a ticket.", field="body")
        ticket = read_value(LaporTicket, value)
        return (
            self._submission(ticket, message_id(ticket.ticket_number, value, request.received_at)),
        )

    def _submission(self, ticket: LaporTicket, external_id: str) -> Submission:
        number = address(ticket.ticket_number)
        note = category_note(ornament(ticket.category))
        what, place = told(ticket.words, note=note), ticket.location
        latitude, longitude = point(place.latitude, place.longitude)
        known = place.kelurahan_code and is_kelurahan_code(place.kelurahan_code)
        return Submission(
            channel=self.channel,
            external_id=external_id,
            text=what.text,
            needs_words=what.needs_words,
            category=category_slug(ticket.category),
            latitude=latitude,
            longitude=longitude,
            address=ornament(place.address, 1_000),
            kelurahan_code=place.kelurahan_code if known else None,
            reported_at=read_platform_instant(ticket.created_at, JAKARTA),
            anonymous=ticket.is_anonymous,
            confidential=ticket.is_secret,
            reporter=ticket.reporter.as_reporter(),
            reply=(ReplyPath(kind="lapor_ticket", address=number),) if number else (),
            id_field="ticket_number",
        )
