"""What intake says: a complaint came, was added to, was taken back, its reporter is erased."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import model_validator

from shared.events.event import Emitter, Event
from shared.events.vocabulary import Channel
from shared.privacy import Open


class IntakeEvent(Event):
    emitter: ClassVar[Emitter] = "intake"


WITHHELD = frozenset(
    {
        "about_unit", "restricted", "category", "geotagged", "kelurahan_code",
        "entered_by_unit", "reported_at", "quoted_reports",
    }
)  # fmt: skip
"""What the stream is not told of a complaint about officials."""


class ComplaintReceived(IntakeEvent):
    """A complaint was accepted on a channel. ``at`` is the instant of receipt (the SLA's zero).

    Of a confidential one from a desk neither category, place, desk, reported_at nor quoted_reports
    is told: among them are those about officials, and nobody may read here that he is complained
    of. Services claim these facts from intake (`shared.facts`).
    """

    report_number: Open[str]
    tracking_digest: Open[str]
    """Keyed hash (hex, 64) of the tracking code; the code itself is never on the bus."""
    lookup_key_id: Open[str | None] = None
    """Id of the key that the code is hashed under; null of before keys had ids."""
    channel: Open[Channel]
    content_ref: Open[UUID]
    """Text and position, to be claimed from intake's internal API."""
    reporter_ref: Open[UUID]
    """The sealed reporter in the vault; present also when the reporter left no contact."""
    reachable: Open[bool]
    """Whether a reply path exists on the channel of origin."""
    language: Open[Literal["id", "en"]] = "id"
    category: Open[str | None] = None
    """The citizen's category, a slug of routing's category table; never an officer's."""
    geotagged: Open[bool] = False
    kelurahan_code: Open[str | None] = None
    """Declared area (Kemendagri code) where the channel knows it; a point is in the content."""
    entered_by_unit: Open[str | None] = None
    """The office whose desk entered it."""
    anonymous: Open[bool] = False
    """*anonim*: the handling unit does not learn who reported."""
    confidential: Open[bool] = False
    """*rahasia*, or about officials: the report itself is not public."""
    reported_at: Open[datetime | None] = None
    """When the citizen says it was reported (device or paper); the SLA runs from ``at``."""
    quoted_reports: Open[tuple[str, ...]] = ()
    """Report numbers found in the text."""

    @model_validator(mode="before")
    @classmethod
    def _as_silent_as_today(cls, said: Any) -> Any:
        """Events of earlier releases told whom a complaint is about. Such an event is read as a
        silent one: its facts are claimed, so that the case does not go to that very unit."""
        if isinstance(said, dict) and (said.get("about_unit") or said.get("restricted")):
            kept = {name: value for name, value in said.items() if name not in WITHHELD}
            return {**kept, "confidential": True}
        return said


class ComplaintSupplemented(IntakeEvent):
    """The reporter added something: an answer, a note, an edit."""

    content_ref: Open[UUID]
    kind: Open[Literal["answer", "note", "edit"]]
    automatic: Open[bool] = False
    """A machine's words, or nothing but a quote of ours: kept, and no answer to any question."""


class MediaReceived(IntakeEvent):
    """Files came with a message, in the order of ``refs``. They wait, sealed, to be made harmless;
    what becomes of each is media's to say."""

    content_ref: Open[UUID]
    refs: Open[tuple[UUID, ...]]


class ComplaintWithdrawn(IntakeEvent):
    """The reporter took it back, or the platform says that the post was deleted."""

    source: Open[Literal["citizen", "platform"]]


class ReporterErased(IntakeEvent):
    """Sealed identity and text are gone; refs answer 410 from now on."""

    reporter_ref: Open[UUID]
