"""What people read."""

from dataclasses import replace
from datetime import UTC, datetime
from string import Formatter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notify.wording import gsm7
from services.notify.wording.message import (
    CHAT_LIMIT,
    FIELD_LIMIT,
    PUBLIC_LIMIT,
    WORDS_LIMIT,
    Message,
    due_date,
    render,
)
from services.notify.wording.sentences import FRAMES, REASONS, REFUSALS, WORDINGS, Language
from shared.events.vocabulary import MediaRefusal, NotificationTemplate, RejectionReason
from tests.unit.notify.cases import a_case, a_delivery

CODE = "7K3M-Q9TX-2BZD-0W4R"
SITE = "crm.jakarta.go.id"
LANGUAGES: tuple[Language, ...] = ("id", "en")
EVERY = [(template, language) for template in NotificationTemplate for language in LANGUAGES]
DUE = datetime(2024, 11, 30, 20, 5, tzinfo=UTC)


def a_message(
    template: NotificationTemplate,
    language: Language = "id",
    unit: str | None = "Suku Dinas Bina Marga Kota Administrasi Jakarta Selatan",
    number: str = "JK2411030001",
    site: str = SITE,
    due: datetime = DUE,
    words: str | None = None,
) -> Message:
    delivery = a_delivery(
        template=template,
        unit_name=unit,
        due_at=due if template is NotificationTemplate.EXTENDED else None,
        rejection=RejectionReason.NOT_CITY_COMPETENCE
        if template is NotificationTemplate.REJECTED
        else None,
        refusal=MediaRefusal.NOT_FETCHED if template is NotificationTemplate.FILE_REFUSED else None,
    )
    return render(delivery, a_case(language=language, report_number=number), CODE, site, words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stage_has_every_text_in_both_languages(language: Language) -> None:
    for template in NotificationTemplate:
        message = a_message(template, language)
        for text in (message.subject, message.text, message.sms, message.plain, message.receipt):
            assert "{" not in text, template
            assert "JK2411030001" in text, template
        for text in (message.text, message.sms, message.receipt):
            assert CODE in text, template


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_is_in_no_public_text_and_in_no_subject(language: Language) -> None:
    for template in NotificationTemplate:
        message = a_message(template, language)
        for text in (message.public, message.plain, message.subject, repr(message)):
            assert CODE not in text, template
        assert "JK2411030001" in message.public, template


@given(
    st.sampled_from(EVERY),
    st.text(max_size=300) | st.sampled_from(["Dinas Pertamanan dan Hutan Kota", "€[]{}~^" * 30]),
    st.integers(1, 999_999).map(lambda n: f"JK241103{n:04d}"),
    st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001 (naive by contract)
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=4, max_size=32),
)
def test_every_short_message_is_one_message_of_160(
    stage: tuple[NotificationTemplate, Language], unit: str, number: str, due: datetime, site: str
) -> None:
    template, language = stage
    message = a_message(template, language, unit, number, site, due.replace(tzinfo=UTC))
    assert len(message.sms) <= gsm7.LIMIT
    assert gsm7.ALPHABET.issuperset(message.sms)
    assert number in message.sms
    assert CODE in message.sms
    assert len(message.public) <= PUBLIC_LIMIT


@given(st.text())
def test_folding_leaves_only_the_short_messages_alphabet(text: str) -> None:
    folded = gsm7.fold(text)
    assert gsm7.ALPHABET.issuperset(folded)
    assert gsm7.fold(folded) == folded.replace("\n", " ").replace("\r", " ")


def test_folding_keeps_what_can_be_read() -> None:
    assert gsm7.fold("Kelurahan Tebet Timur") == "Kelurahan Tebet Timur"
    assert gsm7.fold("Café “Ĳ” [A] – č") == 'Café "IJ" (A) - c'


def test_a_date_is_told_in_jakarta_time() -> None:
    assert due_date(DUE, "id") == "1 Desember 2024 pukul 03.05 WIB"
    assert due_date(DUE, "en") == "1 December 2024, 03:05 WIB"


