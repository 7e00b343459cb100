"""What is asked at a scrape of notify: which messages are open, and for how long."""

from collections.abc import Mapping, Sequence

from services.notify.store import NotifyStore
from shared.gauges import Measure
from shared.telemetry import Metrics


def measures(store: NotifyStore) -> Sequence[Measure]:
    return (Measure("deliveries", store.open_messages, _show_deliveries),)


def _show_deliveries(
    metrics: Metrics, found: Mapping[tuple[str, str], tuple[int, float]] | None
) -> None:
    said = found or {}
    metrics.deliveries_now.tell({labels: float(count) for labels, (count, _) in said.items()})
    metrics.deliveries_oldest.tell({labels: oldest for labels, (_, oldest) in said.items()})
