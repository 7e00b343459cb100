"""Settings of tracking (``CRM_TRACKING_*``, then ``CRM_*``)."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from shared.settings import PublicUrl, ServiceSettings
from shared.shared_keys import SharedKeyRing


class TrackingSettings(ServiceSettings):
    service: ClassVar[str] = "tracking"

    lookup_key: SharedKeyRing
    """Hex, 32 bytes each: the keys under which intake hashes tracking codes, now the first one."""
    routing_url: str
    """Base address of routing, whose internal API gives officers' words by reference."""
    intake_url: str
    """Base address of intake, whose internal API takes citizens' answers and gives their words."""
    media_url: str
    """Base address of media, whose internal API gives links to pictures."""
    media_public_url: PublicUrl
    """Where readers' browsers fetch pictures: the pages let them fetch from there alone."""
    form_page: PublicUrl | Literal[""] = ""
    """Where a new report is written: the pages lead there."""
    words_seconds: Annotated[float, Field(gt=0)] = 1.0
    """Routing and intake each have this long to give words, and media to give links to pictures;
    then the page is shown without."""
    answer_seconds: Annotated[float, Field(gt=0)] = 5.0
    """Intake has this long to take an answer; then the citizen is asked to try again."""

    @model_validator(mode="after")
    def _can_sign(self) -> Self:
        if not self.service_key.get_secret_value():
            raise ValueError(
                "service_key must be given: calls to other services are signed with it"
            )
        return self
