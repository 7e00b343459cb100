"""The five desks: an officer enters a complaint for somebody who stands before them.

The officer's token decides which office it is; the route has checked it. Back-dating for paper
queues keeps both times. People without a phone get a printed receipt and nothing else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import StrictBool

from services.intake.channels.adapter import RawRequest, require_media
from services.intake.channels.categories import category_slug, with_category_named
from services.intake.channels.limits import (
    CategoryName,
    OwnIdAtDesk,
    ReportText,
    UnitCode,
    UploadIds,
)
from services.intake.channels.partner import PLACE_AND_PERSON, Location, Person, fields_named
from services.intake.channels.payload import Entry, ReportedAt, read_json
from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.submission import Inbound, Language, Submission
from shared.errors import Forbidden, Malformed
from shared.events.vocabulary import Channel
from shared.unit_table import load_units

DESKS: Mapping[Channel, re.Pattern[str]] = {
    Channel.KELURAHAN: re.compile(r"\d{2}\.\d{2}\.\d{2}\.\d{4}"),
    Channel.KECAMATAN: re.compile(r"\d{2}\.\d{2}\.\d{2}"),
    Channel.WALIKOTA: re.compile(r"\d{2}\.\d{2}"),
    # Duty officers of the five cities and of the Biro take turns there.
    Channel.PENDOPO: re.compile(r"\d{2}\.\d{2}|biro-pemerintahan"),
    Channel.INSPEKTORAT: re.compile(r"inspektorat"),
}
"""The desks and the units whose officers may sit there."""


class DeskEntry(Entry):
    """The body. entry_id is made by the desk's form; it may come in Idempotency-Key instead.
    uploads: ids of scans that were uploaded before."""

    entry_id: OwnIdAtDesk | None = None
    text: ReportText
    category: CategoryName | None = None
    location: Location = Location()
    about_unit: UnitCode | None = None
    reported_at: ReportedAt = None
    anonymous: StrictBool = False
    confidential: StrictBool = False
    language: Language = "id"
    reporter: Person = Person()
    uploads: UploadIds = ()


@dataclass(frozen=True, slots=True)
class DeskAdapter:
    """One desk. What Inspektorat takes in concerns officials: restricted from the start."""

    channel: Channel

    def admit(self, operator_unit: str) -> None:
        """Raises Forbidden for a unit that does not staff this desk."""
        if not DESKS[self.channel].fullmatch(operator_unit):
            raise Forbidden("Enter this at the desk of your own office.")

    def parse(self, request: RawRequest, operator_unit: str) -> tuple[Inbound, ...]:
        """One complaint.

        operator_unit: unit of the officer's verified token. Raises Forbidden when that unit
        does not staff this desk, Malformed for a wrong field.
        """
        self.admit(operator_unit)
        require_media(request, "application/json")
        entry = read_json(DeskEntry, request.body)
        entry_id = entry.entry_id or request.header("idempotency-key")
        if not entry_id:
            raise Malformed("Give the entry's id here or in Idempotency-Key.", field="entry_id")
        with fields_named({**PLACE_AND_PERSON, "external_id": "entry_id"}):
            submission = self._submission(entry, entry_id, operator_unit)
        files = request.files.with_earlier(entry.uploads, "uploads")
        return (submission.model_copy(update={"files": files}),)

    def _submission(self, entry: DeskEntry, entry_id: str, unit: str) -> Submission:
        reporter = entry.reporter.as_reporter()
        restricted = self.channel is Channel.INSPEKTORAT
        return Submission(
            channel=self.channel,
            # Two offices may give the same number to different papers.
            external_id=f"{unit}:{entry_id}",
            text=with_category_named(entry.text, entry.category),
            category=category_slug(entry.category),
            latitude=entry.location.latitude,
            longitude=entry.location.longitude,
            address=entry.location.address,
            kelurahan_code=self._area(entry.location, unit),
            about_unit=_known(entry.about_unit),
            entered_by_unit=unit,
            reported_at=entry.reported_at,
            language=entry.language,
            anonymous=entry.anonymous,
            confidential=entry.confidential or restricted,
            restricted=restricted,
            reporter=reporter,
            reply=_ways_back(reporter, unit),
            id_field="entry_id" if entry.entry_id else "idempotency-key",
        )

    def _area(self, place: Location, unit: str) -> str | None:
        """A kelurahan's desk means its own area where nobody says otherwise."""
        if place.kelurahan_code or place.latitude is not None:
            return place.kelurahan_code
        return unit if self.channel is Channel.KELURAHAN else None


def _known(about_unit: str | None) -> str | None:
    """The unit that is complained of. Raises Malformed for one that is not in the tree: the case
    would be hidden from nobody, neither from the unit that was meant nor from those beneath it."""
    if about_unit is not None and load_units().find(about_unit) is None:
        raise Malformed("No such unit. GET /v1/units of routing lists them.", field="about_unit")
    return about_unit


def _ways_back(reporter: Reporter, unit: str) -> tuple[ReplyPath, ...]:
    receipt = ReplyPath(kind="printer", address=unit)
    if reporter.phone is None:
        return (receipt,)
    return (receipt, ReplyPath(kind="phone", address=reporter.phone))
