"""``python -m services.tracking``"""

from services.tracking.app import build
from services.tracking.settings import TrackingSettings
from shared.runtime import run

if __name__ == "__main__":
    run(build(TrackingSettings()))
