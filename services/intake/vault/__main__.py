"""``python -m services.intake.vault``"""

from services.intake.vault.app import build
from services.intake.vault.settings import VaultSettings
from shared.starting import start

if __name__ == "__main__":
    start(lambda: build(VaultSettings()))
