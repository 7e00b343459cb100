"""``python -m services.routing``"""

from typing import TYPE_CHECKING

from shared.starting import start

if TYPE_CHECKING:
    from shared.runtime import Service


def make() -> "Service":
    """Imports the service, too: see ``start``."""
    from services.routing.app import build
    from services.routing.settings import RoutingSettings

    return build(RoutingSettings())


if __name__ == "__main__":
    start(make)
