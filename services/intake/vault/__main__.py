"""``python -m services.intake.vault``"""

from services.intake.vault.app import build
from services.intake.vault.settings import VaultSettings
from shared.runtime import run

if __name__ == "__main__":
    run(build(VaultSettings()))
