"""The pages over a look-up that knows its cases by the code as typed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from fastapi import FastAPI

from services.tracking.disclosure import PublicCase, PublicStage, disclose
from services.tracking.domain import CaseRecord
from services.tracking.lookup import Found
from services.tracking.pictures import Pictures
from services.tracking.spoken import Spoken
from services.tracking.web.pages import create_router
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
from shared.testing import FixedClock

SILENCE = Spoken()
NO_PICTURES = Pictures()
MEDIA = "https://media.example.org"


class KnownCases:
    def __init__(self, views: Mapping[str, CaseRecord], spoken: Spoken, pictures: Pictures) -> None:
        self._views = views
        self._spoken = spoken
        self._pictures = pictures

    async def find(self, typed: str) -> Found | None:
        view = self._views.get(typed)
        case = disclose([view]) if view else None
        return Found(case, self._spoken, self._pictures) if case else None


class Taken:
    """Takes every answer, unless it is to meet an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.given: list[tuple[str, str]] = []

    async def give(self, code: str, text: str) -> None:
        if self.error is not None:
            raise self.error
        self.given.append((code, text))


def build(
    views: Mapping[str, CaseRecord],
    now: datetime,
    spoken: Spoken = SILENCE,
    answers: Taken | None = None,
    form_page: str = "",
    pictures: Pictures = NO_PICTURES,
) -> FastAPI:
    known = KnownCases(views, spoken, pictures)
    router = create_router(
        known,
        answers or Taken(),
        FixedClock(now),
        images_from=f"{MEDIA}/bilder",
        form_page=form_page,
    )
    return create_app("tracking", "Tracking", [router], Health(), Metrics())


def routed(case: PublicCase) -> PublicCase:
    """The case once a unit is found."""
    stage = PublicStage(case.state, "CaseRouted", case.received_at, "Kelurahan Tebet Timur")
    return replace(case, stages=(stage,))
