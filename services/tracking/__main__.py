"""``python -m services.tracking``"""

from services.tracking.app import build
from services.tracking.settings import TrackingSettings
from shared.starting import start

if __name__ == "__main__":
    start(lambda: build(TrackingSettings()))