def test_the_confirmation_names_number_code_and_what_comes_next() -> None:
    message = a_message(NotificationTemplate.CONFIRMATION)
    assert message.subject == "[JK2411030001] Laporan Anda telah kami terima"
    assert message.sms == (
        "CRM Jakarta: laporan JK2411030001 telah kami terima. Darurat: 112. "
        "Kode pelacakan: 7K3M-Q9TX-2BZD-0W4R. Cek: crm.jakarta.go.id"
    )
    assert "akan diteruskan kepada unit yang berwenang" in message.text
    assert SITE in message.text


def test_a_long_unit_name_is_cut_and_the_code_is_not() -> None:
    message = a_message(NotificationTemplate.ROUTED, unit="Unit " * 60)
    assert message.sms.endswith(f"Kode pelacakan: {CODE}. Cek: {SITE}")


def test_an_emergency_names_112() -> None:
    delivery = a_delivery(
        template=NotificationTemplate.REJECTED, rejection=RejectionReason.EMERGENCY
    )
    message = render(delivery, a_case(), CODE, SITE)
    assert "112" in message.text
    assert "112" in message.sms


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_answer_names_112_on_every_way(language: Language) -> None:
    answers = (
        a_message(NotificationTemplate.CONFIRMATION, language),
        asking(language),
        a_message(NotificationTemplate.EMERGENCY, language),
    )
    for message in answers:
        for text in (message.text, message.chat, message.sms, message.plain, message.public):
            assert "112" in text
        assert "112" in message.receipt


def test_who_may_be_in_danger_is_sent_to_112_in_a_public_reply_too() -> None:
    message = a_message(NotificationTemplate.EMERGENCY)
    assert "segera hubungi 112" in message.public
    assert not message.personal


def test_of_a_refused_file_the_reporter_learns_why_and_what_to_send_instead() -> None:
    delivery = a_delivery(template=NotificationTemplate.FILE_REFUSED, refusal=MediaRefusal.DAMAGED)
    message = render(delivery, a_case(), CODE, SITE)
    assert "karena berkasnya rusak atau terpotong di jalan." in message.text
    assert "JPEG" in message.text
    assert "lewat JAKI atau surel" in message.text
    assert "Laporan Anda tetap kami proses." in message.text
    assert "JPEG via JAKI/surel" in message.sms
    assert "erkas" not in message.public
    assert message.personal


def test_without_a_unit_the_sentence_still_reads() -> None:
    assert "unit yang berwenang" in a_message(NotificationTemplate.IN_PROGRESS, unit=None).text


def test_only_confidential_cases_are_private_only() -> None:
    case = a_case()
    delivery = a_delivery()
    assert not render(delivery, case, CODE, SITE).private_only
    assert render(delivery, replace(case, confidential=True), CODE, SITE).private_only


def test_wordings_use_known_values_alone_and_reasons_are_complete() -> None:
    known = {"number", "code", "site", "unit", "due", "reason"}
    for language in LANGUAGES:
        assert set(REASONS[language]) == set(RejectionReason)
        assert set(REFUSALS[language]) == set(MediaRefusal)
        for wording in WORDINGS[language].values():
            for text in (wording.title, wording.says, wording.then, wording.short, wording.heading):
                assert {name for _, name, _, _ in Formatter().parse(text) if name} <= known
        assert FRAMES[language].greeting


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_short_message_has_room_for_the_longest_site_and_number(language: Language) -> None:
    for template in NotificationTemplate:
        message = a_message(template, language, unit="", number="JK241103123456", site="s" * 32)
        assert len(message.sms) <= 160, template


# --- an officer's words ------------------------------------------------------------------

WORDS = "Di gang yang mana, {code}? Sebelah kiri atau kanan pos?"
CARRIERS = [
    (template, language)
    for template in (
        NotificationTemplate.QUESTION,
        NotificationTemplate.REJECTED,
        NotificationTemplate.COMPLETED,
    )
    for language in LANGUAGES
]


