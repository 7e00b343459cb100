"""``python -m services.sla``"""

from services.sla.app import build
from services.sla.settings import SlaSettings
from shared.runtime import run

if __name__ == "__main__":
    run(build(SlaSettings()))
