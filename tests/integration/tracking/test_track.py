"""Look-up by code: one answer for all that is unknown, and only what its holder may see."""

import logging
from typing import Any

import pytest

from shared.codes import normalise_code
from shared.events.intake import ComplaintReceived
from shared.events.vocabulary import CaseState
from tests.builders import a_case_event, a_complaint, a_complaint_id, a_routing, at, in_envelope
from tests.integration.tracking.conftest import Tracking, code_of, digest_of
from tests.unit.tracking.events import COORDINATED, DUE, MERGED, SENT, STARTED, told


def received(number: int = 1, **fields: Any) -> ComplaintReceived:
    return a_complaint(number=number, tracking_digest=digest_of(number), **fields)


async def hear(tracking: Tracking, *events: Any, number: int = 1) -> None:
    key = a_complaint_id(number)
    for place, event in enumerate(events):
        moved = event.model_copy(update={"complaint_id": key})
        await tracking.hear(in_envelope(moved, number * 100 + place))


async def test_a_code_shows_stages_labels_units_and_dates(tracking: Tracking) -> None:
    await hear(tracking, received(), a_routing(), DUE, SENT, COORDINATED)
    answer = await tracking.track(code_of())
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["report_number"] == "JK2411030001"
    assert (body["state"], body["label"]) == ("coordinated", "Koordinasi")
    assert body["unit"] == "Dinas Bina Marga"
    assert (body["due_at"], body["original_due_at"]) == ("2024-11-10T02:00:00Z", None)
    assert (body["category"], body["category_label"]) == ("sampah", "Sampah")
    assert [(s["label"], s["unit"]) for s in body["stages"]] == [
        ("Menunggu", None),
        ("Menunggu", "Kelurahan Tebet Timur"),
        ("Koordinasi", "Dinas Bina Marga"),
    ]
    assert [n["template"] for n in body["notifications"]] == ["confirmation"]


@pytest.mark.parametrize("shape", ["{}", " {} ", "lower", "plain", "spaced"])
async def test_how_a_code_is_typed_does_not_matter(tracking: Tracking, shape: str) -> None:
    await hear(tracking, received())
    code = code_of()
    typed = {
        "lower": code.lower().replace("0", "o").replace("1", "l"),
        "plain": code.replace("-", ""),
        "spaced": code.replace("-", " "),
    }
    assert (await tracking.track(typed.get(shape, shape.format(code)))).status_code == 200


async def test_unknown_and_mistyped_codes_get_one_and_the_same_answer(tracking: Tracking) -> None:
    await hear(tracking, received())
    code = code_of()
    wrong_check = code[:-1] + ("2" if code[-1] != "2" else "3")
    assert normalise_code(wrong_check) is None
    assert normalise_code(code_of(2)) is not None
    typed = [code_of(2), wrong_check, code[:8], "", "*", "JK2411030001", "é" * 16]
    answers = [await tracking.track(text) for text in typed]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    names = [sorted(set(answer.headers) - {"x-request-id"}) for answer in answers]
    assert all(name == names[0] for name in names)
    assert answers[0].headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "body"),
        (b"[]", "body"),
        (b'{"code": 5}', "code"),
        (b'{"code": "' + b"A" * 65 + b'"}', "code"),
        (b"{}", "code"),
        (b'{"code": "A", "name": "x"}', "body"),
        (b'{"code": "\\ud800"}', "code"),
        (b'{"code": "\\u0000"}', "code"),
    ],
)
async def test_what_cannot_be_a_request_is_malformed_and_not_echoed(
    tracking: Tracking, body: bytes, field: str
) -> None:
    answer = await tracking.http.post(
        "/v1/track", content=body, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert "AAAA" not in answer.text


async def test_a_confidential_case_is_shown_whole_and_one_about_officials_by_its_dates(
    tracking: Tracking,
) -> None:
    heard = (a_routing(), DUE, SENT, STARTED)
    told = {}
    for number, flag in ((1, ""), (2, "confidential"), (3, "restricted")):
        fields = {flag: True} if flag else {}
        await hear(tracking, tracking.received(number, **fields), *heard, number=number)
        body = (await tracking.track(code_of(number))).json()
        told[number] = {n for n, value in body.items() if value not in (None, False, [], 0)}
        assert {s["unit"] for s in body["stages"]} == (
            {None} if "restricted" in told[number] else {None, "Kelurahan Tebet Timur"}
        )
    assert told[2] == told[1] | {"confidential"}
    assert told[3] == {
        "state", "label", "confidential", "restricted", "received_at", "due_at", "stages",
    }  # fmt: skip


async def test_a_merged_case_shows_its_heads_state_and_keeps_its_own_number(
    tracking: Tracking,
) -> None:
    await hear(tracking, received(77), a_routing(), COORDINATED, STARTED, number=77)
    await hear(tracking, received(), a_routing(), MERGED, told(type(SENT), "merged"))
    body = (await tracking.track(code_of())).json()
    assert body["merged"] is True
    assert body["state"] == "in_progress"
    assert body["report_number"] == "JK2411030001"
    assert "JK2411030077" not in repr(body)
    assert body["stages"][-1]["state"] == "in_progress"


async def test_two_cases_merged_into_one_another_by_mistake_do_not_hang(
    tracking: Tracking,
) -> None:
    for number, head in ((1, 2), (2, 1)):
        merged = MERGED.model_copy(update={"head_complaint_id": a_complaint_id(head)})
        await hear(tracking, received(number), merged, number=number)
    assert (await tracking.track(code_of())).json()["state"] == "merged"


async def test_the_code_is_neither_logged_nor_part_of_a_url(
    tracking: Tracking, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    await hear(tracking, received())
    with caplog.at_level(logging.DEBUG, logger="services"):
        answer = await tracking.http.post("/lacak", data={"code": code_of()})
        await tracking.track(code_of(2))
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert code_of() not in str(answer.url)
    written = caplog.text + "".join(capsys.readouterr())
    for code in (code_of(), code_of(2)):
        assert code not in written
        assert code.replace("-", "") not in written


async def test_a_citizen_follows_the_case_on_the_page_without_javascript(
    tracking: Tracking,
) -> None:
    done = a_case_event(type(STARTED), state=CaseState.COMPLETED, at=at(days=2))
    await hear(tracking, received(), a_routing(), DUE, STARTED, done)
    form = await tracking.http.get("/")
    assert 'action="lacak?lang=id"' in form.text
    page = await tracking.http.post("/lacak?lang=id", data={"code": code_of().lower()})
    assert page.status_code == 200
    assert "JK2411030001" in page.text
    assert "Selesai" in page.text
