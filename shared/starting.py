"""How a process of ours starts: what an operator has set wrong is told in a sentence."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError
from pydantic_settings import SettingsError

from shared.errors import StopTheLine
from shared.runtime import Service, run

WRONG_SETTINGS = 2
"""Exit code: to start it again changes nothing."""


def start(make: Callable[[], Service]) -> NoReturn:
    """Runs the service that ``make`` builds of its settings; does not return.

    What ``make`` finds wrong in them ends the process with ``WRONG_SETTINGS`` and a line for each
    mistake. An error of ours keeps its traceback.
    """
    try:
        service = make()
    except (ValidationError, SettingsError, StopTheLine) as error:
        print("\n".join(mistakes(error)), file=sys.stderr)  # noqa: T201 (before there is a log)
        sys.exit(WRONG_SETTINGS)
    run(service)
    raise AssertionError("run does not return")


def mistakes(error: ValidationError | SettingsError | StopTheLine) -> list[str]:
    """A sentence for each; what was set is not quoted, because it may be a key."""
    if not isinstance(error, ValidationError):
        return [str(error)]
    return [_mistake(each["loc"], each["msg"]) for each in error.errors(include_input=False)]


def _mistake(place: tuple[int | str, ...], why: str) -> str:
    if not place:
        return why
    name, *inner = (str(part) for part in place)
    within = f" ({'.'.join(inner)})" if inner else ""
    return f"CRM_{name.upper()}{within}: {why}"


def read_file(setting: str, path: Path) -> bytes:
    """What an operator's file holds. Raises StopTheLine that names the setting and the file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise StopTheLine(
            f"{setting} names a file that cannot be read: {path}: {error.strerror}."
        ) from error


def refuse_file(setting: str, path: Path, why: str) -> StopTheLine:
    """The same for a file that can be read and is not what it must be."""
    return StopTheLine(f"{setting} names a file that is not what it must be: {path}: {why}.")