def test_an_officers_words_are_in_what_the_reporter_alone_reads_below_their_heading() -> None:
    headings = {
        ("question", "id"): "Pertanyaan petugas:",
        ("rejected", "id"): "Keterangan petugas:",
        ("completed", "id"): "Yang telah dikerjakan:",
        ("question", "en"): "The officer asks:",
        ("rejected", "en"): "The officer explains:",
        ("completed", "en"): "What was done:",
    }
    for template, language in CARRIERS:
        message = a_message(template, language, words=WORDS)
        heading = headings[template, language]
        for text in (message.text, message.chat, message.receipt):
            assert f"{heading}\n{WORDS}\n" in text
        assert message.words == WORDS


@given(st.sampled_from(CARRIERS), st.text(min_size=12, max_size=5000))
def test_an_officers_words_are_in_no_short_message_and_in_nothing_public(
    stage: tuple[NotificationTemplate, Language], words: str
) -> None:
    template, language = stage
    without = a_message(template, language)
    message = a_message(template, language, words=words)
    for name in ("sms", "public", "plain", "subject"):
        assert getattr(message, name) == getattr(without, name)


def test_without_words_the_message_has_no_heading_for_them() -> None:
    for template, language in CARRIERS:
        message = a_message(template, language)
        assert WORDINGS[language][template].heading not in message.text
        assert message.words is None
        assert message.chat == message.text


@given(
    st.sampled_from(CARRIERS),
    st.integers(1, 6000).map(lambda length: "kata " * (length // 5) + "x"),
    st.text(max_size=300),
)
def test_words_are_cut_to_what_each_way_can_carry_and_say_where_the_rest_is(
    stage: tuple[NotificationTemplate, Language], words: str, unit: str
) -> None:
    template, language = stage
    message = a_message(template, language, unit, words=words)
    assert len(message.chat) <= CHAT_LIMIT
    assert message.words is not None
    assert len(message.words) <= FIELD_LIMIT
    rest = FRAMES[language].words_rest.format(site=SITE)
    assert message.words == words or message.words.endswith(rest)
    assert (words in message.text) == (len(words) <= WORDS_LIMIT)
    assert CODE in message.chat
    assert FRAMES[language].closing in message.chat


def test_words_are_shown_as_they_are_and_never_filled_in() -> None:
    message = a_message(NotificationTemplate.QUESTION, words="{code} {0} %s {unit.__class__}")
    assert "{code} {0} %s {unit.__class__}" in message.text


def test_words_are_in_no_repr() -> None:
    assert WORDS not in repr(a_message(NotificationTemplate.QUESTION, words=WORDS))


def asking(language: Language, number: str = "JK2411030001", site: str = SITE) -> Message:
    case = a_case(language=language, report_number=number)
    delivery = a_delivery(template=NotificationTemplate.CONFIRMATION)
    return render(delivery, case, CODE, site, needs_words=True)


@pytest.mark.parametrize(
    ("language", "ask"),
    [("id", "apa yang terjadi"), ("en", "what happened")],
)
def test_who_sent_no_words_is_asked_for_them_on_every_way(language: Language, ask: str) -> None:
    message = asking(language)
    for text in (message.subject, message.text, message.chat, message.sms, message.receipt):
        assert ask in text
    for text in (message.plain, message.public):
        assert ask in text
        assert CODE not in text
    assert len(message.public) <= PUBLIC_LIMIT
    assert "JK2411030001" in message.sms
    assert CODE in message.sms


@example("id", 999_999, 32)
@example("en", 999_999, 32)
@given(st.sampled_from(LANGUAGES), st.integers(1, 999_999), st.integers(4, 32))
def test_asking_for_words_is_one_short_message(language: Language, n: int, site: int) -> None:
    sms = asking(language, f"JK241103{n:04d}", "s" * site).sms
    assert len(sms) <= gsm7.LIMIT
    assert gsm7.ALPHABET.issuperset(sms)


def test_only_the_receipt_asks_for_words() -> None:
    delivery = a_delivery(template=NotificationTemplate.WITHDRAWN)
    message = render(delivery, a_case(), CODE, SITE, needs_words=True)
    assert "Tuliskan" not in message.text
