"""JAKI, the city's own app: JSON from its backend, one report per request, photos beside it.

A report is private unless the citizen says otherwise, and always anonymous to officers. A phone may
send a report again hours later. The id that the phone made shows that it is the same report.
"""

from dataclasses import dataclass
from typing import Literal

from services.intake.channels.adapter import RawRequest, require_media
from services.intake.channels.categories import category_slug, with_category_named
from services.intake.channels.limits import CategoryName, OwnNumber, ReportText, UploadIds
from services.intake.channels.partner import (
    PLACE_AND_PERSON,
    ApiKeySecrets,
    Location,
    Person,
    fields_named,
    require_api_key,
)
from services.intake.channels.payload import Payload, ReportedAt, read_json
from services.intake.channels.reporter import ReplyPath
from services.intake.channels.submission import Inbound, Language, Submission
from shared.errors import Malformed
from shared.events.vocabulary import Channel

_FIELDS = {
    **PLACE_AND_PERSON,
    "text": "description",
    "external_id": "report_id",
    "reply.address": "report_id",
}


class JakiReport(Payload):
    """The body. report_id may be left out where the header Idempotency-Key carries it. uploads: ids
    of files that were uploaded before."""

    report_id: OwnNumber | None = None
    description: ReportText
    category: CategoryName | None = None
    location: Location = Location()
    privacy: Literal["private", "public"] = "private"
    reported_at: ReportedAt = None
    language: Language = "id"
    reporter: Person = Person()
    uploads: UploadIds = ()


@dataclass(frozen=True, slots=True)
class JakiAdapter:
    secrets: ApiKeySecrets
    channel: Channel = Channel.JAKI

    def authenticate(self, request: RawRequest) -> None:
        """X-API-Key."""
        require_api_key(request, self.secrets)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One complaint."""
        require_media(request, "application/json")
        report = read_json(JakiReport, request.body)
        report_id = report.report_id or request.header("idempotency-key")
        if not report_id:
            raise Malformed("Give the report's id here or in Idempotency-Key.", field="report_id")
        id_field = "report_id" if report.report_id else "idempotency-key"
        with fields_named(_FIELDS):
            submission = self._submission(report, report_id, id_field)
        files = request.files.with_earlier(report.uploads, "uploads")
        return (submission.model_copy(update={"files": files}),)

    def _submission(self, report: JakiReport, report_id: str, id_field: str) -> Submission:
        return Submission(
            channel=self.channel,
            external_id=report_id,
            text=with_category_named(report.description, report.category),
            category=category_slug(report.category),
            latitude=report.location.latitude,
            longitude=report.location.longitude,
            address=report.location.address,
            kelurahan_code=report.location.kelurahan_code,
            reported_at=report.reported_at,
            language=report.language,
            anonymous=True,
            confidential=report.privacy == "private",
            reporter=report.reporter.as_reporter(),
            reply=(ReplyPath(kind="push", address=report_id),),
            id_field=id_field,
        )
