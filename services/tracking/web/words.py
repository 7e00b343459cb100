"""What a language of the page consists of: labels, sentences, dates in WIB."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.events.vocabulary import (
    CaseState,
    MediaRefusal,
    NotificationTemplate,
    RejectionReason,
    ReopenReason,
)
from shared.web.dates import time_of_day, weekday_and_day
from shared.web.languages import Language


@dataclass(frozen=True, slots=True)
class Words:
    """One language of the page."""

    language: Language
    texts: Mapping[str, str]
    labels: Mapping[CaseState, str]
    headlines: Mapping[CaseState, str]
    following: Mapping[CaseState, str]
    events: Mapping[str, str]
    """What began a stage, where the label alone does not say it."""
    rail: tuple[str, ...]
    rejections: Mapping[RejectionReason, str]
    reopenings: Mapping[ReopenReason, str]
    refusals: Mapping[MediaRefusal, str]
    """Why a file was not kept, and what to do."""
    notices: Mapping[NotificationTemplate, str]
    outcomes: Mapping[str, str]

    @property
    def reasons(self) -> Mapping[str, str]:
        """What is said of a reason, whichever kind it is of."""
        said = (*self.rejections.items(), *self.reopenings.items())
        return {reason.value: text for reason, text in said}

    def date(self, at: datetime) -> str:
        """``Minggu, 3 November 2024``, the date in Jakarta."""
        return weekday_and_day(at, self.language)

    def time(self, at: datetime) -> str:
        """``09.00 WIB``"""
        return time_of_day(at, self.language)
