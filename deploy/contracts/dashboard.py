"""``deploy/grafana/crm.json``: a dashboard for Grafana, written from the table of its panels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.contracts.documents import ROOT, pretty

DASHBOARD = ROOT / "deploy" / "grafana" / "crm.json"

_WIDTH, _HEIGHT, _IN_A_ROW = 8, 8, 3
_SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture. unit: in Grafana's words. legend: by labels. quiet: whether it shows nothing
    while all is well."""

    title: str
    unit: str
    query: str
    legend: str
    quiet: bool = False


PANELS: Sequence[tuple[str, Sequence[Panel]]] = (
    (
        "What people notice",
        (
            Panel("Alerts", "short", 'ALERTS{alertstate="firing"}',
                  "{{alertname}} {{service}}", True),
            Panel("Reports filed, by channel", "reqps",
                  'sum by (channel) (rate(crm_intake_total{outcome="filed"}[5m]))', "{{channel}}"),
            Panel("Reports not filed", "reqps",
                  'sum by (channel, outcome) (rate(crm_intake_total{outcome!="filed"}[5m]))',
                  "{{channel}} {{outcome}}", True),
            Panel("Requests: 99 of 100 are answered within", "s",
                  "histogram_quantile(0.99,"
                  " sum by (service, le) (rate(crm_http_seconds_bucket[5m])))",
                  "{{service}}"),
            Panel("Requests", "reqps", "sum by (service) (rate(crm_http_seconds_count[5m]))",
                  "{{service}}"),
            Panel("Requests that failed", "reqps",
                  'sum by (service, status) (rate(crm_http_seconds_count{status=~"5.."}[5m]))',
                  "{{service}} {{status}}", True),
        ),
    ),
    (
        "The way of an event",
        (
            Panel("Waits for the broker: oldest", "s",
                  "max by (service) (crm_outbox_oldest_seconds)", "{{service}}"),
            Panel("Waits for the broker", "short", "max by (service) (crm_outbox_rows)",
                  "{{service}}"),
            Panel("Shards of the outbox that are held", "short",
                  "sum by (service) (crm_relay_shards_held)", "{{service}}"),
            Panel("Behind the stream", "s", "max by (service) (crm_consumer_lag_seconds)",
                  "{{service}}"),
            Panel("Records not applied", "short", "sum by (service) (crm_consumer_lag_records)",
                  "{{service}}"),
            Panel("Events applied", "ops", "sum by (service) (rate(crm_events_applied_total[5m]))",
                  "{{service}}"),
        ),
    ),
    (
        "What waits for people, partners and time",
        (
            Panel("Events parked", "short", "max by (service, cause) (crm_parked_now)",
                  "{{service}} {{cause}}", True),
            Panel("Rows set aside", "short", "max by (service, table) (crm_rows_aside)",
                  "{{service}} {{table}}", True),
            Panel("Timers late", "s", "max(crm_timer_lateness_seconds)", "lateness"),
            Panel("Messages to reporters that are open", "short",
                  "max by (channel, status) (crm_deliveries_now)", "{{channel}} {{status}}", True),
            Panel("Oldest of them", "s", "max by (channel) (crm_deliveries_oldest_seconds)",
                  "{{channel}}", True),
            Panel("Gateways held back", "short",
                  "max by (gateway, reason) (crm_gateways_held_back)", "{{gateway}} {{reason}}",
                  True),
            Panel("Gateways that fail", "ops",
                  "sum by (gateway, reason) (rate(crm_gateway_failures_total[5m]))",
                  "{{gateway}} {{reason}}", True),
            Panel("Since the last backup", "s", "max(crm_backup_age_seconds)", "age"),
            Panel("Silence of channels", "s", "max by (channel) (crm_channel_last_seconds)",
                  "{{channel}}"),
            Panel("Intake's queue", "percentunit",
                  "max by (instance) (crm_intake_queue_messages / crm_intake_queue_most_messages)",
                  "{{instance}}"),
        ),
    ),
    (
        "Processes",
        (
            Panel("There", "short", 'sum by (service) (up{job="crm"})', "{{service}}"),
            Panel("Versions", "short", "count by (version) (crm_build_info)", "{{version}}"),
            Panel("Tasks: silence, as a part of their patience", "percentunit",
                  "max by (service, task) (crm_task_silent_seconds / crm_task_patience_seconds)",
                  "{{service}} {{task}}"),
            Panel("Connections to the database", "percentunit",
                  "max by (service) (crm_db_pool_used / crm_db_pool_most)", "{{service}}"),
            Panel("Tries after a failure", "ops",
                  "sum by (service, task) (rate(crm_retries_total[5m]))", "{{service}} {{task}}",
                  True),
            Panel("The event loop wakes late by", "s",
                  "max by (service) (crm_event_loop_lag_seconds)", "{{service}}"),
            Panel("Memory", "bytes", "max by (service) (process_resident_memory_bytes)",
                  "{{service}}"),
            Panel("Processor", "percentunit",
                  "max by (service) (rate(process_cpu_seconds_total[5m]))", "{{service}}"),
            Panel("Clocks ahead of the database's", "s",
                  "max by (instance) (crm_clock_offset_seconds)", "{{instance}}"),
            Panel("Free space of disks", "percentunit",
                  "min by (instance, mountpoint)"
                  " (node_filesystem_avail_bytes / node_filesystem_size_bytes)",
                  "{{instance}} {{mountpoint}}"),
        ),
    ),
)  # fmt: skip


def panels() -> Iterator[Panel]:
    for _, found in PANELS:
        yield from found


def queries() -> Iterator[str]:
    """What the dashboard asks of Prometheus."""
    return (panel.query for panel in panels())


def dashboard() -> str:
    """The text of ``DASHBOARD``."""
    return pretty(
        {
            "title": "Cepat Respon Masyarakat",
            "uid": "crm",
            "schemaVersion": 39,
            "refresh": "15s",
            "time": {"from": "now-3h", "to": "now"},
            "timezone": "Asia/Jakarta",
            "templating": {
                "list": [{"name": "source", "type": "datasource", "query": "prometheus"}]
            },
            "panels": list(_laid_out()),
        }
    )


def _laid_out() -> Iterator[dict[str, Any]]:
    number, line = 1, 0
    for title, found in PANELS:
        place = {"x": 0, "y": line, "w": _WIDTH * _IN_A_ROW, "h": 1}
        yield {"id": number, "type": "row", "title": title, "gridPos": place, "panels": []}
        number, line = number + 1, line + 1
        for at, panel in enumerate(found):
            column, row = at % _IN_A_ROW, at // _IN_A_ROW
            place = {
                "x": column * _WIDTH, "y": line + row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT
            }  # fmt: skip
            yield _drawn(panel, number, place)
            number += 1
        line += -(-len(found) // _IN_A_ROW) * _HEIGHT


def _drawn(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "type": "timeseries",
        "title": panel.title,
        "gridPos": place,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {
                "refId": "A",
                "datasource": _SOURCE,
                "expr": panel.query,
                "legendFormat": panel.legend,
            }
        ],
    }
