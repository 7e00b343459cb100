"""`crm text read`: one object in, one object out, in the same order."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import app


def answered(*lines: str, exit_code: int = 0) -> list[Any]:
    result = CliRunner().invoke(app, ["text", "read", "--jsonl", "-"], input="\n".join(lines))
    assert result.exit_code == exit_code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def asked(line: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = answered(json.dumps(line))[0]
    return said


def test_a_text_is_answered_with_its_unit_and_all_that_explains_it() -> None:
    said = asked({"id": "a", "channel": "sms", "text": "PJU mati di Kel. Manggarai"})
    assert said["id"] == "a"
    assert (said["decision"], said["category"]) == ("routed", "jaringan-listrik")
    assert said["unit"] == "sudin-bina-marga-31.74"
    assert said["kelurahan_code"] == "31.74.01.1007"
    assert (said["kecamatan_code"], said["region_code"]) == ("31.74.01", "31.74")
    assert said["categories"][0]["sub"] == "penerangan-jalan-umum"
    assert "PJU" in said["categories"][0]["terms"]
    assert (said["rule"], said["version"], said["reason"]) == ("category-area", 1, None)


def test_a_point_without_borders_is_approximate() -> None:
    said = asked({"channel": "jaki", "text": "got mampet", "latitude": -6.22, "longitude": 106.85})
    assert (said["decision"], said["approximate"]) == ("routed", True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Cara daftar KJP gimana ya?", "no_complaint"),
        ("Listrik padam dari pagi, token tidak bisa", "outside_competence"),
        ("Mohon ditindaklanjuti", "no_category"),
        ("Jalan berlubang dalam banget, aspalnya hancur", "no_place"),
    ],
)
def test_what_goes_to_people_says_why(text: str, reason: str) -> None:
    said = asked({"id": 1, "channel": "twitter", "text": text})
    assert (said["decision"], said["reason"], said["unit"]) == ("triaged", reason, None)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("nonsense", None),
        ("[]", None),
        ('{"channel": "fax", "text": "x"}', "channel"),
        ('{"channel": "sms"}', "text"),
        ('{"channel": "sms", "text": ["0812 rahasia"]}', "text"),
        ('{"channel": "sms", "text": "x", "latitude": 95.0}', "latitude"),
    ],
)
def test_a_line_that_cannot_be_read_names_its_field_and_stops_no_other(
    line: str, field: str | None
) -> None:
    refused, after = answered(line, '{"text": "got mampet"}', exit_code=1)
    assert (refused["error"]["line"], refused["error"]["field"]) == (1, field)
    assert "rahasia" not in json.dumps(refused)
    assert after["category"] == "saluran-air"
