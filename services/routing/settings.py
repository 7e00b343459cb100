"""What the routing service is told by its environment."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class RoutingSettings(ServiceSettings):
    service: ClassVar[str] = "routing"

    intake_url: str
    """Base address of intake, whose internal API gives texts and positions by reference."""
    media_url: str
    """Base address of media, which gives links to a case's files."""
    geojson: Path | None = None
    """Borders of the kelurahan; without it the nearest centroid is taken, marked approximate."""
    site_check_share: Annotated[float, Field(ge=0, le=1)] | None = None
    """Of all cases the share that is checked on site before its work may be accepted; the built-in
    policy's where it is not given."""
    webhook_key: SecretStr = SecretStr("")
    """The secrets of agencies' webhooks are derived from it, or from ``service_key`` where it is
    not given. A new one makes all of them new."""
    webhook_local_hosts: tuple[str, ...] = ()
    """``host:port`` (or ``host:*``) of receivers that may be called by http and within our own
    network: those of a local stack and of tests."""
    case_file_former_keys: tuple[str, ...] = ()
    """Base64 of the raw public keys that case files were signed with before SERVICE_KEY changed."""
