"""Bad input is refused by field, and nothing of it comes back in the error."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.channels.desk.adapter import DeskAdapter
from services.intake.channels.submission import Submission
from shared.errors import DomainError, Malformed, UnsupportedMedia
from shared.events.vocabulary import Channel
from tests.unit.intake.channels import wire
from tests.unit.intake.channels.test_authentication import EXAMPLE_OF

CANARY = "KENARI-7f3a"
JSON_DOORS = sorted(
    path
    for path, name in EXAMPLE_OF.items()
    if name.endswith(".json") and wire.DOORS[path].caller_corrects
)
"""Doors whose callers read a refusal. The others are judged in ``test_forgiving_doors``."""


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all scalar values of a decoded JSON body."""
    members: Any = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    else:
        yield path
    for key, member in members:
        yield from places(member, (*path, key))


def changed(value: Any, path: tuple[str | int, ...], to: Any) -> Any:
    """A copy of a decoded body with one value replaced."""
    if not path:
        return to
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], to)
    return copy


def refusal(path: str, body: bytes) -> DomainError | None:
    try:
        wire.come_in(wire.signed(path, body))
    except DomainError as error:
        return error
    return None


WRONG = (
    f"\x00{CANARY}",
    f"\ud800{CANARY}",
    f"{CANARY}" * 900,
    {CANARY: CANARY},
    [CANARY],
    987654.25,
    None,
    True,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data(), path=st.sampled_from(JSON_DOORS), wrong=st.sampled_from(WRONG))
def test_a_wrong_value_anywhere_is_never_echoed(
    data: st.DataObject, path: str, wrong: object
) -> None:
    body = json.loads(wire.example(EXAMPLE_OF[path]))
    place = data.draw(st.sampled_from(sorted(places(body), key=str)))
    error = refusal(path, json.dumps(changed(body, place, wrong)).encode())
    if error is not None:
        assert isinstance(error, Malformed)
        assert error.field
        shown = f"{error} {error.detail} {error.field} {error.__cause__!r}"
        assert CANARY not in shown
        assert "987654" not in shown


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"a"', b"\xff", b'{"a":' * 300, b"9" * 5_000, b"[" * 100_000],
)
def test_what_is_no_message_is_refused_as_a_body_at_every_door(body: bytes) -> None:
    for path in JSON_DOORS:
        error = refusal(path, body)
        assert isinstance(error, Malformed), path
        assert error.field == "body", path


@given(path=st.sampled_from(JSON_DOORS), body=st.binary(max_size=200))
def test_any_bytes_are_refused_by_field_and_never_break_a_door(path: str, body: bytes) -> None:
    error = refusal(path, body)
    assert isinstance(error, Malformed)
    assert error.field


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (wire.JAKI, {"report_id": "1", "description": "a\x00"}, "description"),
        (wire.JAKI, {"report_id": "1", "description": "a\ud800"}, "description"),
        (wire.JAKI, {"description": "a"}, "report_id"),
        (wire.JAKI, {"report_id": "1"}, "description"),
        (
            wire.JAKI,
            {"report_id": "1", "description": "a", "location": {"latitude": 91, "longitude": 0}},
            "location.latitude",
        ),
        (
            wire.JAKI,
            {"report_id": "1", "description": "a", "location": {"latitude": "x"}},
            "location.latitude",
        ),
        (
            wire.JAKI,
            {"report_id": "1", "description": "a", "reporter": {"phone": "12"}},
            "reporter.phone",
        ),
        (wire.BALAI_WARGA, {"draft_id": " ", "text": "a"}, "draft_id"),
        (wire.BALAI_WARGA, {"draft_id": "1", "text": "a", CANARY: 1}, "body"),
    ],
)
def test_the_field_that_is_wrong_is_named(path: str, body: object, field: str) -> None:
    error = refusal(path, json.dumps(body).encode())
    assert isinstance(error, Malformed)
    assert error.field == field


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (wire.FORM, b"draft_id=1", "isi"),
        (wire.FORM, b"draft_id=1&isi=%00", "isi"),
        (wire.FORM, b"draft_id=1&isi=a&lintang=utara&bujur=1", "lintang"),
        (wire.FORM, b"draft_id=1&isi=a&isi=b", "isi"),
        (wire.FORM, b"draft_id=1&isi=%ED%A0%80", "body"),
        (wire.FORM, b"draft_id=1&isi=a&lintang=95&bujur=1", "lintang"),
    ],
)
def test_a_forms_field_that_is_wrong_is_named(path: str, body: bytes, field: str) -> None:
    error = refusal(path, body)
    assert isinstance(error, Malformed)
    assert error.field == field


def test_json_is_asked_for_where_something_else_is_sent() -> None:
    for path in (wire.JAKI, wire.BALAI_WARGA):
        request = wire.signed(path, wire.example(EXAMPLE_OF[path]))
        other = wire.raw(path, request.body, {**request.headers, "content-type": "text/plain"})
        with pytest.raises(UnsupportedMedia, match="Send application/json") as refused:
            wire.come_in(other)
        assert refused.value.field == "Content-Type"


def test_the_idempotency_key_names_a_report_that_has_no_id() -> None:
    headers = {
        "content-type": "application/json; charset=utf-8",
        "x-api-key": wire.SECRETS["jaki"]["api_key"],
        "idempotency-key": "kunci-1",
    }
    (report,) = wire.come_in(wire.raw(wire.JAKI, b'{"description":"Jalan"}', headers))
    assert isinstance(report, Submission)
    assert report.external_id == "kunci-1"


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"text": "a"}, "entry_id"),
        ({"entry_id": "1"}, "text"),
        ({"entry_id": "1", "text": "a", "reported_at": "2021-07-08T10:00:00"}, "reported_at"),
        ({"entry_id": "1", "text": "a", "reporter": {"nik": CANARY}}, "reporter.nik"),
        ({"entry_id": "1", "text": "a", "about_unit": f"Pak {CANARY}"}, "about_unit"),
        ({"entry_id": "1", "text": "a", "about_unit": "31.74.01.9999"}, "about_unit"),
        ({"entry_id": "1", "text": "a", "about_unit": "dinas-sihir"}, "about_unit"),
        ({"entry_id": "1", "text": "a", "about_unit": ""}, "about_unit"),
        ({"entry_id": "1", "text": "a", CANARY: "a"}, "body"),
    ],
)
def test_a_desks_wrong_field_is_named(entry: dict[str, Any], field: str) -> None:
    headers = {"content-type": "application/json"}
    with pytest.raises(Malformed) as caught:
        DeskAdapter(Channel.WALIKOTA).parse(
            wire.raw("/", json.dumps(entry).encode(), headers), "31.74"
        )
    assert caught.value.field == field
    assert CANARY not in f"{caught.value} {caught.value.field}"
