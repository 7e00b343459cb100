"""``python -m services.intake``"""

from typing import TYPE_CHECKING

from shared.starting import start

if TYPE_CHECKING:
    from shared.runtime import Service


def make() -> "Service":
    """Imports the service, too: see ``start``."""
    from services.intake.app import build
    from services.intake.settings import IntakeSettings

    return build(IntakeSettings())


if __name__ == "__main__":
    start(make)
