"""``python -m services.notify``"""

from services.notify.app import build
from services.notify.settings import NotifySettings
from shared.starting import start

if __name__ == "__main__":
    start(lambda: build(NotifySettings()))
