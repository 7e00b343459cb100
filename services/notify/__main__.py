"""``python -m services.notify``"""

from services.notify.app import build
from services.notify.settings import NotifySettings
from shared.runtime import run

if __name__ == "__main__":
    run(build(NotifySettings()))
