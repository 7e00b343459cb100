"""``python -m services.notify``"""

from typing import TYPE_CHECKING

from shared.starting import start

if TYPE_CHECKING:
    from shared.runtime import Service


def make() -> "Service":
    """Imports the service, too: see ``start``."""
    from services.notify.app import build
    from services.notify.settings import NotifySettings

    return build(NotifySettings())


if __name__ == "__main__":
    start(make)
