"""``python -m services.sla``"""

from services.sla.app import build
from services.sla.settings import SlaSettings
from shared.starting import start

if __name__ == "__main__":
    start(lambda: build(SlaSettings()))
