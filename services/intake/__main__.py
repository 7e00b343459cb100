"""``python -m services.intake``"""

from services.intake.app import build
from services.intake.settings import IntakeSettings
from shared.runtime import run

if __name__ == "__main__":
    run(build(IntakeSettings()))
