"""SMS LAPOR 1708: tickets of the national SP4N-LAPOR! handed over to the city.

LAPOR! has the same two switches as the city: *anonim* and *rahasia*.
"""

from dataclasses import dataclass

from pydantic import AwareDatetime

from services.intake.channels.adapter import RawRequest, require_media
from services.intake.channels.categories import category_slug, with_category_named
from services.intake.channels.partner import (
    LOCATION_FIELDS,
    ApiKeySecrets,
    Location,
    Person,
    fields_named,
    require_api_key,
)
from services.intake.channels.payload import Payload, PlatformId, read_json
from services.intake.channels.reporter import ReplyPath
from services.intake.channels.submission import Inbound, Submission
from shared.events.vocabulary import Channel

_FIELDS = {**LOCATION_FIELDS, "text": "content", "external_id": "ticket_number"}


class LaporTicket(Payload):
    ticket_number: PlatformId
    title: str = ""
    content: str
    category: str | None = None
    location: Location = Location()
    created_at: AwareDatetime | None = None
    is_anonymous: bool = False
    is_secret: bool = False
    reporter: Person = Person()


@dataclass(frozen=True, slots=True)
class LaporAdapter:
    secrets: ApiKeySecrets
    channel: Channel = Channel.LAPOR_1708

    def authenticate(self, request: RawRequest) -> None:
        """X-API-Key."""
        require_api_key(request, self.secrets)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One ticket."""
        require_media(request, "application/json")
        ticket = read_json(LaporTicket, request.body)
        with fields_named(_FIELDS):
            return (self._submission(ticket),)

    def _submission(self, ticket: LaporTicket) -> Submission:
        words = f"{ticket.title}\n{ticket.content}" if ticket.title.strip() else ticket.content
        return Submission(
            channel=self.channel,
            external_id=ticket.ticket_number,
            text=with_category_named(words, ticket.category),
            category=category_slug(ticket.category),
            latitude=ticket.location.latitude,
            longitude=ticket.location.longitude,
            address=ticket.location.address,
            kelurahan_code=ticket.location.kelurahan_code,
            reported_at=ticket.created_at,
            anonymous=ticket.is_anonymous,
            confidential=ticket.is_secret,
            reporter=ticket.reporter.as_reporter(),
            reply=(ReplyPath(kind="lapor_ticket", address=ticket.ticket_number),),
            id_field="ticket_number",
        )
