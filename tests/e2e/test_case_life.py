"""Long lives of cases, through the real doors of desk, routing, sla and tracking."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

import pytest

from deploy.rehearsal.callers import Mail
from services.tracking.web.indonesian import INDONESIAN
from tests.e2e.city import (
    ADMIN,
    AUDITOR,
    BIRO,
    KELURAHAN,
    VALIDATOR,
    City,
    Officer,
    Reported,
    officer_of,
    until,
)
from tests.e2e.wire import meta_delivery, meta_signed

pytestmark = pytest.mark.e2e

LURAH = officer_of(KELURAHAN)
ELSEWHERE = officer_of("31.71.07.1006")
TRIAGE = Officer("triage_officer", "triage")
DINAS = "dinas-bina-marga"
SUDIN = "sudin-bina-marga-31.74"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


# --- who holds it ------------------------------------------------------------------------


async def test_a_case_passes_from_the_kelurahan_by_one_dinas_to_a_third_unit_that_does_the_work(
    city: City,
) -> None:
    case = await city.report("sampah")
    assert await city.holder(case) == KELURAHAN
    await city.does(case, "accept", LURAH)
    await city.does(case, "coordinate", LURAH, to_unit="dinas-lingkungan-hidup", note="Bukan kami.")
    second = officer_of("dinas-lingkungan-hidup")
    after = await city.does(case, "coordinate", second, to_unit="satpol-pp", note="Perda.")
    assert after["unit_id"] == "satpol-pp"
    assert after["accepted"] is False
    await city.completed(case, "satpol-pp")
    expected = ["received", "coordinated", "in_progress", "awaiting_validation", "completed"]
    assert await city.states(case, "completed") == expected
    view = await city.track(case)
    units = [stage["unit"] for stage in view["stages"]]
    assert "Dinas Lingkungan Hidup" in units
    assert view["unit"] == units[-1]


async def test_a_dinas_hands_a_case_to_its_own_suku_dinas_and_gets_it_back_with_a_reason(
    city: City,
) -> None:
    case = await city.report("sampah")
    await city.does(case, "coordinate", LURAH, to_unit=DINAS)
    foreign = "sudin-sumber-daya-air-31.74"
    refused = await city.give(case, "delegate", officer_of(DINAS), {"to_unit": foreign})
    assert (refused.status, refused.body["field"]) == (409, "to_unit")
    after = await city.does(case, "delegate", officer_of(DINAS), to_unit=SUDIN, note="Tindak.")
    assert (after["state"], after["unit_id"]) == ("delegated", SUDIN)
    no_reason = await city.give(case, "return", officer_of(SUDIN))
    assert (no_reason.status, no_reason.body["field"]) == (422, "reason")
    after = await city.does(case, "return", officer_of(SUDIN), reason="Jalan provinsi.")
    assert (after["state"], after["unit_id"]) == ("received", DINAS)
    history = (await city.case(case, VALIDATOR)).body["history"]
    assert [step["words"] for step in history if step["event"] == "CaseReturned"] == [
        "Jalan provinsi."
    ]


async def test_a_case_without_a_place_waits_in_triage_until_the_desk_assigns_it(
    city: City,
) -> None:
    known, number = await _known(city, "facebook"), city.number()
    request = meta_signed(
        "/v1/channels/facebook/webhook",
        city.secrets["facebook"]["app_secret"],
        meta_delivery(
            city.secrets["facebook"]["page_id"], item="comment", verb="add", comment_id=number,
            message="Mohon perhatiannya untuk lingkungan kami.",
            **{"from": {"id": "3000000009", "name": "Pelapor Contoh"}},
        ),
    )  # fmt: skip
    assert (await city.running.send(request)).status == 200
    case = await _new_case(city, "facebook", known)
    waiting = await city.running.get("routing", "/v1/triage?limit=200", city.token(TRIAGE))
    assert case.complaint_id in [found["complaint_id"] for found in waiting.body["cases"]]
    after = await city.does(
        case, "assign", TRIAGE, unit=KELURAHAN, category="coretan", kelurahan=KELURAHAN
    )
    assert (after["unit_id"], after["category"]) == (KELURAHAN, "coretan")
    assert (await city.case(case, LURAH)).status == 200


async def _known(city: City, channel: str) -> set[str]:
    """The channel's cases so far."""
    return {case["complaint_id"] for case in await _cases(city, channel)}


