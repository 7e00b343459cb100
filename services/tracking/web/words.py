"""What a language of the page consists of: labels, sentences, dates in WIB."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.events.vocabulary import (
    CaseState,
    Channel,
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


CHANNEL_NAMES: Final[Mapping[str, str]] = {
    Channel.JAKI: "JAKI",
    Channel.QLUE: "Qlue",
    Channel.TWITTER: "Twitter @DKIJakarta",
    Channel.FACEBOOK: "Facebook Pemprov DKI Jakarta",
    Channel.EMAIL: "E-mail dki@jakarta.go.id",
    Channel.BALAI_WARGA: "Balai Warga",
    Channel.LAPOR_1708: "LAPOR! 1708",
    Channel.SMS: "SMS",
    Channel.KELURAHAN: "Kantor Kelurahan",
    Channel.KECAMATAN: "Kantor Kecamatan",
    Channel.WALIKOTA: "Kantor Wali Kota",
    Channel.PENDOPO: "Pendopo Balai Kota",
    Channel.INSPEKTORAT: "Inspektorat",
    Channel.GUBERNUR: "Media sosial Gubernur",
}
"""Proper names, the same in both languages."""


def channel_name(channel: str) -> str:
    """A channel's proper name; of one that has none here its id: ``radio_kota`` is Radio Kota."""
    return CHANNEL_NAMES.get(channel) or channel.replace("_", " ").title()
