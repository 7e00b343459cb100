"""What a language of the page consists of: labels, sentences, dates in WIB."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from shared.clock import JAKARTA
from shared.events.vocabulary import CaseState, Channel, NotificationTemplate, RejectionReason

Language = Literal["id", "en"]


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
    notices: Mapping[NotificationTemplate, str]
    outcomes: Mapping[str, str]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    clock_format: str

    def date(self, at: datetime) -> str:
        """``Minggu, 3 November 2024``, the date in Jakarta."""
        local = at.astimezone(JAKARTA)
        weekday = self.weekdays[local.weekday()]
        return f"{weekday}, {local.day} {self.months[local.month - 1]} {local.year}"

    def time(self, at: datetime) -> str:
        """``09.00 WIB``"""
        return f"{at.astimezone(JAKARTA):{self.clock_format}} WIB"


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