async def _cases(city: City, channel: str) -> list[dict[str, Any]]:
    path = f"/v1/cases?channel={channel}&limit=200"
    found = await city.running.get("tracking", path, city.token(AUDITOR))
    return [case for case in found.body["cases"] if case["unit_name"] and case["due_at"]]


async def _new_case(city: City, channel: str, known: set[str]) -> Reported:
    """The channel's case that was not there before; its code is with its reporter alone."""

    async def look() -> list[dict[str, Any]]:
        return [case for case in await _cases(city, channel) if case["complaint_id"] not in known]

    [found] = await until(look, f"the new case by {channel}")
    return Reported(found["complaint_id"], found["report_number"], "")


# --- plan, question, later date ----------------------------------------------------------


async def test_road_work_starts_only_with_a_plan_that_the_biro_has_approved(city: City) -> None:
    case = await city.report("jalan")
    author = officer_of(SUDIN, "pegawai-1")
    assert await city.holder(case) == SUDIN
    assert (await city.give(case, "start", author)).status == 409
    plan = {"plan": "Tambal minggu depan.", "complete_by": in_days(6)}
    await city.does(case, "plan", author, **plan)
    await city.clock_shows(case, "plan_check", lambda c: c["stopped_at"] is None, "running")
    returned = await city.does(case, "plan/return", VALIDATOR, reason="Sebutkan regunya.")
    assert returned["state"] == "received"
    await city.does(case, "plan", author, **plan)
    approved = await city.does(case, "plan/approve", VALIDATOR)
    assert approved["state"] == "in_progress"
    await city.clock_shows(case, "plan_check", lambda c: c["stopped_at"], "stopped")
    await city.does(case, "follow-up", author, text="Selesai ditambal.")
    await city.does(case, "validation", VALIDATOR)
    assert "planned" in await city.states(case, "completed")


async def test_who_wrote_a_plan_or_a_follow_up_may_not_judge_it_even_in_another_role(
    city: City,
) -> None:
    case = await city.report("jalan")
    author = officer_of(SUDIN, "pegawai-2")
    same_person = Officer("biro", BIRO, "pegawai-2")
    await city.does(case, "plan", author, plan="Tambal.", complete_by=in_days(3))
    assert (await city.give(case, "plan/approve", author)).status == 403
    assert (await city.give(case, "plan/approve", same_person)).status == 403
    await city.does(case, "plan/approve", VALIDATOR)
    await city.does(case, "follow-up", author, text="Selesai.")
    assert (await city.give(case, "validation", author)).status == 403
    assert (await city.give(case, "validation", same_person)).status == 403
    after = await city.does(case, "validation", VALIDATOR)
    assert after["state"] == "completed"


async def test_a_question_to_the_citizen_pauses_the_clock_until_the_answer(city: City) -> None:
    case = await city.report("sampah")
    before = await city.clock_shows(case, "follow_up", lambda c: True, "set")
    await city.does(case, "question", LURAH, question="Di gang yang mana?")
    await city.clock_shows(case, "follow_up", lambda c: c["paused_since"], "paused")
    await city.tracked(case, lambda view: view["question_open"], "the open question")
    assert (await city.give(case, "question", LURAH, {"question": "Lagi?"})).status == 409
    await city.answer_question(case, words="Saya sedang cuti dan akan membalas hari Senin.")

    async def kept() -> bool:
        return len((await city.case(case, LURAH)).body["contents"]) == 2

    await until(kept, "the absence notice in the case")
    await city.tracked(case, lambda view: view["question_open"], "the question that is still open")
    await city.answer_question(case)
    after = await city.clock_shows(case, "follow_up", lambda c: not c["paused_since"], "running")
    assert instant(after["due_at"]) > instant(before["due_at"])
    assert after["original_due_at"] == before["due_at"]
    moved = instant(after["due_at"])
    view = await city.tracked(case, lambda view: instant(view["due_at"]) == moved, "the later date")
    assert not view["question_open"]
    assert view["original_due_at"] is None


