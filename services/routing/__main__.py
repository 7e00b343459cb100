"""``python -m services.routing``"""

from services.routing.app import build
from services.routing.settings import RoutingSettings
from shared.starting import start

if __name__ == "__main__":
    start(lambda: build(RoutingSettings()))
