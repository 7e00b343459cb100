"""What an operator has set wrong ends a process with a sentence, and no traceback."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.routing.console.outlines import read_outlines
from services.routing.placing.places import load_locator
from services.sla.policies import load_policies
from services.sla.settings import SlaSettings
from shared.errors import StopTheLine
from shared.starting import WRONG_SETTINGS, start


def told(make: Callable[[], Any], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        start(make)
    assert ended.value.code == WRONG_SETTINGS
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


def test_every_setting_that_is_wrong_is_named_and_none_is_quoted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong: dict[str, Any] = {"http_port": "7K3M", "kafka_bootstrap_servers": "k:1",
                             "routing_url": "http://r"}  # fmt: skip
    said = told(lambda: SlaSettings(**wrong), capsys)
    lines = said.splitlines()
    assert any(line.startswith("CRM_HTTP_PORT: ") for line in lines)
    assert any(line.startswith("CRM_DATABASE_URL: ") for line in lines)
    assert "7K3M" not in said


@pytest.mark.parametrize("load", [load_locator, load_policies, read_outlines])
@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "cannot be read"), (b"{", "is not what"), (b"7", "is not what"),
     (b'{"features": 1}', "is not what"), (b'{"features": [{"properties": {}}]}', "is not what"),
     (b"\xff\xfe", "is not what")],
)  # fmt: skip
def test_a_file_that_is_missing_or_no_such_file_is_named_with_its_setting(
    tmp_path: Path, load: Callable[[Path], Any], content: bytes | None, why: str
) -> None:
    path = tmp_path / "table.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StopTheLine, match=rf"^CRM_\w+ names a file that {why}.*{path.name}"):
        load(path)


def test_an_error_of_ours_keeps_its_traceback() -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        start(broken)


def test_the_garbage_collector_rests_while_a_service_is_made_and_works_afterwards(
    capsys: pytest.CaptureFixture[str],
) -> None:
    at_work: list[bool] = []

    def make() -> Any:
        at_work.append(gc.isenabled())
        raise StopTheLine("not this time")

    told(make, capsys)
    assert at_work == [False]
    assert gc.isenabled()