async def test_a_citizen_reads_the_question_answers_by_mail_and_reads_what_was_done(
    city: City,
) -> None:
    sender = f"pelapor.{city.number()}@example.org"
    known = await _known(city, "email")
    await city.mail("Ada coretan di dinding Kel. Tebet Timur", sender)
    found = await _new_case(city, "email", known)
    case = Reported(found.complaint_id, found.report_number, await _code_in_mail(city, found))
    question = f"Di dinding <sebelah> mana, nomor {city.number()}?"
    await city.does(case, "question", LURAH, question=question)
    asked = await _left(city, case, "Kami memerlukan keterangan")
    assert question in asked["body"]
    assert asked["to"] == sender
    view = await city.tracked(case, lambda view: view["question"], "the question's words")
    assert (view["question"], view["confidential"]) == (question, True)
    assert view["report_number"] == case.report_number
    for lang in ("id", "en"):
        assert question.replace("<", "&lt;").replace(">", "&gt;") in await city.page(case, lang)
    await city.answer_question(case, sender)
    view = await city.tracked(case, lambda view: not view["question_open"], "the answer")
    [kept] = view["questions"]
    assert kept["text"] == question
    assert kept["answer"]["text"].endswith("Di gang sebelah pos.")
    assert view["own_words"][0]["kind"] == "complaint"
    assert "coretan di dinding" in view["own_words"][0]["text"]
    assert question.replace("<", "&lt;").replace(">", "&gt;") in await city.page(case)
    await city.completed(case, KELURAHAN)
    done = await _left(city, case, "telah selesai")
    assert "Sudah dikerjakan." in done["body"]
    view = await city.tracked_state(case, "completed")
    assert (view["note"], view["next"]) == ("Sudah dikerjakan.", ["object"])


async def _answered_on_the_page(city: City, case: Reported, words: str) -> None:
    """Sent twice, as an impatient person does; the officer and the reporter read it once."""
    taken = INDONESIAN.texts["answer_taken"]
    assert taken in await city.answer_on_the_page(case, words)
    again = await city.running.post(
        "tracking", "/v1/track/answer", {"code": case.code, "text": words}
    )
    # 200 while tracking has not heard of the first answer, 409 from then on.
    assert again.status in (200, 409)
    await city.tracked(case, lambda view: not view["question_open"], "the answer")
    seen = await city.case(case, officer_of("satpol-pp"))
    assert [content["text"] for content in seen.body["contents"]].count(words) == 1
    assert (await city.page(case)).count(escape(words)) == 1


async def test_whoever_reports_by_phone_reads_the_words_on_the_page_and_not_in_a_short_message(
    city: City,
) -> None:
    case = await city.report("coretan")
    await city.does(case, "coordinate", LURAH, to_unit="satpol-pp", note="Rahasia petugas.")
    await city.does(case, "question", officer_of("satpol-pp"), question="Di sisi mana?")
    view = await city.tracked(case, lambda view: view["question"], "the question's words")
    assert view["question"] == "Di sisi mana?"
    await _answered_on_the_page(city, case, "Di sisi <utara>, kanarijawabanq.")
    await city.completed(case, "satpol-pp")
    view = await city.tracked_state(case, "completed")
    assert view["note"] == "Sudah dikerjakan."
    assert "Sudah dikerjakan." in await city.page(case)
    await _left(city, case, "selesai")
    messages = await city.running.left(case.report_number)
    assert not [m for m in messages if "Di sisi mana?" in str(m) or "Sudah dikerja" in str(m)]
    everything = str([view, messages, await city.page(case)])
    assert "Rahasia petugas" not in everything


async def _left(city: City, case: Reported, words: str) -> dict[str, Any]:
    """The message to the case's reporter that holds ``words``, in subject or body."""

    async def look() -> list[dict[str, Any]]:
        return [m for m in await city.running.left(case.report_number) if words in str(m)]

    [found] = await until(look, f"a message that says {words!r}")
    return found


async def _code_in_mail(city: City, case: Reported) -> str:
    """The tracking code, as its reporter reads it in the confirmation."""
    confirmation = await _left(city, case, "telah kami terima")
    found = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", confirmation["body"])
    assert found
    return found[0]


