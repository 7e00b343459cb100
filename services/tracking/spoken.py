"""Words to the holder of a code: asked of routing and intake while a page is made, kept nowhere."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol
from uuid import UUID

from services.tracking.disclosure import PublicCase
from shared.errors import Reject, Transient
from shared.telemetry import describe, get_logger

WordsStatus = Literal["ok", "erased", "withheld", "unavailable"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is, as the reporter gave it. WGS84 degrees."""

    address: str | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Said:
    """Words (class C1) for the holder of the code.

    erased: on the reporter's wish. withheld: there are none that may be told. unavailable: there
    are some, and they cannot be had now.
    """

    status: WordsStatus
    text: str | None = field(default=None, repr=False)
    place: Place | None = field(default=None, repr=False)


UNAVAILABLE: Final = Said("unavailable")
ERASED: Final = Said("erased")
WITHHELD: Final = Said("withheld")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said in a case, by reference. ``erased``: its reporter is."""

    said: Mapping[UUID, Said] = field(default_factory=dict, repr=False)
    erased: bool = False

    def of(self, ref: UUID | None) -> Said:
        """The words of ``ref``; of None, which stands for words without a reference, there are
        none to be had."""
        if ref is None:
            return ERASED if self.erased else UNAVAILABLE
        return self.said.get(ref, ERASED if self.erased else WITHHELD)

    @property
    def away(self) -> bool:
        """There are words that may be had in a moment."""
        return UNAVAILABLE in self.said.values()


class Claimant(Protocol):
    async def claim(self, refs: Sequence[UUID]) -> Mapping[UUID, Said]:
        """The words of ``refs`` by ref. Raises Transient or Reject."""


class Speech:
    """Claims words with little patience: the rest of the page does not wait for them."""

    def __init__(self, officers: Claimant, reporter: Claimant, seconds: float) -> None:
        """``seconds``: what each of both has."""
        self._officers = officers
        self._reporter = reporter
        self._seconds = seconds
        self._log = get_logger("tracking")

    async def about(self, case: PublicCase) -> Spoken:
        """The words of ``case``; raises nothing that routing or intake can cause."""
        officers, own = await asyncio.gather(
            self._claimed(self._officers, case.officers_refs),
            self._claimed(self._reporter, case.own_refs),
        )
        return Spoken({**officers, **own}, case.erased)

    async def _claimed(self, source: Claimant, refs: Sequence[UUID]) -> Mapping[UUID, Said]:
        if not refs:
            return {}
        try:
            async with asyncio.timeout(self._seconds):
                said = await source.claim(refs)
        except (Transient, Reject, TimeoutError) as error:
            self._log.warning("words_not_to_be_had", error=describe(error))
            return dict.fromkeys(refs, UNAVAILABLE)
        unclear = sum(each is UNAVAILABLE for each in said.values())
        if unclear:
            self._log.warning("words_not_understood", count=unclear)
        return said
