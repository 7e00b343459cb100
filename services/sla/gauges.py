"""What is asked at a scrape of sla: whether its timers fire in time."""

from collections.abc import Sequence

from services.sla.store import ClockStore
from shared.gauges import Measure
from shared.telemetry import Metrics


def measures(store: ClockStore) -> Sequence[Measure]:
    return (Measure("timers", store.overdue_timers, _show_timers),)


def _show_timers(metrics: Metrics, found: tuple[int, float] | None) -> None:
    cases, lateness = found or (None, None)
    metrics.timers_overdue.tell_one(cases)
    metrics.timer_lateness.tell_one(lateness)
