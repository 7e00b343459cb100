"""What the routing service is told by its environment."""

from pathlib import Path
from typing import ClassVar

from shared.settings import ServiceSettings


class RoutingSettings(ServiceSettings):
    service: ClassVar[str] = "routing"

    intake_url: str
    """Base address of intake, whose internal API gives texts and positions by reference."""
    geojson: Path | None = None
    """Borders of the kelurahan; without it the nearest centroid is taken, marked approximate."""
