"""Composition root of media."""

import secrets
from datetime import timedelta
from functools import partial

from services.intake.media.clearing.clearing import Clearing as Children
from services.intake.media.evidence import api as evidence_api
from services.intake.media.evidence.hands import Hands
from services.intake.media.evidence.limits import MEGABYTE, Limits
from services.intake.media.evidence.receiving import Receiving
from services.intake.media.fetching.asking import Credentials
from services.intake.media.fetching.fetcher import Fetcher, hosts_known
from services.intake.media.fetching.oauth import Account, Stamp
from services.intake.media.fetching.worker import FETCHING_SECONDS, Fetching
from services.intake.media.handler import ErasureHandler
from services.intake.media.objects.bucket import Bucket
from services.intake.media.objects.sweeping import Burial, Sweep
from services.intake.media.pace import Pace
from services.intake.media.proof.places import Places
from services.intake.media.proof.policy import load_policy
from services.intake.media.proof.proving import Proving
from services.intake.media.resealing.resealing import SECONDS as RESEALING_SECONDS
from services.intake.media.resealing.resealing import Resealing
from services.intake.media.scanning.clamd import SECONDS, Clamd
from services.intake.media.scanning.scanning import ScannerOff, Scanning
from services.intake.media.sealing import FileOpener, FileSealer
from services.intake.media.serving.claims import LinkDesk
from services.intake.media.serving.claims import create_router as create_links_router
from services.intake.media.serving.handing import FileDesk
from services.intake.media.serving.handing import create_router as create_files_router
from services.intake.media.serving.signing import LinkSigner
from services.intake.media.serving.turns import Turns
from services.intake.media.settings import MediaSettings
from services.intake.media.settling import Awaited, Clearing, Settling
from shared.clock import Clock
from shared.foundation import Foundation
from shared.http.operation import Router
from shared.key_watch import Held
from shared.outbound import StrangersClient
from shared.runtime import Periodic, Service

DESCRIPTION = """Files that came with complaints, and officers' evidence. This process alone holds
the key that opens them, makes them harmless and hands their pictures out by links that end."""

NAME_BYTES = 16
CALL_SECONDS = 10.0
"""Of a step of a fetch: a free connection, connecting, the next bytes."""
BURIAL_SECONDS, SWEEP_SECONDS, SETTLING_SECONDS, SCAN_SECONDS = 5.0, 600.0, 1.0, 2.0
SCAN_PATIENCE = 2 * SECONDS
"""One file may take the scanner so long."""


def build(settings: MediaSettings, clearing: Clearing | None = None) -> Service:
    """Media, wired and not yet started. ``clearing``: its own children, unless another is given."""
    foundation = Foundation.of(settings)
    options = {name: value.get_secret_value() for name, value in settings.store_options.items()}
    bucket = Bucket(settings.store_url, options, settings.store_seconds)
    burial = Periodic("burial", Burial(foundation.works, bucket).step, BURIAL_SECONDS)
    sweep = Sweep(foundation.works, bucket, foundation.metrics)
    opener = FileOpener(settings.private_key.get_secret_value(), foundation.keys.used)
    sealer = FileSealer(opener.public_key, foundation.keys.used)
    foundation.hold_keys(partial(_keys, opener, sealer))
    resealing = Resealing(foundation.works, opener)
    strangers = StrangersClient(CALL_SECONDS, settings.fetch_local_hosts)
    foundation.add_closer(strangers.close)
    lease = timedelta(seconds=settings.lease_seconds)
    fetching = Fetching(
        foundation.works,
        fetcher_of(settings, strangers, foundation.clock),
        opener,
        sealer,
        foundation.metrics,
        lease=lease,
    )
    pace = Pace()
    if clearing is None:
        clearing = children = Children(pace.observe)
        foundation.add_closer(children.stop)
    awaited = Awaited()
    places = Places(foundation.service_client("intake", settings.intake_url))
    step = Settling(
        foundation.works, clearing, bucket, opener, sealer, new_name,
        Proving(places, load_policy()), awaited, pace, lease,
        timedelta(seconds=settings.giving_way_seconds),
    ).step  # fmt: skip
    settling = Periodic("settling", step, SETTLING_SECONDS)
    awaited.wake = settling.wake
    scan = ScannerOff().step
    if settings.clamd:
        clamd = Clamd(settings.clamd)
        scan = Scanning(foundation.works, clamd, opener, foundation.metrics).step
    return foundation.service(
        ErasureHandler(burial.wake),
        _doors(settings, foundation, bucket, opener, sealer, awaited),
        [
            burial,
            Periodic("fetching", fetching.step, FETCHING_SECONDS),
            settling,
            Periodic("resealing", resealing.step, RESEALING_SECONDS),
            Periodic("sweep", sweep.step, SWEEP_SECONDS, patience=2 * SWEEP_SECONDS),
            Periodic("scanner", scan, SCAN_SECONDS, patience=SCAN_PATIENCE),
        ],
        title="CRM media",
        description=DESCRIPTION,
        knows_cases=False,
    )


def _keys(opener: FileOpener, sealer: FileSealer, settings: MediaSettings) -> Held:
    held = opener.replace(settings.private_key.get_secret_value())
    sealer.replace(opener.public_key)
    return held


def _doors(
    settings: MediaSettings,
    foundation: Foundation,
    bucket: Bucket,
    opener: FileOpener,
    sealer: FileSealer,
    awaited: Awaited,
) -> list[Router]:
    """Who asks for links, who has one, and who hands evidence over."""
    signer = LinkSigner(bytes.fromhex(settings.link_key.get_secret_value()), settings.public_url)
    links = LinkDesk(foundation.works, signer, foundation.clock)
    files = FileDesk(foundation.works, bucket, opener, Turns(), settings.public_url)
    hands = Hands(foundation.service_client("routing", settings.routing_url))
    receiving = Receiving(
        foundation.works, hands, sealer, opener, awaited,
        foundation.new_id, settings.evidence_seconds,
        Limits(settings.evidence_files, settings.evidence_megabytes * MEGABYTE),
    )  # fmt: skip
    return [
        create_links_router(links, foundation.callers),
        create_files_router(files, signer, foundation.clock),
        evidence_api.create_router(receiving, foundation.operators),
    ]


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
