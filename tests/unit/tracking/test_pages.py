"""The tracking page: every state in both languages, its headers, and what it never shows."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from jinja2 import UndefinedError

from services.tracking.disclosure import PublicCase
from services.tracking.domain import Act, CaseRecord, Notice, Stage, Supplement
from services.tracking.spoken import ERASED, UNAVAILABLE, Place, Said, Spoken
from services.tracking.web.case_page import compose
from services.tracking.web.english import ENGLISH
from services.tracking.web.indonesian import INDONESIAN
from services.tracking.web.languages import WORDS
from services.tracking.web.rendering import TrackingPages
from services.tracking.web.words import Words
from shared.events.vocabulary import (
    CLOSED_STATES,
    CaseState,
    Channel,
    NotificationTemplate,
    RejectionReason,
    ReopenReason,
)
from shared.web.labels import channel_name
from shared.web.languages import Language
from tests.builders import T0, a_complaint_id, at
from tests.unit.tracking import page_app

CODE = "7K3M-Q9TX-2BZD-0W4R"


def a_case(state: CaseState = CaseState.IN_PROGRESS, **fields: Any) -> CaseRecord:
    defaults: dict[str, Any] = {
        "complaint_id": a_complaint_id(),
        "report_number": "JK2411030001",
        "channel": Channel.EMAIL,
        "received_at": T0,
        "state": state,
        "unit_id": "dinas-bina-marga",
        "unit_name": "Dinas Bina Marga",
        "area_name": "Tebet Timur",
        "due_at": at(days=7),
        "original_due_at": at(days=7),
        "closed_at": at(days=1) if state in CLOSED_STATES else None,
        "stages": (
            Stage(CaseState.RECEIVED, "ComplaintReceived", T0),
            Stage(state, "WorkStarted", at(hours=1), "dinas-bina-marga", "Dinas Bina Marga"),
        ),
        "notices": (Notice(NotificationTemplate.CONFIRMATION, Channel.EMAIL, T0, "sent"),),
    }
    return CaseRecord(**{**defaults, **fields})


def a_client(view: CaseRecord | None = None, spoken: Spoken = page_app.SILENCE) -> TestClient:
    return TestClient(page_app.build({CODE: view} if view else {}, at(days=1), spoken))


def ask(
    view: CaseRecord | None, lang: str = "id", code: str = CODE, spoken: Spoken = page_app.SILENCE
) -> Any:
    return a_client(view, spoken).post(f"/lacak?lang={lang}", data={"code": code})


@pytest.mark.parametrize("state", list(CaseState))
def test_every_state_has_a_page_in_both_languages(state: CaseState) -> None:
    for lang, words in WORDS.items():
        answer = ask(a_case(state), lang)
        assert answer.status_code == 200
        assert f'<html lang="{lang}">' in answer.text
        for text in (words.headlines[state], words.labels[state], words.following[state]):
            assert text in answer.text.replace("&#39;", "'")
        assert answer.text.count("<h1>") == 1


def test_the_due_date_is_told_in_jakartas_time() -> None:
    assert "Minggu, 10 November 2024" in ask(a_case()).text
    assert "09.00 WIB" in ask(a_case()).text
    english = ask(a_case(), "en").text
    assert "Sunday, 10 November 2024" in english
    assert "09:00 WIB" in english


def test_an_extended_case_shows_the_original_date_beside_the_new_one() -> None:
    text = ask(a_case(due_at=at(days=14), due_extended=True)).text
    assert "Minggu, 17 November 2024" in text
    assert "Tenggat semula" in text
    assert "Minggu, 10 November 2024" in text


def test_a_date_that_a_question_or_nothing_moved_has_no_original_beside_it() -> None:
    for view in (a_case(), a_case(due_at=at(days=14)), a_case(due_at=None, original_due_at=None)):
        assert "Tenggat semula" not in ask(view).text


def test_a_later_date_that_was_asked_for_is_told_with_what_became_of_it() -> None:
    asked = Act("ExtensionRequested", at(days=1), until=at(days=14))
    refused = Act("ExtensionRefused", at(days=2))
    text = ask(a_case(acts=(asked, refused))).text
    assert "Perpanjangan tenggat" in text
    assert "Sampai Minggu, 17 November 2024" in text
    assert "tidak disetujui, Selasa, 5 November 2024" in text
    assert "Perpanjangan tenggat" not in ask(a_case()).text


def test_a_late_case_says_so_and_a_closed_one_does_not() -> None:
    passed = INDONESIAN.texts["due_passed"]
    assert passed in ask(a_case(due_at=at(hours=2))).text
    assert passed not in ask(a_case(CaseState.COMPLETED, due_at=at(hours=2))).text


def test_a_case_whose_clock_waits_for_the_citizen_is_not_late() -> None:
    waiting = a_case(due_at=at(hours=2), question_open=True, question_ref=REF)
    passed = INDONESIAN.texts["due_passed"]
    assert passed not in ask(waiting).text
    assert passed in ask(waiting._replace(lapsed_questions=(REF,))).text


def test_a_limit_that_is_reached_has_passed() -> None:
    passed, now = INDONESIAN.texts["due_passed"], at(days=1)
    assert passed in ask(a_case(due_at=now)).text
    assert passed not in ask(a_case(due_at=now + timedelta(microseconds=1))).text


def test_a_question_to_the_citizen_is_shown_while_it_is_open() -> None:
    asked = INDONESIAN.texts["question_open"]
    assert asked in ask(a_case(question_open=True)).text
    assert asked not in ask(a_case()).text


REF = UUID(int=71)
NOTE, COMPLAINT, ADDED, REPLY = (UUID(int=number) for number in range(72, 76))


def said(**texts: str) -> Spoken:
    """What routing and intake gave: ``question``, ``note``, ``complaint``, ``added``, ``reply``."""
    refs = {"question": REF, "note": NOTE, "complaint": COMPLAINT, "added": ADDED, "reply": REPLY}
    return Spoken({refs[name]: Said("ok", text) for name, text in texts.items()})


def a_whole_case(**fields: Any) -> CaseRecord:
    """Written, added to, asked and answered."""
    return a_case(
        content_ref=COMPLAINT,
        supplements=(Supplement(ADDED, "note", at(2)), Supplement(REPLY, "answer", at(4))),
        acts=(Act("CitizenQuestioned", at(3), REF), Act("CitizenAnswered", at(4), REPLY)),
        **fields,
    )


WORDS_OF_ALL = {
    "question": "Di gang yang mana?", "complaint": "Ada lubang.", "added": "Makin besar.",
    "reply": "Gang Mawar.",
}  # fmt: skip


@pytest.mark.parametrize("confidential", [True, False])
@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_reporter_reads_all_they_wrote_and_the_question_above_their_answer(
    lang: Language, confidential: bool
) -> None:
    case = a_whole_case(confidential=confidential, decided_category="parkir-liar")
    text = ask(case, lang, spoken=said(**WORDS_OF_ALL)).text
    for words in (*WORDS_OF_ALL.values(), "JK2411030001", "Parkir Liar"):
        assert text.count(words) == 1
    assert "Dinas Bina Marga" in text
    assert text.index("Di gang yang mana?") < text.index("Gang Mawar.")
    assert text.index("Ada lubang.") < text.index("Makin besar.")
    assert (WORDS[lang].texts["confidential"] in text) == confidential


def test_the_place_is_shown_as_it_was_given() -> None:
    place = Place("Depan <pos> RW 03", -6.2261812345, 106.8554)
    spoken = Spoken({COMPLAINT: Said("ok", "Ada lubang.", place)})
    text = ask(a_case(content_ref=COMPLAINT), spoken=spoken).text
    assert "Lokasi: Depan &lt;pos&gt; RW 03" in text
    assert "Titik lokasi diterima: -6.22618, 106.85540" in text
    for given, absent in (
        (Place(None, -6.2, 106.8), "Lokasi:"),
        (Place("Pos", None, None), "Titik"),
    ):
        spoken = Spoken({COMPLAINT: Said("ok", "Ada lubang.", given)})
        assert absent not in ask(a_case(content_ref=COMPLAINT), spoken=spoken).text


def test_a_message_without_words_is_shown_by_its_place_and_date() -> None:
    spoken = Spoken({COMPLAINT: Said("ok", "", Place(None, -6.2, 106.8))})
    text = ask(a_case(content_ref=COMPLAINT), spoken=spoken).text
    assert "-6.20000, 106.80000" in text
    assert 'class="said"' not in text


def test_of_a_complaint_about_officials_the_page_shows_dates_and_the_answer_alone() -> None:
    case = a_whole_case(
        restricted=True, decided_category="parkir-liar", note_ref=NOTE,
        state=CaseState.COMPLETED, closed_at=at(days=1),
    )  # fmt: skip
    text = ask(case, spoken=said(**WORDS_OF_ALL, note="Sudah diperiksa.")).text
    for hidden in (
        *WORDS_OF_ALL.values(), "JK2411030001", "Dinas Bina Marga", "Tebet Timur", "Parkir Liar",
        "dki@jakarta.go.id", INDONESIAN.texts["confidential"], INDONESIAN.texts["own"],
    ):  # fmt: skip
        assert hidden not in text
    for told in ("Sudah diperiksa.", "Minggu, 10 November 2024", INDONESIAN.texts["restricted"]):
        assert told in text


def test_the_answer_of_an_end_that_was_undone_stands_in_the_history() -> None:
    stages = (
        Stage(CaseState.RECEIVED, "ComplaintReceived", T0),
        Stage(CaseState.REJECTED, "CaseRejected", at(2), "x", "Dinas Bina Marga"),
        Stage(CaseState.RECEIVED, "CaseReopened", at(3), "x", "Dinas Bina Marga"),
    )
    acts = (
        Act("CaseRejected", at(2), NOTE, "abusive"), Act("CaseReopened", at(3), None, "appeal"),
    )  # fmt: skip
    case = a_case(CaseState.RECEIVED, stages=stages, acts=acts, reopened=1)
    text = ask(case, spoken=said(note="Tidak sopan.")).text
    for told in (INDONESIAN.rejections[RejectionReason.ABUSIVE], "Tidak sopan.",
                 INDONESIAN.reopenings[ReopenReason.APPEAL]):  # fmt: skip
        assert text.count(told) == 1
    again = case._replace(
        state=CaseState.REJECTED, closed_at=at(4), rejection=RejectionReason.ABUSIVE, note_ref=NOTE,
        stages=stages[:2], acts=acts[:1],
    )  # fmt: skip
    assert ask(again, spoken=said(note="Tidak sopan.")).text.count("Tidak sopan.") == 1


@pytest.mark.parametrize("lang", ["id", "en"])
def test_what_was_erased_is_said_to_be_and_nothing_is_asked_any_more(lang: Language) -> None:
    gone = Spoken(dict.fromkeys((REF, COMPLAINT, ADDED, REPLY), ERASED), erased=True)
    case = a_whole_case(erased=True, question_open=True, question_ref=REF)
    text = ask(case, lang, spoken=gone).text
    assert WORDS[lang].texts["words_erased"].replace("'", "&#39;") in text
    assert WORDS[lang].texts["erased"].replace("'", "&#39;") in text
    assert "<textarea" not in text
    assert WORDS[lang].following[CaseState.IN_PROGRESS].replace("'", "&#39;") in text
    ended = ask(a_whole_case(erased=True, state=CaseState.COMPLETED), lang, spoken=gone).text
    assert WORDS[lang].texts["erased_next"] in ended


def test_nothing_is_named_that_is_not_there() -> None:
    bare = CaseRecord(
        a_complaint_id(),
        received_at=T0,
        stages=(Stage(CaseState.RECEIVED, "ComplaintReceived", T0),),
    )
    text = ask(bare).text
    texts = INDONESIAN.texts
    absent = (
        "holder", "category", "area", "channel", "extension", "due_was", "closed", "exchanges",
        "evidence", "notices", "address", "point", "objection_until",
    )  # fmt: skip
    for name in absent:
        assert texts[name] not in text, name
    assert "None" not in text


def test_evidence_is_counted_where_there_is_some() -> None:
    done = a_case(CaseState.COMPLETED, note_ref=NOTE, evidence_count=2)
    assert "Bukti hasil kerja: 2" in ask(done, spoken=said(note="Beres.")).text
    none = done._replace(evidence_count=0)
    assert "Bukti hasil kerja" not in ask(none, spoken=said(note="Beres.")).text


@pytest.mark.parametrize("state", [CaseState.COMPLETED, CaseState.REJECTED])
def test_nobody_is_sent_to_object_when_the_time_for_it_is_over(state: CaseState) -> None:
    over, until = INDONESIAN.texts["objection_over"], INDONESIAN.texts["objection_until"]
    fresh = ask(a_case(state)).text
    assert (INDONESIAN.following[state] in fresh, until in fresh, over in fresh) == (
        True, True, False,
    )  # fmt: skip
    old = ask(a_case(state, closed_at=at(days=-9.5))).text
    assert (INDONESIAN.following[state] in old, until in old, over in old) == (False, False, True)


@pytest.mark.parametrize(("lang", "heading"), [
    ("id", "Pertanyaan petugas kepada Anda"), ("en", "An officer asks you"),
])  # fmt: skip
@pytest.mark.parametrize("confidential", [True, False])
def test_the_open_question_is_read_on_the_page_and_how_to_answer_it(
    lang: Language, heading: str, confidential: bool
) -> None:
    case = a_case(question_open=True, question_ref=REF, confidential=confidential)
    text = ask(case, lang, spoken=said(question="Di gang yang mana?")).text
    assert heading in text
    assert "Di gang yang mana?" in text
    assert WORDS[lang].texts["question_open"] in text


def test_everybodys_words_are_escaped() -> None:
    hostile = '<script>alert("x")</script> <b onclick="y">&amp; {{ t.title }}'
    case = a_whole_case(
        state=CaseState.COMPLETED, note_ref=NOTE, question_open=True, question_ref=REF
    )
    words = said(**dict.fromkeys(("question", "note", "complaint", "added", "reply"), hostile))
    text = ask(case, spoken=words).text
    assert "<script" not in text
    assert "<b onclick" not in text
    assert text.count("&lt;script&gt;") == 6
    assert "{{ t.title }}" in text


@pytest.mark.parametrize(("state", "heading"), [
    (CaseState.COMPLETED, "Yang telah dikerjakan"), (CaseState.REJECTED, "Keterangan petugas"),
])  # fmt: skip
def test_the_last_note_is_read_on_the_page(state: CaseState, heading: str) -> None:
    text = ask(a_case(state, note_ref=NOTE), spoken=said(note="Sudah diangkut.")).text
    assert heading in text
    assert "Sudah diangkut." in text
    assert heading not in ask(a_case(state)).text


@pytest.mark.parametrize("lang", ["id", "en"])
def test_while_the_words_cannot_be_had_the_page_says_so_and_shows_all_else(lang: Language) -> None:
    away = Spoken(dict.fromkeys((REF, NOTE, COMPLAINT, ADDED, REPLY), UNAVAILABLE))
    for case, places in (
        (a_case(question_open=True, question_ref=REF, content_ref=COMPLAINT), 2),
        (a_case(CaseState.COMPLETED, note_ref=NOTE, content_ref=COMPLAINT), 2),
        (a_whole_case(), 4),
    ):
        text = ask(case, lang, spoken=away).text
        assert text.count(WORDS[lang].texts["words_away"]) == places
        assert "JK2411030001" in text


@pytest.mark.parametrize("reason", list(RejectionReason))
def test_a_rejection_gives_its_reason(reason: RejectionReason) -> None:
    text = ask(a_case(CaseState.REJECTED, rejection=reason)).text
    assert INDONESIAN.rejections[reason] in text


def test_an_unknown_code_is_a_404_page_that_keeps_what_was_typed_for_correction() -> None:
    answer = ask(None, code="7k3m q9tx")
    assert answer.status_code == 404
    assert INDONESIAN.texts["not_found"] in answer.text
    assert 'value="7k3m q9tx"' in answer.text


def test_what_is_typed_is_escaped_and_cut() -> None:
    answer = ask(None, code='"><script>alert(1)</script>' + "A" * 500)
    assert "<script" not in answer.text
    assert "A" * 65 not in answer.text


def test_a_missing_field_is_answered_with_a_page_too() -> None:
    assert a_client().post("/lacak").status_code == 404


def test_a_form_that_is_too_large_is_refused() -> None:
    assert ask(None, code="A" * 10_000).status_code == 413


@pytest.mark.parametrize("which", ["form", "not found", "found"])
def test_pages_forbid_scripts_caching_and_referrers(which: str) -> None:
    asked: dict[str, Callable[[], Any]] = {
        "form": lambda: a_client().get("/"),
        "not found": lambda: ask(None),
        "found": lambda: ask(a_case()),
    }
    answer = asked[which]()
    headers: Mapping[str, str] = answer.headers
    policy = headers["content-security-policy"]
    assert policy == (
        "default-src 'none'; style-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; img-src https://media.example.org"
    )
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-language"] == "id"
    assert headers["vary"] == "Accept-Language"
    assert "set-cookie" not in headers
    for forbidden in ("<script", " style=", " onclick", "http://", "https://"):
        assert forbidden not in answer.text


@pytest.mark.parametrize("which", ["form", "found"])
def test_every_page_names_the_sheets_of_the_house_and_of_tracking_and_has_them(
    which: str,
) -> None:
    answer = a_client().get("/") if which == "form" else ask(a_case())
    addresses = re.findall(r'<link rel="stylesheet" href="([^"]+)">', answer.text)
    assert [each.partition("?")[0] for each in addresses] == [
        "static/house.css", "static/tracking.css",
    ]  # fmt: skip
    for address in addresses:
        sheet = a_client().get(answer.url.join(address))
        assert sheet.headers["content-type"].startswith("text/css")
        assert not re.search(r"url\(|@import", sheet.text)


@pytest.mark.parametrize(("lang", "other", "name"), [
    ("id", "en", "English"), ("en", "id", "Indonesia"),
])  # fmt: skip
def test_the_other_language_is_a_link_on_the_form_and_a_post_on_the_case(
    lang: str, other: str, name: str
) -> None:
    form = a_client().get(f"/?lang={lang}").text
    assert f'<a class="brand" href="./?lang={lang}">' in form
    assert f'href="./?lang={other}" hreflang="{other}" lang="{other}">{name}</a>' in form
    case = ask(a_case(), lang).text
    assert f'<form class="switch-form" method="post" action="lacak?lang={other}">' in case
    assert f'href="./?lang={other}"' not in case


def test_the_form_is_labelled_and_the_code_stays_out_of_the_url() -> None:
    text = a_client().get("/").text
    assert '<label for="code">' in text
    assert '<form class="card" method="post"' in text
    assert 'id="main"' in text


def test_both_languages_say_the_same_things() -> None:
    for field in fields(Words):
        one, other = (getattr(words, field.name) for words in (INDONESIAN, ENGLISH))
        if isinstance(one, Mapping):
            assert one.keys() == other.keys(), field.name
            assert all(other.values()), field.name
    assert set(INDONESIAN.headlines) == set(INDONESIAN.following) == set(CaseState)
    assert set(INDONESIAN.notices) == set(NotificationTemplate)


def test_a_channel_is_shown_by_its_proper_name_or_else_by_its_id_made_readable() -> None:
    assert channel_name(Channel.TWITTER) == "Twitter @DKIJakarta"
    assert channel_name("radio_kota") == "Radio Kota"


@pytest.mark.parametrize(("state", "done"), [
    (CaseState.RECEIVED, 1), (CaseState.DELEGATED, 1), (CaseState.IN_PROGRESS, 2),
    (CaseState.VERIFYING, 3), (CaseState.COMPLETED, 5), (CaseState.REJECTED, 0),
])  # fmt: skip
def test_the_rail_shows_how_far_the_case_is(state: CaseState, done: int) -> None:
    case = PublicCase(False, False, state, T0, None, None, None, ())
    if state == CaseState.RECEIVED:
        case = page_app.routed(case)
    page = compose(case, INDONESIAN, T0)
    assert sum(step.status == "done" for step in page.steps) == done


def test_a_template_fails_on_a_word_it_does_not_have() -> None:
    with pytest.raises(UndefinedError):
        TrackingPages(page_app.MEDIA).show("answer.html", INDONESIAN)


@pytest.mark.parametrize(
    ("language", "words"), [("id", "Sampaikan laporan"), ("en", "Report a problem")]
)
def test_the_page_leads_to_the_form_where_there_is_one(language: str, words: str) -> None:
    form = "https://lapor.example/v1/form"
    led = TestClient(page_app.build({}, T0, form_page=form)).get(f"/?lang={language}").text
    assert re.search(rf'<a [^>]*href="{form}"[^>]*>{words}</a>', led)
    assert words not in TestClient(page_app.build({}, T0)).get(f"/?lang={language}").text
