"""``python -m services.routing``"""

from services.routing.app import build
from services.routing.settings import RoutingSettings
from shared.runtime import run

if __name__ == "__main__":
    run(build(RoutingSettings()))
