"""Composition root of media."""

import secrets

from services.intake.media.fetching.asking import Credentials
from services.intake.media.fetching.fetcher import Fetcher, hosts_known
from services.intake.media.fetching.oauth import Account, Stamp
from services.intake.media.fetching.worker import FETCHING_SECONDS, Fetching
from services.intake.media.handler import ErasureHandler
from services.intake.media.objects.bucket import Bucket
from services.intake.media.objects.sweeping import Burial, Sweep
from services.intake.media.sealing import FileOpener, FileSealer
from services.intake.media.serving.claims import LinkDesk
from services.intake.media.serving.claims import create_router as create_links_router
from services.intake.media.serving.handing import FileDesk
from services.intake.media.serving.handing import create_router as create_files_router
from services.intake.media.serving.signing import LinkSigner
from services.intake.media.serving.turns import Turns
from services.intake.media.settings import MediaSettings
from shared.clock import Clock
from shared.foundation import Foundation
from shared.outbound import StrangersClient
from shared.runtime import Periodic, Service

DESCRIPTION = """Files that came with complaints, and officers' evidence. This process alone holds
the key that opens them, makes them harmless and hands their pictures out by links that end."""

NAME_BYTES = 16
CALL_SECONDS = 10.0
"""Of a step of a fetch: a free connection, connecting, the next bytes."""
BURIAL_SECONDS, SWEEP_SECONDS = 5.0, 600.0


def build(settings: MediaSettings) -> Service:
    """Media, wired and not yet started."""
    foundation = Foundation.of(settings)
    options = {name: value.get_secret_value() for name, value in settings.store_options.items()}
    bucket = Bucket(settings.store_url, options, settings.store_seconds)
    burial = Periodic("burial", Burial(foundation.works, bucket).step, BURIAL_SECONDS)
    sweep = Sweep(foundation.works, bucket, foundation.metrics)
    opener = FileOpener(settings.private_key.get_secret_value())
    strangers = StrangersClient(CALL_SECONDS, settings.fetch_local_hosts)
    foundation.add_closer(strangers.close)
    fetching = Fetching(
        foundation.works,
        fetcher_of(settings, strangers, foundation.clock),
        opener,
        FileSealer(opener.public_key),
        foundation.metrics,
    )
    signer = LinkSigner(bytes.fromhex(settings.link_key.get_secret_value()), settings.public_url)
    links = LinkDesk(foundation.works, signer, foundation.clock)
    files = FileDesk(foundation.works, bucket, opener, Turns(), settings.public_url)
    return foundation.service(
        ErasureHandler(burial.wake),
        [
            create_links_router(links, foundation.callers),
            create_files_router(files, signer, foundation.clock),
        ],
        [
            burial,
            Periodic("fetching", fetching.step, FETCHING_SECONDS),
            Periodic("sweep", sweep.step, SWEEP_SECONDS, patience=2 * SWEEP_SECONDS),
        ],
        title="CRM media",
        description=DESCRIPTION,
        knows_cases=False,
    )


def fetcher_of(settings: MediaSettings, client: StrangersClient, clock: Clock) -> Fetcher:
    credentials = Credentials(
        settings.whatsapp_url,
        settings.whatsapp_token.get_secret_value(),
        (settings.twilio_account, settings.twilio_token.get_secret_value()),
        Account(
            settings.x_consumer_key,
            settings.x_consumer_secret.get_secret_value(),
            settings.x_token,
            settings.x_token_secret.get_secret_value(),
        ),
    )
    hosts = hosts_known(settings.fetch_hosts)
    return Fetcher(client, hosts, credentials, lambda: _stamp(clock))


def _stamp(clock: Clock) -> Stamp:
    return Stamp(secrets.token_hex(NAME_BYTES), int(clock().timestamp()))


def new_name() -> str:
    """Of an object: 128 random bits in hex, which say nothing of what it holds."""
    return secrets.token_hex(NAME_BYTES)
