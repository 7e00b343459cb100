"""``python -m services.sla``"""

from typing import TYPE_CHECKING

from shared.starting import start

if TYPE_CHECKING:
    from shared.runtime import Service


def make() -> "Service":
    """Imports the service, too: see ``start``."""
    from services.sla.app import build
    from services.sla.settings import SlaSettings

    return build(SlaSettings())


if __name__ == "__main__":
    start(make)
