"""`crm text mask`: one object in, one object out, in the same order."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from deploy.cli import app


def answered(*lines: str, exit_code: int = 0) -> list[Any]:
    result = CliRunner().invoke(app, ["text", "mask", "--jsonl", "-"], input="\n".join(lines))
    assert result.exit_code == exit_code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_line_is_answered_in_its_place() -> None:
    assert answered('{"text": "hp 081234567890"}', '{"text": "jalan rusak"}') == [
        {"text": "hp [nomor telepon]", "spans": [{"start": 3, "end": 15, "kind": "phone"}]},
        {"text": "jalan rusak", "spans": []},
    ]


def test_a_line_that_cannot_be_read_names_itself_and_its_member_and_stops_no_other() -> None:
    first, second, third, last = answered(
        "{", '{"words": "hp"}', '{"text": 5}', '{"text": "ok"}', exit_code=1
    )
    assert first["error"] | {"detail": ""} == {"line": 1, "field": None, "detail": ""}
    assert (second["error"]["line"], second["error"]["field"]) == (2, "text")
    assert (third["error"]["line"], third["error"]["field"]) == (3, "text")
    assert last["text"] == "ok"


def test_a_line_that_cannot_be_read_is_not_told_again() -> None:
    result = CliRunner().invoke(
        app, ["text", "mask", "--jsonl", "-"], input='{"text": {"hp": "081234567890"}}'
    )
    assert "0812" not in result.output


def test_a_file_is_read_like_the_input(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "nama saya Budi Santoso"}\n')
    result = CliRunner().invoke(app, ["text", "mask", "--jsonl", str(file)])
    assert json.loads(result.stdout)["text"] == "nama saya [nama]"
