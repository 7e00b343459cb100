"""What is to be seeded, and what is said while it is."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class Order(BaseModel):
    """``cases`` in the two years before ``until``, a midnight of Jakarta. ``processes``: that make
    them side by side."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: int = Field(ge=1, le=10_000_000)
    seed: int
    until: datetime
    processes: int = Field(ge=1, le=16)


class Progress(BaseModel):
    """A line of output: so many cases more are stored, or what is done now."""

    cases: int = 0
    phase: str | None = None
