"""The fourteen channels as their platforms speak: real-shaped, correctly signed requests.

Plays the outside for the demo, the bench and the tests. It shares no code with intake on
purpose: what signs here and what checks there must agree about the wire, not about a function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from deploy.rehearsal.callers import messages, platforms, social
from deploy.rehearsal.callers.call import (
    MAILBOX,
    NAME,
    PHONE,
    WIB,
    Call,
    Mail,
    Secrets,
    WireRequest,
)
from deploy.rehearsal.callers.desks import DESK_UNITS, Desk
from deploy.rehearsal.callers.messages import raw_mail_request
from deploy.rehearsal.callers.places import (
    CENGKARENG_BARAT,
    CIRACAS,
    KEBON_KACANG,
    SUNTER_AGUNG,
    TEBET_TIMUR,
    Place,
)
from deploy.rehearsal.callers.platforms import csrf_token, form_request
from deploy.rehearsal.callers.social import governor_meta_request

__all__ = [
    "DESK_UNITS",
    "MAILBOX",
    "NAME",
    "PHONE",
    "SAMPLE_TEXTS",
    "TEBET_TIMUR",
    "WIB",
    "Mail",
    "Place",
    "Secrets",
    "WireRequest",
    "a_text_of_its_own",
    "csrf_token",
    "form_request",
    "governor_meta_request",
    "raw_mail_request",
    "wire_request",
]


SAMPLE_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "jaki": "Jalan berlubang cukup dalam di dekat taman, sudah dua motor jatuh minggu ini.",
        "qlue": "Tumpukan sampah di tepi danau belum diangkut sejak tiga hari lalu.",
        "twitter": "@DKIJakarta mohon ditertibkan, parkir liar menutup trotoar depan pasar.",
        "facebook": "Min, lampu PJU di gang kami padam sudah seminggu, gelap sekali kalau malam.",
        "email": "Kantor di gedung sebelah tetap buka penuh padahal ada pembatasan kegiatan.",
        "balai_warga": "Saluran air depan rumah mampet dan meluap setiap kali hujan.",
        "lapor_1708": "Pohon tua miring ke arah jalan dan dikhawatirkan tumbang saat hujan.",
        "sms": "Banjir setinggi lutut di Kelurahan Ciracas RT 05, air belum surut sejak pagi.",
        "kelurahan": "Warga melaporkan coretan di dinding taman bermain anak.",
        "kecamatan": "Warga melaporkan pedagang kaki lima menutup trotoar di depan stasiun.",
        "walikota": "Warga melaporkan jalan lingkungan rusak setelah galian pipa.",
        "pendopo": "Warga menanyakan bantuan sosial yang belum diterima sejak bulan lalu.",
        "inspektorat": "Warga melaporkan permintaan uang saat mengurus surat pengantar.",
        "gubernur": "Pak, tolong taman di lingkungan kami dirawat, banyak lampu yang rusak.",
    }
)
"""One realistic complaint per channel; no person and no real event stands behind any."""


def a_text_of_its_own(channel: str, external_id: str) -> str:
    """The channel's text with a word made of the id.

    Intake takes the same words of the same sender for a machine's, and sends it no second receipt.
    """
    word = "".join(chr(ord("a") + ord(each) % 26) for each in external_id)
    return f"{SAMPLE_TEXTS[channel]} ({word})"


def wire_request(
    channel: str,
    secrets: Secrets,
    *,
    external_id: str,
    text: str,
    operator_token: str | None,
    now: datetime,
    photographs: str | None = None,
) -> WireRequest | Mail:
    """A complaint on ``channel`` as its platform would send it.

    secrets: the setting CHANNEL_SECRETS. external_id: the platform's id of the message; the same
    id again is the same message. operator_token: for the five desks, of an officer whose unit
    staffs the desk. now: aware. photographs: base address of the outside world, where the
    platforms keep a photograph of the message; None: it has none. Raises KeyError for an unknown
    channel, ValueError for a desk without a token.
    """
    return _CALLERS[channel](Call(secrets, external_id, text, operator_token, now, photographs))


_CALLERS: Mapping[str, Callable[[Call], WireRequest | Mail]] = MappingProxyType(
    {
        "jaki": platforms.jaki,
        "qlue": platforms.qlue,
        "twitter": social.twitter,
        "facebook": social.facebook,
        "email": messages.email,
        "balai_warga": platforms.balai_warga,
        "lapor_1708": platforms.lapor,
        "sms": messages.sms,
        "kelurahan": Desk("kelurahan", "coretan", TEBET_TIMUR),
        "kecamatan": Desk("kecamatan", "pkl-liar", KEBON_KACANG),
        "walikota": Desk("walikota", "jalan", CENGKARENG_BARAT),
        "pendopo": Desk("pendopo", "bantuan-sosial", CIRACAS),
        "inspektorat": Desk(
            "inspektorat", "keluhan-pelayanan", SUNTER_AGUNG, SUNTER_AGUNG.kelurahan_code
        ),
        "gubernur": social.governor,
    }
)
