"""A delivery as the texts of a message: for a mail, a push, a short message, a public reply.

Texts for the reporter alone hold the tracking code and the officer's words. Public texts hold
neither. A short message holds the code and never the words, because locked screens show it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.notify.domain import Case, Delivery
from services.notify.wording import gsm7
from services.notify.wording.sentences import (
    ASKING_FOR_WORDS,
    FRAMES,
    REASONS,
    REFUSALS,
    WORDINGS,
    Frame,
    Language,
    Wording,
)
from shared.clock import JAKARTA
from shared.events.vocabulary import Channel, NotificationTemplate
from shared.web.dates import day, time_of_day

PUBLIC_LIMIT = 280
"""Characters of a post on X, the shortest public text."""

CHAT_LIMIT = 2000
"""Characters of a message of Meta's Send API; X takes longer ones."""

WORDS_LIMIT = 4000
"""Characters of an officer's words in a mail; routing takes no more from officers."""

FIELD_LIMIT = 2000
"""Characters of an officer's words in a field of a platform's webhook."""

RECEIPT_LIMIT = 600
"""Characters of an officer's words on a printed receipt."""

PERSONAL = frozenset(
    {
        NotificationTemplate.CONFIRMATION,
        NotificationTemplate.QUESTION,
        NotificationTemplate.REJECTED,
        NotificationTemplate.FILE_REFUSED,
    }
)
"""Told in private where a private way exists: they hold the code, a question, a refusal or
what was sent with a report."""

_SENDER = "CRM Jakarta: "
_RULE = "-" * 32


@dataclass(frozen=True, slots=True)
class Message:
    """What an adapter sends. Of its texts only officers' words may say what the report is about.

    key: the delivery's id, the provider's idempotency key. text: a mail for the reporter alone,
    with the tracking code and the officer's words. chat: the same in at most 2000 characters.
    sms: 160 characters with the code. plain: for a platform that may show it to others. words: the
    officer's words for such a platform, to be shown to the reporter alone. public: a post of at
    most 280 characters. private_only: nothing may be said in public. personal: a private way is
    preferred. at: when the delivery was decided.
    """

    key: UUID
    channel: Channel
    template: NotificationTemplate
    language: Language
    report_number: str
    tracking_code: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    chat: str = field(repr=False)
    sms: str = field(repr=False)
    plain: str
    words: str | None = field(repr=False)
    public: str
    receipt: str = field(repr=False)
    private_only: bool
    personal: bool
    at: datetime


def render(
    delivery: Delivery,
    case: Case,
    tracking_code: str,
    site: str,
    words: str | None = None,
    *,
    needs_words: bool = False,
) -> Message:
    """All texts of a delivery.

    ``site``: where a code is typed in, at most 32 characters. ``words``: what an officer wrote to
    the reporter; it is shown as it is, and ``{code}`` in it is not filled in. ``needs_words``: the
    report came without words, and its receipt asks for them.
    """
    language = case.language
    frame, wording = FRAMES[language], WORDINGS[language][delivery.template]
    if needs_words and delivery.template is NotificationTemplate.CONFIRMATION:
        wording = ASKING_FOR_WORDS[language]
    values = {
        "number": case.report_number,
        "code": tracking_code,
        "site": site,
        "unit": delivery.unit_name or frame.someone,
        "due": due_date(delivery.due_at, language) if delivery.due_at else "",
        "reason": _reason(delivery, language),
    }
    rest = frame.words_rest.format_map(values)
    return Message(
        key=delivery.id,
        channel=case.channel,
        template=delivery.template,
        language=language,
        report_number=case.report_number,
        tracking_code=tracking_code,
        subject=f"[{case.report_number}] {wording.title}",
        text=_text(frame, wording, values, _cut(words, WORDS_LIMIT, rest)),
        chat=_chat(frame, wording, values, words, rest),
        sms=_sms(frame, wording, values, delivery.due_at),
        plain=_plain(frame, wording, values),
        words=_cut(words, FIELD_LIMIT, rest),
        public=_public(frame, wording, delivery.template, values),
        receipt=_receipt(frame, wording, values, _cut(words, RECEIPT_LIMIT, rest)),
        private_only=case.confidential,
        personal=delivery.template in PERSONAL,
        at=delivery.created_at,
    )


