"""Failures on order: the next n calls of a kind are answered with an error."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class Fault(BaseModel):
    """`times` calls of `kind` are answered with `status` (for mail: an SMTP reply code).

    stored: the message is kept all the same, as by a provider whose answer got lost;
    delay_seconds: the answer comes that late, also with status 0, which means a normal answer;
    answer: the body of the failure (of mail: what follows the code); retry_after: the header.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str
    status: Annotated[int, Field(ge=0, le=599)]
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    stored: bool = False
    delay_seconds: Annotated[float, Field(ge=0, le=60)] = 0.0
    answer: dict[str, Any] | str | None = None
    retry_after: str | None = None


class Faults:
    """The orders that are still open, one per kind."""

    def __init__(self) -> None:
        self._open: dict[str, Fault] = {}

    def order(self, fault: Fault) -> None:
        """Replaces what was ordered for that kind."""
        self._open[fault.kind] = fault

    def clear(self) -> None:
        """Everything works again."""
        self._open.clear()

    def take(self, kind: str) -> Fault | None:
        """The fault for this one call, counted off."""
        fault = self._open.pop(kind, None)
        if fault is not None and fault.times > 1:
            self._open[kind] = fault.model_copy(update={"times": fault.times - 1})
        return fault

    def list(self) -> list[Fault]:
        """What is still open."""
        return [*self._open.values()]
