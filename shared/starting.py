"""How a process of ours starts: what an operator has set wrong is told in a sentence."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from shared.errors import StopTheLine

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from shared.runtime import Service

WRONG_SETTINGS = 2
"""Exit code: to start it again changes nothing."""

YOUNG_OBJECTS = 20_000
"""Objects made and not freed after which the garbage collector looks at them. Whatever a request
or a batch makes is freed without it, but not before it has passed through a few layers: with the
usual 700 the collector walked over what was still in use, and a service took a twentieth more of
the processor."""

FOR_TERMINALS = "rich"
"""structlog loads it, where it is installed, for tracebacks in colour. The log of a service is
JSON, and this would be 4 MB of each process and a fiftieth of its start."""


def start(make: Callable[[], "Service"]) -> NoReturn:
    """Runs the service that ``make`` builds of its settings; does not return. ``make`` imports the
    service, too, so that the garbage collector rests meanwhile: this file imports little. With
    ``--erasures FILE`` behind the module's name it applies those alone (``shared.erased_again``).

    What ``make`` finds wrong in the settings ends the process with ``WRONG_SETTINGS`` and a line
    for each mistake. An error of ours keeps its traceback.
    """
    leave_out(FOR_TERMINALS)
    with collector_at_rest():
        service = _made(make)
    if sys.argv[1:2] == ["--erasures"] and len(sys.argv) == 3:
        from shared.erased_again import run_instead

        run_instead(service, Path(sys.argv[2]))
        sys.exit(0)
    from shared.runtime import run

    run(service)
    raise AssertionError("run does not return")


def leave_out(library: str) -> None:
    """Whoever imports it finds it missing, unless it is loaded already."""
    # The import system reads None so; the type of the table does not say it.
    sys.modules.setdefault(library, None)  # type: ignore[arg-type]


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Around the imports of a process. Modules, models and routes live as long as it does. The
    garbage collector would walk over all of them again and again, while they are made and later in
    the middle of requests; so it waits, and is told to leave them out. What it would free of them
    is less than a hundredth. Afterwards it looks less often (``YOUNG_OBJECTS``)."""
    gc.disable()
    try:
        yield
        gc.freeze()
        gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    finally:
        gc.enable()


def _made(make: Callable[[], "Service"]) -> "Service":
    with wrong_settings_told():
        return make()


@contextmanager
def wrong_settings_told() -> Iterator[None]:
    """What the block finds wrong in the settings ends the process with ``WRONG_SETTINGS`` and a
    line for each mistake."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    try:
        yield
    except (ValidationError, SettingsError, StopTheLine) as error:
        print("\n".join(mistakes(error)), file=sys.stderr)  # noqa: T201 (before there is a log)
        sys.exit(WRONG_SETTINGS)


def mistakes(error: "ValidationError | SettingsError | StopTheLine") -> list[str]:
    """A sentence for each; what was set is not quoted, because it may be a key."""
    from pydantic import ValidationError

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
