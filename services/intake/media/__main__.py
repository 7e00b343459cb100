"""``python -m services.intake.media``"""

from typing import TYPE_CHECKING

from shared.starting import start

if TYPE_CHECKING:
    from shared.runtime import Service


def make() -> "Service":
    """Imports the service, too: see ``start``."""
    from services.intake.media.app import build
    from services.intake.media.settings import MediaSettings

    return build(MediaSettings())


if __name__ == "__main__":
    start(make)
