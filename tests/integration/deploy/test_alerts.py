"""The rules of Prometheus: each is raised by its symptom within a minute, and by nothing normal."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest

from deploy.contracts.dashboard import queries
from deploy.contracts.documents import ROOT
from deploy.services import NAMES
from shared.telemetry import Metrics
from tests.gateways.installed import need

FOLDER = ROOT / "deploy" / "prometheus"
RULES = FOLDER / "rules.yaml"
NOT_OURS = {
    "up", "ALERTS", "node_filesystem_avail_bytes", "node_filesystem_size_bytes",
}  # fmt: skip
"""Of Prometheus itself, and of Debian's exporter of a machine."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """``series``: values every 15 seconds, in promtool's words. ``labels``: of the alert that they
    raise, beside the severity. ``at``: when it is there."""

    series: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    at: str = "60s"


OF_SLA = 'service="sla",instance="a:1",job="crm"'
SLA = {"service": "sla"}
SLA_HERE = {"service": "sla", "instance": "a:1"}
ALL_OF_SLA = {**SLA_HERE, "job": "crm"}

SYMPTOMS: Mapping[str, Sequence[Symptom]] = {
    "OutboxStands": [Symptom({f"crm_outbox_oldest_seconds{{{OF_SLA}}}": "0+15x20"}, SLA)],
    "ConsumerBehind": [
        Symptom({f'crm_consumer_lag_seconds{{{OF_SLA},partition="3"}}': "0+15x20"}, SLA, "75s")
    ],
    "PartitionStands": [
        Symptom(
            {f'crm_partitions_standing{{{OF_SLA},partition="3",cause="NotLeader"}}': "1x20"},
            {**SLA, "partition": "3", "cause": "NotLeader"},
        )
    ],
    "TaskSilent": [
        Symptom(
            {
                f'crm_task_silent_seconds{{{OF_SLA},task="database"}}': "0+15x20",
                f'crm_task_patience_seconds{{{OF_SLA},task="database"}}': "10x20",
            },
            {**SLA_HERE, "task": "database"},
        )
    ],
    "ServiceAway": [Symptom({f"up{{{OF_SLA}}}": "1 0x20"}, ALL_OF_SLA)],
    "NotMeasured": [
        Symptom(
            {f'crm_measured{{{OF_SLA},what="timers"}}': "1 0x20"}, {**SLA_HERE, "what": "timers"}
        )
    ],
    "PoolFull": [
        Symptom(
            {f"crm_db_pool_used{{{OF_SLA}}}": "12x20", f"crm_db_pool_most{{{OF_SLA}}}": "12x20"},
            ALL_OF_SLA,
        )
    ],
    "LoopLags": [
        Symptom({f"crm_event_loop_lag_seconds{{{OF_SLA}}}": "3x20"}, SLA_HERE, "75s")
    ],
    "EventsParked": [
        Symptom({f'crm_parked_now{{{OF_SLA},cause="bug"}}': "0 1x20"}, {**SLA, "cause": "bug"})
    ],
    "RowsAside": [
        Symptom({f'crm_rows_aside{{{OF_SLA},table="cases"}}': "1x20"}, {**SLA, "table": "cases"})
    ],
    "TimersLate": [Symptom({f"crm_timer_lateness_seconds{{{OF_SLA}}}": "0+15x20"})],
    "DeliveriesWait": [
        Symptom(
            {f'crm_deliveries_oldest_seconds{{{OF_SLA},channel="sms"}}': "890+15x9"},
            {"channel": "sms"},
        )
    ],
    "GatewayHeldBack": [
        Symptom(
            {f'crm_gateways_held_back{{{OF_SLA},gateway="sms",reason="gone"}}': "1x20"},
            {"gateway": "sms", "reason": "gone"},
        )
    ],
    "GatewayFails": [
        Symptom(
            {f'crm_gateway_failures_total{{{OF_SLA},gateway="sms",reason="timeout"}}': "0+3x20"},
            {"gateway": "sms", "reason": "timeout"},
        )
    ],
    "ChannelSilent": [
        Symptom(
            {
                f'crm_channel_last_seconds{{{OF_SLA},channel="jaki"}}': "601+15x20",
                f'crm_channel_pause_seconds{{{OF_SLA},channel="jaki"}}': "150x20",
            },
            {"channel": "jaki"},
        )
    ],
    "IntakeQueueFills": [
        Symptom(
            {
                f"crm_intake_queue_{what}{{{OF_SLA}}}": "51x20",
                f"crm_intake_queue_most_{what}{{{OF_SLA}}}": "100x20",
            },
            ALL_OF_SLA,
        )
        for what in ("messages", "bytes")
    ],
    "VaultAway": [
        Symptom(
            {
                f'crm_vault_claims_total{{{OF_SLA},outcome="failed"}}': "0+7x20",
                f'crm_vault_claims_total{{{OF_SLA},outcome="answered"}}': "40x20",
            }
        )
    ],
    "BackupOld": [Symptom({f"crm_backup_age_seconds{{{OF_SLA}}}": "93601+15x20"})],
    "ClockStep": [
        Symptom({f"crm_clock_offset_seconds{{{OF_SLA}}}": f"0 {step}x20"}, SLA_HERE)
        for step in ("10800", "-3")
    ],
    "DiskFull": [
        Symptom(
            {
                'node_filesystem_avail_bytes{job="machines",instance="m",mountpoint="/"}': "19x20",
                'node_filesystem_size_bytes{job="machines",instance="m",mountpoint="/"}': "100x20",
            },
            {"instance": "m", "mountpoint": "/"},
        )
    ],
    "TopicWrong": [
        Symptom(
            {f'crm_topic_setting_wrong{{{OF_SLA},setting="retention.ms"}}': "1x20"},
            {"setting": "retention.ms"},
        )
    ],
    "RulesRefused": [Symptom({f"crm_rules_refused{{{OF_SLA}}}": "1x20"})],
    "RulesFail": [Symptom({f"crm_rules_failed_total{{{OF_SLA}}}": "0 1x20"})],
    "MediaLost": [Symptom({f"crm_media_lost{{{OF_SLA}}}": "1x20"})],
    "ScannerAway": [Symptom({f"crm_scanner_away{{{OF_SLA}}}": "1x60"}, at="11m")],
    # All of a busy process, and one of a quiet one now and then.
    "SpansLost": [
        Symptom({f'crm_spans_total{{{OF_SLA},outcome="lost"}}': lost}, SLA, "6m")
        for lost in ("0+300x40", "0 1x6 2x6 3x6 4x6 5x6")
    ],
}  # fmt: skip

NORMAL: Mapping[str, str] = {
    f"crm_outbox_oldest_seconds{{{OF_SLA}}}": "0 1 4 0 25 0x40",
    f'crm_consumer_lag_seconds{{{OF_SLA},partition="3"}}': "0 12 28 0 3 0x40",
    f'crm_task_silent_seconds{{{OF_SLA},task="database"}}': "1 2 9 0 2x40",
    f'crm_task_patience_seconds{{{OF_SLA},task="database"}}': "10x45",
    # A process that is started anew misses one scrape.
    f"up{{{OF_SLA}}}": "1x5 0 1x40",
    f'crm_measured{{{OF_SLA},what="timers"}}': "1x5 0 1x40",
    f"crm_db_pool_used{{{OF_SLA}}}": "3 12 4x40",
    f"crm_db_pool_most{{{OF_SLA}}}": "12x45",
    f"crm_event_loop_lag_seconds{{{OF_SLA}}}": "0.01x5 1.5x2 0.02x40",
    f'crm_parked_now{{{OF_SLA},cause="bug"}}': "0x45",
    f"crm_timer_lateness_seconds{{{OF_SLA}}}": "0 12 0 28 0x40",
    f'crm_deliveries_oldest_seconds{{{OF_SLA},channel="sms",status="waiting"}}': "0+15x45",
    f'crm_gateway_failures_total{{{OF_SLA},gateway="sms",reason="timeout"}}': "0 1x20 2x20",
    # A quiet channel, and a busy one at night.
    f'crm_channel_last_seconds{{{OF_SLA},channel="sms"}}': "7000+15x45",
    f'crm_channel_pause_seconds{{{OF_SLA},channel="sms"}}': "3600x45",
    f'crm_channel_last_seconds{{{OF_SLA},channel="jaki"}}': "0+15x38 0x5",
    f'crm_channel_pause_seconds{{{OF_SLA},channel="jaki"}}': "20x45",
    f"crm_intake_queue_messages{{{OF_SLA}}}": "0 400 2400 0x40",
    f"crm_intake_queue_most_messages{{{OF_SLA}}}": "5000x45",
    f'crm_vault_claims_total{{{OF_SLA},outcome="failed"}}': "0 1x20 2x20",
    f'crm_vault_claims_total{{{OF_SLA},outcome="answered"}}': "0+20x45",
    # The night's backup was begun a little later than the one before.
    f"crm_backup_age_seconds{{{OF_SLA}}}": "88000+15x40",
    f"crm_clock_offset_seconds{{{OF_SLA}}}": "0.3 -0.4 1.9 0x40",
    'node_filesystem_avail_bytes{job="machines",instance="m",mountpoint="/"}': "21x45",
    'node_filesystem_size_bytes{job="machines",instance="m",mountpoint="/"}': "100x45",
    f"crm_rules_refused{{{OF_SLA}}}": "0x45",
    f"crm_rules_failed_total{{{OF_SLA}}}": "7x45",
    f"crm_media_lost{{{OF_SLA}}}": "0x45",
    f"crm_scanner_away{{{OF_SLA}}}": "0x5 1x20 0x20",
    # The collector is started anew, and is there after two minutes.
    f'crm_spans_total{{{OF_SLA},outcome="lost"}}': "0x3 40+40x7 320x40",
    f'crm_spans_total{{{OF_SLA},outcome="taken"}}': "0+40x3 120x8 160+40x40",
}


@cache
def rules() -> dict[str, dict[str, Any]]:
    [group] = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def promtool(*arguments: str) -> None:
    need("prometheus")
    done = subprocess.run(
        ["/usr/bin/promtool", *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_the_example_and_the_rules() -> None:
    promtool("check", "config", str(FOLDER / "prometheus.yaml"))


def test_the_example_asks_every_process() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())["scrape_configs"]
    [ours] = [job for job in jobs if job["job_name"] == "crm"]
    assert {each["labels"]["service"] for each in ours["static_configs"]} == set(NAMES)


def test_each_symptom_raises_its_alert_within_a_minute(tmp_path: Path) -> None:
    assert SYMPTOMS.keys() == rules().keys()
    tests = [
        _test(symptom.series, [_raised(name, symptom)])
        for name, symptoms in SYMPTOMS.items()
        for symptom in symptoms
    ]
    _judge(tmp_path, tests)


def test_what_is_normal_raises_none(tmp_path: Path) -> None:
    moments = ("1m", "2m", "4m", "5m", "10m")
    _judge(
        tmp_path,
        [
            _test(
                NORMAL,
                [
                    {"eval_time": moment, "alertname": name, "exp_alerts": []}
                    for name in rules()
                    for moment in moments
                ],
            )
        ],
    )


def _raised(name: str, symptom: Symptom) -> dict[str, Any]:
    rule = rules()[name]
    alert = {
        "exp_labels": {**symptom.labels, **rule["labels"]}, "exp_annotations": rule["annotations"]
    }  # fmt: skip
    return {"eval_time": symptom.at, "alertname": name, "exp_alerts": [alert]}


def _test(series: Mapping[str, str], alerts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    told = [{"series": name, "values": values} for name, values in series.items()]
    return {"interval": "15s", "input_series": told, "alert_rule_test": list(alerts)}


def _judge(folder: Path, tests: Sequence[Mapping[str, Any]]) -> None:
    file = folder / "tests.yaml"
    file.write_text(
        yaml.safe_dump(
            {"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": list(tests)}
        )
    )
    promtool("test", "rules", str(file))


@pytest.mark.parametrize("name", sorted(rules()))
def test_people_are_told_of_each_alert_what_it_means_and_what_to_do(name: str) -> None:
    notes = rules()[name]["annotations"]
    assert notes["runbook"] == f"docs/alerts.md#{name.lower()}"
    guide = (ROOT / "docs" / "alerts.md").read_text()
    found = re.search(rf"^## {name}\n\n(.+?)\n\n1\. .+?\n2\. .+?(?=\n\n##|\Z)", guide, re.M | re.S)
    assert found, f"docs/alerts.md has no meaning and two acts of {name}"
    assert notes["summary"] in found[1].replace("\n", " ")


def test_rules_and_dashboard_name_only_figures_that_there_are() -> None:
    text = generate_latest(Metrics().registry).decode()
    families = set(re.findall(r"^# TYPE (\w+) ", text, re.M))
    told = families | {f"{name}_{part}" for name in families for part in ("bucket", "count", "sum")}
    expressions = [rule["expr"] for rule in rules().values()] + list(queries())
    named = {
        name
        for expression in expressions
        for name in re.findall(r"\b(?:crm|process|node)_\w+|\bup\b|\bALERTS\b", expression)
    }
    assert named - told - NOT_OURS == set()
