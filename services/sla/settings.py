"""What the sla service is told by its environment."""

from datetime import date
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from shared.settings import ServiceSettings


class SlaSettings(ServiceSettings):
    service: ClassVar[str] = "sla"

    routing_url: str
    """Base address of routing, whose internal API says who judges a unit's work."""
    intake_url: str
    """Base address of intake, whose internal API tells what the stream may not tell."""
    tick_seconds: Annotated[float, Field(gt=0)] = 0.5
    """The ticker rests so long when nothing is due."""
    tick_batch: Annotated[int, Field(ge=1)] = 500
    """Cases per transaction of the ticker, at most."""
    policies: Path | None = None
    """Table of limits (JSON); without it the default one holds."""
    holidays: frozenset[date] = frozenset()
    """Public holidays and *cuti bersama*, for policies in working time (JSON list of dates)."""

    @model_validator(mode="after")
    def _can_sign(self) -> Self:
        if not self.service_key.get_secret_value():
            raise ValueError(
                "service_key must be given: calls to other services are signed with it"
            )
        return self