async def test_a_later_date_moves_the_limit_and_the_original_stays_in_sight(city: City) -> None:
    case = await city.report("banjir")
    sudin = officer_of("sudin-sumber-daya-air-31.74")
    await city.does(case, "start", sudin)
    until = in_days(20)
    ask = {"reason": "Menunggu pompa.", "complete_by": until}
    await city.does(case, "extension", sudin, **ask)
    refused = await city.does(case, "extension/refuse", VALIDATOR, reason="Terlalu lama.")
    assert refused["extension_until"] is None
    await city.does(case, "extension", sudin, **ask)
    assert (await city.give(case, "extension/approve", sudin)).status == 403
    await city.does(case, "extension/approve", VALIDATOR)
    view = await city.tracked(
        case, lambda view: instant(view["due_at"]) == instant(until), "the later date"
    )
    week = instant(view["received_at"]) + timedelta(days=7)
    assert instant(view["original_due_at"]) == week
    assert [each["state"] for each in view["extensions"]] == ["refused", "approved"]
    assert {instant(each["until"]) for each in view["extensions"]} == {instant(until)}
    assert "Tenggat semula" in await city.page(case)
    assert not [note for note in ("Menunggu pompa", "Terlalu lama") if note in str(view)]
    third = await city.give(case, "extension", sudin, ask)
    assert third.status == 409
    assert "2 times" in third.body["detail"]


# --- how it ends -------------------------------------------------------------------------


async def test_a_refused_follow_up_is_repeated_until_it_is_right(city: City) -> None:
    case = await city.report("coretan")
    await city.does(case, "start", LURAH)
    proof = {"sha256": "0" * 64, "media_type": "image/jpeg"}
    await city.does(case, "follow-up", LURAH, text="Sudah dicat.", evidence=[proof])
    await city.does(case, "verification", VALIDATOR)
    after = await city.does(case, "follow-up/refuse", VALIDATOR, reason="Masih terlihat.")
    assert after["state"] == "follow_up_refused"
    await city.completed(case, KELURAHAN)
    assert await city.states(case, "completed") == [
        "received", "in_progress", "awaiting_validation", "verifying", "follow_up_refused",
        "in_progress", "awaiting_validation", "completed",
    ]  # fmt: skip


async def test_a_rejection_says_why_and_incomplete_needs_a_question_first(city: City) -> None:
    case = await city.report("sampah")
    early = await city.give(case, "reject", LURAH, {"reason": "incomplete"})
    assert (early.status, early.body["field"]) == (409, "reason")
    await city.does(case, "reject", LURAH, reason="not_city_competence", note="Milik pusat.")
    view = await city.tracked_state(case, "rejected")
    assert (view["rejection"], view["note"]) == ("not_city_competence", "Milik pusat.")
    assert view["closed_at"]
    assert view["next"] == ["appeal"]
    await _all_clocks_stop(city, case)


async def test_a_rejected_case_comes_back_on_appeal_with_a_new_limit(city: City) -> None:
    case = await city.report("sampah")
    await city.does(case, "reject", LURAH, reason="off_topic")
    await city.tracked_state(case, "rejected")
    wrong = await city.give(case, "reopen", VALIDATOR, {"reason": "citizen_objection"})
    assert (wrong.status, wrong.body["field"]) == (409, "reason")
    await city.does(case, "reopen", VALIDATOR, reason="appeal", note="Keberatan diterima.")
    view = await city.tracked_state(case, "received")
    assert view["closed_at"] is None
    assert (view["rejection"], view["next"]) == (None, [])
    await city.completed(case, KELURAHAN)
    view = await city.tracked_state(case, "completed")
    assert [(each["kind"], each["reason"]) for each in view["outcomes"]] == [
        ("rejected", "off_topic"), ("reopened", "appeal"), ("completed", None),
    ]  # fmt: skip
    assert "Keberatan diterima." not in str(view)