def _reason(delivery: Delivery, language: Language) -> str:
    if delivery.refusal:
        return REFUSALS[language][delivery.refusal]
    return REASONS[language][delivery.rejection] if delivery.rejection else ""


def due_date(at: datetime, language: Language) -> str:
    """``12 November 2024 pukul 09.00 WIB``"""
    joint = " pukul " if language == "id" else ", "
    return f"{day(at, language)}{joint}{time_of_day(at, language)}"


def _sentence(pattern: str, values: dict[str, str]) -> str:
    sentence = pattern.format_map(values)
    return sentence[:1].upper() + sentence[1:]


def _text(frame: Frame, wording: Wording, values: dict[str, str], words: str | None) -> str:
    return "\n".join(
        (
            frame.greeting,
            "",
            _sentence(wording.says, values),
            *_quoted(wording, words),
            wording.then.format_map(values),
            "",
            frame.number.format_map(values),
            frame.code.format_map(values),
            frame.track.format_map(values),
            "",
            frame.closing,
        )
    )


def _quoted(wording: Wording, words: str | None) -> tuple[str, ...]:
    return ("", wording.heading, words, "") if words else ()


def _chat(
    frame: Frame, wording: Wording, values: dict[str, str], words: str | None, rest: str
) -> str:
    if not words:
        return _text(frame, wording, values, None)
    around = len(_text(frame, wording, values, "-")) - 1
    return _text(frame, wording, values, _cut(words, CHAT_LIMIT - around, rest))


def _cut(words: str | None, limit: int, rest: str) -> str | None:
    """``words`` in at most ``limit`` characters; ``rest`` says where the whole text is."""
    if words is None or len(words) <= limit:
        return words
    ending = f"... {rest}"
    return words[: max(limit - len(ending), 0)].rstrip() + ending


def _sms(frame: Frame, wording: Wording, values: dict[str, str], due: datetime | None) -> str:
    short = {**values, "unit": gsm7.fold(values["unit"])}
    if due is not None:
        short["due"] = f"{due.astimezone(JAKARTA):%d-%m-%Y %H.%M} WIB"
    pattern = f"{_SENDER}{wording.short} {frame.short_code}. {frame.short_site}"
    return fitted(lambda unit: gsm7.fold(pattern.format_map({**short, "unit": unit})),
                  short["unit"], gsm7.LIMIT)  # fmt: skip


def _plain(frame: Frame, wording: Wording, values: dict[str, str]) -> str:
    news = _sentence(wording.says, values)
    rest = f"{wording.then} {frame.public_number}".format_map(values)
    return f"{news} {rest}"


def _public(
    frame: Frame, wording: Wording, template: NotificationTemplate, values: dict[str, str]
) -> str:
    if template is NotificationTemplate.CONFIRMATION:
        numbers = f"{frame.public_number} {frame.public_code}"
        pattern = f"{wording.says} {numbers} {frame.public_emergency}"
    elif template in PERSONAL:
        pattern = frame.public_notice
    else:
        pattern = f"{wording.says} {frame.public_number}"
    return fitted(lambda unit: pattern.format_map({**values, "unit": unit}),
                  values["unit"], PUBLIC_LIMIT)  # fmt: skip


def _receipt(frame: Frame, wording: Wording, values: dict[str, str], words: str | None) -> str:
    return "\n".join(
        (
            "PEMERINTAH PROVINSI DKI JAKARTA",
            "Cepat Respon Masyarakat",
            _RULE,
            frame.receipt_title,
            frame.number.format_map(values),
            frame.code.format_map(values),
            _RULE,
            wording.says.format_map(values),
            *_quoted(wording, words),
            wording.then.format_map(values),
            frame.track.format_map(values),
            frame.receipt_keep,
        )
    )


def fitted(text: Callable[[str], str], unit: str, limit: int) -> str:
    """``text(unit)`` in at most ``limit`` characters; what is cut is the unit's name."""
    whole = text(unit)
    if len(whole) <= limit:
        return whole
    room = len(unit) - (len(whole) - limit)
    return text(unit[: max(room - 1, 0)].rstrip() + ".")
