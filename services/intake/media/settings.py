"""What media is told by its environment."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from services.intake.channels.attachments import Source
from services.intake.media.domain import GIVES_WAY, LEASE
from shared.settings import FetchBytes, FetchWait, PublicUrl, ServiceSettings

HostName = Annotated[str, Field(pattern=r"^\.?([a-z0-9-]+\.)+[a-z][a-z0-9-]*$")]
"""A name, or a suffix that begins with a dot; never an address."""


class MediaSettings(ServiceSettings):
    service: ClassVar[str] = "media"

    kafka_fetch_min_bytes: FetchBytes = 1_048_576
    """Each fetch costs the broker much the same, so that few of them leave it more for the
    others."""
    kafka_fetch_max_wait_ms: FetchWait = 1_000
    """Of the whole stream only erasures are heard, and these have a minute. Each fetch costs the
    broker much the same, so that few of them leave it more for the others."""

    private_key: SecretStr
    """``CRM_MEDIA_PRIVATE_KEY``: base64 of the raw X25519 private key; no other process has it."""
    link_key: Annotated[SecretStr, Field(min_length=64, max_length=64)]
    """``CRM_MEDIA_LINK_KEY``: 32 bytes in hex, which sign links. A new one ends the links that are
    out, which live for five minutes."""
    public_url: PublicUrl
    """``CRM_MEDIA_PUBLIC_URL``: where browsers reach this process; links begin with it."""
    intake_url: str
    """Base address of intake, which gives the position of a report."""
    routing_url: str
    """Base address of routing, which tells whether an officer's unit holds the case."""
    fetch_local_hosts: tuple[str, ...] = ()
    """``host:port`` (``host:*``: any port) that may be asked for pictures wherever it is, and by
    http too: for a machine on which the platforms are played."""
    fetch_hosts: Mapping[Source, tuple[HostName, ...]] = {}
    """Hosts of a source in place of those in ``fetching/hosts.json``: a platform may move."""
    whatsapp_url: PublicUrl = "https://graph.facebook.com/v23.0"
    """Base address of WhatsApp's interface."""
    whatsapp_token: SecretStr = SecretStr("")
    """Of the city's number: it shows us what was sent there."""
    twilio_account: str = ""
    """Of our account at Twilio: files of messages lie below it."""
    twilio_token: SecretStr = SecretStr("")
    """Of the same account."""
    x_consumer_key: str = ""
    """Of our app on X."""
    x_consumer_secret: SecretStr = SecretStr("")
    """Of our app on X."""
    x_token: str = ""
    """Of the city's account on X: pictures of direct messages are given to our app and it alone."""
    x_token_secret: SecretStr = SecretStr("")
    """Of the city's account on X."""
    store_url: Annotated[str, Field(pattern=r"^(file:///|s3://|gs://|az://)")]
    """Where pictures lie, encrypted: a folder (``file:///...``) or a bucket (``s3://name/prefix``).
    Credentials of a bucket stand in ``store_options``."""
    store_options: Mapping[str, SecretStr] = {}
    """As obstore names them: ``endpoint``, ``access_key_id``, ``secret_access_key``, ``region``."""
    store_seconds: Annotated[float, Field(gt=0)] = 20.0
    """A store that is silent for so long counts as away."""
    lease_seconds: Annotated[float, Field(gt=0)] = LEASE.total_seconds()
    """A file that a process has taken is nobody else's for so long; after its death somebody takes
    it over then. Shorter than the work, it is done twice and one outcome dropped."""
    giving_way_seconds: Annotated[float, Field(ge=0)] = GIVES_WAY.total_seconds()
    """So long a reporter's picture is opened only while nobody else wants the processor; then it
    takes its turn. 0 where media has a machine of its own."""
    evidence_seconds: Annotated[float, Field(ge=0)] = 10.0
    """So long an officer's request waits until its file is cleared."""
    evidence_files: Annotated[int, Field(ge=1)] = 60
    """Most files of evidence of one case: no form that is sent again for ever fills the store."""
    evidence_megabytes: Annotated[int, Field(ge=25)] = 300
    """The same in megabytes. Three rounds of work with twenty pictures each fit."""
    clamd: Annotated[str, Field(pattern=r"^(/[^\x00]+|[^:/\s]+:[0-9]{1,5})?$")] = ""
    """``CRM_MEDIA_CLAMD``: ClamAV's daemon, which unlocks documents and videos in which it finds
    nothing: the path of its Unix socket, or ``host:port``. Empty: nothing is scanned."""