async def test_of_an_erased_reporter_the_page_says_so_and_shows_what_became_of_the_case(
    city: City,
) -> None:
    case = await city.report("sampah", text="Kanarihapusq di gang.")
    assert (await city.track(case))["own_words"][0]["text"] == "Kanarihapusq di gang."
    path, erasure = "/internal/v1/erasures", {"note": "Atas permintaan pelapor."}
    asking = {"complaint_id": case.complaint_id, **erasure}
    asked = await city.running.post("intake", path, asking, city.token(ADMIN))
    confirm = f"{path}/{asked.body['erasure_id']}/confirm"
    second = city.token(replace(ADMIN, subject="admin-2"))
    assert (await city.running.post("intake", confirm, erasure, second)).status == 200
    view = await city.tracked(case, lambda view: view["erased"], "the erasure")
    assert [(each["status"], each["text"]) for each in view["own_words"]] == [("erased", None)]
    assert view["report_number"] == case.report_number
    page = await city.page(case)
    assert "Kanarihapusq" not in page
    assert INDONESIAN.texts["words_erased"] in page


async def test_on_suspected_fraud_another_unit_must_take_the_reopened_case(city: City) -> None:
    case = await city.report("coretan")
    await city.completed(case, KELURAHAN)
    again = {"reason": "suspected_fraud", "to_unit": KELURAHAN}
    same = await city.give(case, "reopen", VALIDATOR, again)
    assert (same.status, same.body["field"]) == (409, "to_unit")
    after = await city.does(
        case, "reopen", VALIDATOR, reason="suspected_fraud", to_unit="satpol-pp"
    )
    assert after["unit_id"] == "satpol-pp"
    assert (await city.case(case, LURAH)).status == 404
    await city.completed(case, "satpol-pp")


async def test_a_merged_case_gets_the_heads_answer_and_keeps_its_own_code(city: City) -> None:
    head = await city.report("coretan", text="Kata pelapor pertama.")
    child = await city.report("coretan", text="Kata pelapor kedua.")
    await city.does(child, "merge", LURAH, head=head.complaint_id)
    view = await city.tracked(child, lambda view: view["merged"], "the merger")
    assert view["report_number"] == child.report_number
    assert [each["text"] for each in view["own_words"]] == ["Kata pelapor kedua."]
    await city.completed(head, KELURAHAN)
    view = await city.tracked_state(child, "completed")
    assert view["report_number"] == child.report_number
    assert view["note"] == "Sudah dikerjakan."
    assert "pertama" not in str(view) + await city.page(child)

    async def told() -> bool:
        messages = await city.running.left(child.report_number)
        return sum("keberatan" in message["body"].lower() for message in messages) == 1

    await until(told, "the answer, told to the merged case's own reporter")


async def test_a_case_that_was_split_off_goes_its_own_way_again(city: City) -> None:
    head, child = await city.report("coretan"), await city.report("coretan")
    await city.does(child, "merge", LURAH, head=head.complaint_id)
    after = await city.does(child, "split", LURAH)
    assert (after["state"], after["head_id"]) == ("received", None)
    await city.completed(child, KELURAHAN)
    await city.tracked_state(child, "completed")
    assert (await city.track(head))["state"] == "received"


async def test_a_comment_that_its_author_deletes_withdraws_the_case(city: City) -> None:
    secrets, number = city.secrets["facebook"], city.number()
    known = await _known(city, "facebook")
    path = "/v1/channels/facebook/webhook"
    marker = f"Ada coretan di dinding Kel. Tebet Timur {number}"
    add = meta_delivery(
        secrets["page_id"], item="comment", verb="add", comment_id=number, message=marker
    )
    assert (await city.running.send(meta_signed(path, secrets["app_secret"], add))).status == 200
    case = await _new_case(city, "facebook", known)
    remove = meta_delivery(secrets["page_id"], item="comment", verb="remove", comment_id=number)
    sent = await city.running.send(meta_signed(path, secrets["app_secret"], remove))
    assert sent.status == 200
    withdrawn = await until(lambda: _state_is(city, case, "withdrawn"), "the withdrawal")
    assert withdrawn["closed_at"]
    await _all_clocks_stop(city, case)


async def _all_clocks_stop(city: City, case: Reported) -> None:
    async def look() -> bool:
        clocks = await city.deadlines(case)
        return bool(clocks) and all(clock["stopped_at"] for clock in clocks.values())

    await until(look, "all clocks stopped")


async def _state_is(city: City, case: Reported, state: str) -> dict[str, Any]:
    found = await city.listed(case.complaint_id)
    return found if found.get("state") == state else {}


