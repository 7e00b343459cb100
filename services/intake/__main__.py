"""``python -m services.intake``"""

from services.intake.app import build
from services.intake.settings import IntakeSettings
from shared.starting import start

if __name__ == "__main__":
    start(lambda: build(IntakeSettings()))
