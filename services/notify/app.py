"""Composition root of notify."""

from services.notify import failed
from services.notify.api import create_router
from services.notify.gauges import measures
from services.notify.handler import NotifyHandler
from services.notify.providers.registry import create_adapters
from services.notify.reading import MessageReaders
from services.notify.sending.sender import Sender
from services.notify.settings import NotifySettings
from services.notify.store import NotifyStore
from shared.facts_claim import FactsClaim
from shared.foundation import Foundation
from shared.outbound import OutboundClient, ServiceClient
from shared.runtime import Periodic, Service


def build(settings: NotifySettings) -> Service:
    """Wires the service; opens no connection."""
    foundation = Foundation.of(settings)
    store = NotifyStore()
    client = OutboundClient(timeout=settings.call_seconds, connections=80)
    adapters, hang_up = create_adapters(
        settings.gateways, client, foundation.clock, settings.call_seconds
    )
    foundation.add_closer(client.close)
    foundation.add_closer(hang_up)
    # With the timeout of a provider's call, which is shorter than that of a service's: the other
    # messages of the step, or an officer before a page, wait for this answer.
    routing = ServiceClient(client, foundation.callers, "routing", settings.routing_url)
    sender = Sender(
        foundation.works,
        store,
        foundation.service_client("vault", settings.vault_url),
        routing,
        adapters,
        foundation.faults,
        settings,
        foundation.metrics,
        spans=foundation.spans,
    )
    return foundation.service(
        NotifyHandler(store, FactsClaim(foundation.service_client("intake", settings.intake_url))),
        [
            create_router(
                foundation.works,
                store,
                foundation.operators,
                MessageReaders(routing, foundation.operators.units),
            ),
            failed.create_router(
                foundation.works,
                store,
                foundation.operators,
                foundation.cursors("notify.failed", failed.PLACE),
            ),
        ],
        periodics=[Periodic("sender", sender.step, settings.poll_seconds)],
        title="CRM notify",
        description="Tells reporters, on the channel they came by, what becomes of their reports.",
        measures=measures(store),
    )