async def test_a_reply_by_mail_that_quotes_the_number_is_added_to_the_case(city: City) -> None:
    def mail(subject: str, *headers: str) -> Mail:
        lines = (
            "From: Pelapor Contoh <pelapor.contoh@example.org>",
            f"To: {recipient}",
            f"Subject: {subject}",
            f"Message-ID: <{city.number()}@example.org>",
            *headers,
        )
        return Mail(sender, recipient, ("\r\n".join(lines) + "\r\n\r\nRincian.\r\n").encode())

    sender, recipient = "pelapor.contoh@example.org", city.secrets["email"]["recipient"]
    known = await _known(city, "email")
    first = mail("Ada coretan di dinding Kel. Tebet Timur")
    assert (await city.running.post_mail(first)).accepted
    case = await _new_case(city, "email", known)
    reply = mail(f"Re: {case.report_number}", "In-Reply-To: <confirmation@example.org>")
    assert (await city.running.post_mail(reply)).accepted

    async def contents() -> bool:
        return len((await city.case(case, LURAH)).body["contents"]) == 2

    await until(contents, "both mails in the case")


# --- what officers may not do ------------------------------------------------------------


async def test_a_command_needs_the_version_that_was_read(city: City) -> None:
    case = await city.report("sampah")
    path = f"/v1/cases/{case.complaint_id}/accept"
    token = city.token(LURAH)
    missing = await city.running.post("routing", path, {}, token)
    assert (missing.status, missing.body["field"]) == (428, "if-match")
    stale = await city.running.post("routing", path, {}, token, 99)
    assert (stale.status, stale.body["field"]) == (412, "if-match")
    seen = await city.request("routing", "GET", f"/v1/cases/{case.complaint_id}", who=LURAH)
    answer = await city.request(
        "routing", "POST", path, who=LURAH, headers={"if-match": seen.headers["etag"]}, json={}
    )
    assert answer.status == 200
    assert answer.headers["etag"] != seen.headers["etag"]
    again = await city.request(
        "routing", "POST", path, who=LURAH, headers={"if-match": seen.headers["etag"]}, json={}
    )
    assert again.status == 412


async def test_a_case_of_another_unit_is_as_if_it_did_not_exist(city: City) -> None:
    case = await city.report("sampah")
    assert (await city.case(case, ELSEWHERE)).status == 404
    assert (await city.give(case, "accept", ELSEWHERE)).status == 404
    path = f"/v1/deadlines/{case.complaint_id}"
    assert (await city.running.get("sla", path, city.token(ELSEWHERE))).status == 404
    inbox = await city.running.get("routing", "/v1/inbox?limit=200", city.token(ELSEWHERE))
    assert case.complaint_id not in [found["complaint_id"] for found in inbox.body["cases"]]


async def test_a_refused_transition_says_for_which_state_it_is_and_the_case_what_is_open(
    city: City,
) -> None:
    case = await city.report("sampah")
    refused = await city.give(case, "follow-up", LURAH, {"text": "Terlalu dini."})
    assert refused.status == 409
    assert "This is for a case in state in_progress (Proses)." in refused.body["detail"]
    shown = (await city.case(case, LURAH)).body
    assert {"start", "coordinate"} <= set(shown["allowed"])
    await city.completed(case, KELURAHAN)
    assert (await city.give(case, "start", LURAH)).status == 409


async def test_without_a_token_or_with_the_wrong_role_nothing_is_shown(city: City) -> None:
    case = await city.report("sampah")
    path = f"/v1/cases/{case.complaint_id}"
    assert (await city.running.get("routing", path)).status == 401
    desk = Officer("desk_officer", KELURAHAN)
    assert (await city.running.get("routing", path, city.token(desk))).status == 403
    forged = city.token(LURAH)[:-4] + "AAAA"
    assert (await city.running.get("routing", path, forged)).status == 401


async def test_nobody_who_handles_a_case_is_shown_who_reported_it(city: City) -> None:
    case = await city.report("sampah")
    shown = (await city.case(case, LURAH)).body
    listed = await city.listed(case.complaint_id)
    words = ("reporter", "name", "phone", "email", "handle")
    seen = {*shown, *listed}
    assert not [key for key in seen if any(key == w or key.startswith(f"{w}_") for w in words)]
    assert case.code not in str(shown) + str(listed)
