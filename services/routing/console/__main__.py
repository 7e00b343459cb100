"""``python -m services.routing.console``"""

from services.routing.console.app import build
from services.routing.console.settings import ConsoleSettings
from shared.starting import start

if __name__ == "__main__":
    start(lambda: build(ConsoleSettings()))
