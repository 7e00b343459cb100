"""What the sla service is told by its environment."""

from datetime import date
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from shared.settings import ServiceSettings


class SlaSettings(ServiceSettings):
    service: ClassVar[str] = "sla"

    tick_seconds: Annotated[float, Field(gt=0)] = 0.5
    """The ticker rests so long when nothing is due."""
    tick_batch: Annotated[int, Field(ge=1)] = 500
    """Cases per transaction of the ticker, at most."""
    policies: Path | None = None
    """Table of limits (JSON); without it the default one holds."""
    holidays: frozenset[date] = frozenset()
    """Public holidays and *cuti bersama*, for policies in working time (JSON list of dates)."""
