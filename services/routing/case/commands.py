"""What officers may ask of a case: a class per command, its ``verb`` as the interface says it."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.events.vocabulary import MediaFlag, RejectionReason, ReopenReason
from shared.instant import Instant

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
SHOWN = "Shown to the reporter word for word, {when}. Name nobody; write what anyone may read."
"""Description of a field whose words the reporter will read. Which they are: `disclosure.py`."""

UnitId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{1,80}$")]
AreaCode = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{2}(\.[0-9]{2}){0,2}(\.[0-9]{4})?$"),
    Field(examples=["31.74.01"]),
]
"""Kemendagri code of a province, city, kecamatan or kelurahan."""
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]


class Command(BaseModel):
    """Something an officer wants. ``verb``: how the interface calls it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    verb: ClassVar[str]

    @property
    def words(self) -> str | None:
        """Free text in it: stored in this service, never on the bus."""
        return None


class Noted(Command):
    """A command that may carry a note."""

    note: Text | None = None

    @property
    def words(self) -> str | None:
        return self.note


class Reasoned(Command):
    """A command that must say why."""

    reason: Text

    @property
    def words(self) -> str | None:
        return self.reason


class AcceptCase(Command):
    verb = "accept"


class CoordinateCase(Noted):
    verb = "coordinate"
    to_unit: UnitId


class DelegateCase(Noted):
    verb = "delegate"
    to_unit: UnitId


class ReturnCase(Reasoned):
    verb = "return"


class SubmitPlan(Command):
    verb = "plan"
    plan: Text
    complete_by: Instant

    @property
    def words(self) -> str | None:
        return self.plan


class ApprovePlan(Command):
    verb = "plan/approve"


class ReturnPlan(Reasoned):
    verb = "plan/return"


class StartWork(Command):
    verb = "start"


class AskCitizen(Command):
    verb = "question"
    question: Annotated[Text, Field(description=SHOWN.format(when="at once"))]

    @property
    def words(self) -> str | None:
        return self.question


class RequestExtension(Reasoned):
    verb = "extension"
    complete_by: Instant


class ApproveExtension(Command):
    verb = "extension/approve"


class RefuseExtension(Reasoned):
    verb = "extension/refuse"


class Evidence(BaseModel):
    """A picture or paper that proves the work. ``sha256``: hex, of the original bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    media_type: Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9.+-]{1,60}$")]
    taken_at: Instant | None = None


class NamedFlag(BaseModel):
    """What was found in a picture of evidence, and is accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    media_ref: UUID
    flag: MediaFlag


class SubmitFollowUp(Command):
    verb = "follow-up"
    text: Annotated[Text, Field(description=SHOWN.format(when="once the case is completed on it"))]
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=20)] = ()
    media: Annotated[
        tuple[UUID, ...],
        Field(max_length=20, description="Refs of cleared pictures: evidence of this case."),
    ] = ()

    @property
    def words(self) -> str | None:
        return self.text


class OrderVerification(Command):
    verb = "verification"


class ValidateFollowUp(Command):
    verb = "validation"
    accepted_flags: Annotated[
        tuple[NamedFlag, ...],
        Field(max_length=180, description="Each flag of each picture that the follow-up names."),
    ] = ()


class RefuseFollowUp(Reasoned):
    verb = "follow-up/refuse"


class RejectCase(Noted):
    verb = "reject"
    reason: RejectionReason
    note: Annotated[
        Text | None, Field(description=SHOWN.format(when="with the reason, at once"))
    ] = None


class ReopenCase(Noted):
    verb = "reopen"
    reason: ReopenReason
    to_unit: UnitId | None = None


class MergeCase(Command):
    verb = "merge"
    head: UUID


class SplitCase(Command):
    verb = "split"


class AssignFromTriage(Command):
    verb = "assign"
    unit: UnitId
    category: Slug
    kelurahan: UnitId | None = None
