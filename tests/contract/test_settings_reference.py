"""`docs/settings.md` says every setting of every process, as the settings classes have it.

A red test here means: run `make contracts`, read the difference, commit it.
"""

import json
import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from deploy.contracts.settings import SETTINGS, rows_of, said, settings_class, settings_reference
from deploy.local.credentials import Addresses, environment, generate
from deploy.local.settings import LauncherSettings
from deploy.services import NAMES, SERVICES, Service
from shared.settings import ProcessSettings, ServiceSettings

ROW = re.compile(r"^\| `(CRM_[A-Z0-9_]+)` \| (.+) \| (.+) \| (.*) \|$", re.M)
CLASSES = [settings_class(each) for each in SERVICES]


def test_the_committed_reference_is_that_of_the_code() -> None:
    assert SETTINGS.read_text() == settings_reference(), "run: make contracts"


@pytest.mark.parametrize(
    "settings", [ProcessSettings, ServiceSettings, LauncherSettings, *CLASSES],
    ids=lambda each: each.__name__,
)  # fmt: skip
def test_each_setting_says_what_it_is(settings: type[BaseSettings]) -> None:
    own = settings.__annotations__.keys() & settings.model_fields.keys()
    assert own - said(settings).keys() == set()


def section(title: str) -> dict[str, tuple[str, str, str]]:
    """By setting its value, what holds without it, and what it is."""
    parts = dict(part.split("\n", 1) for part in settings_reference().split("\n## ")[1:])
    return {
        name: (value, without, what) for name, value, without, what in ROW.findall(parts[title])
    }


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_every_field_of_a_process_has_a_row(service: Service) -> None:
    listed = section("All processes").keys() | section(service.name).keys()
    if issubclass(settings_class(service), ServiceSettings):
        listed |= section("Database and stream").keys()
    fields = {f"CRM_{name.upper()}" for name in settings_class(service).model_fields}
    assert fields == listed & fields
    assert section(service.name).keys() <= fields


@pytest.mark.parametrize("name", NAMES)
def test_what_a_local_stack_tells_a_process_is_in_the_reference(name: str) -> None:
    ports = dict.fromkeys(NAMES, 1)
    at = Addresses(dict.fromkeys(NAMES, ""), "", True, ports, 1, 1, 1, pictures=Path("/pictures"))
    rows = [*section("All processes"), *section("Database and stream"), *section(name)]
    own = {f"CRM_{name.upper()}_{row.removeprefix('CRM_')}" for row in rows}
    told = {each for each in environment(name, generate(), at) if each.startswith("CRM_")}
    # A caller is told the addresses of those it calls, one for each row of the table of processes.
    assert told - own - set(rows) == set()


class Told(BaseSettings):
    needed: str
    """What it is: a text
    of two lines."""
    key: SecretStr = SecretStr("unsaid")
    """A key."""
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    """A share."""
    how: Literal["a", "b"] = "a"
    """How."""
    on: bool = True
    """On."""
    names: tuple[str, ...] = ()
    """Names."""
    folder: Path = Path("here")
    """Where."""
    silent: int = 7
    other: dict[str, int] = {}
    """By name."""


def test_a_row_says_value_default_and_words_and_no_secret() -> None:
    assert list(rows_of(Told)) == [
        "| `CRM_NEEDED` | text | the process does not start | What it is: a text of two lines. |",
        "| `CRM_KEY` | secret | a built-in one | A key. |",
        "| `CRM_SHARE` | number above 0 to 1 | none | A share. |",
        "| `CRM_HOW` | `a` or `b` | `a` | How. |",
        "| `CRM_ON` | true or false | `true` | On. |",
        "| `CRM_NAMES` | list | none | Names. |",
        "| `CRM_FOLDER` | path | `here` | Where. |",
        "| `CRM_SILENT` | whole number | `7` |  |",
        "| `CRM_OTHER` | object | none | By name. |",
    ]
    assert "unsaid" not in json.dumps(list(rows_of(Told)))
