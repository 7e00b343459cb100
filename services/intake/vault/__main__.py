"""``python -m services.intake.vault``"""

from typing import TYPE_CHECKING

from shared.starting import start

if TYPE_CHECKING:
    from shared.runtime import Service


def make() -> "Service":
    """Imports the service, too: see ``start``."""
    from services.intake.vault.app import build
    from services.intake.vault.settings import VaultSettings

    return build(VaultSettings())


if __name__ == "__main__":
    start(make)
