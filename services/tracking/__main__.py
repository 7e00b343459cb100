"""``python -m services.tracking``"""

from typing import TYPE_CHECKING

from shared.starting import start

if TYPE_CHECKING:
    from shared.runtime import Service


def make() -> "Service":
    """Imports the service, too: see ``start``."""
    from services.tracking.app import build
    from services.tracking.settings import TrackingSettings

    return build(TrackingSettings())


if __name__ == "__main__":
    start(make)
