"""``python -m services.routing.console``"""

from typing import TYPE_CHECKING

from shared.starting import start

if TYPE_CHECKING:
    from shared.runtime import Service


def make() -> "Service":
    """Imports the service, too: see ``start``."""
    from services.routing.console.app import build
    from services.routing.console.settings import ConsoleSettings

    return build(ConsoleSettings())


if __name__ == "__main__":
    start(make)
