"""What Kubernetes is told: by its own schemas, and by what each process needs to start."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.contracts.settings import settings_class
from deploy.kubernetes import manifests
from deploy.kubernetes.writing import FOLDER, written
from deploy.local.broker.topics import topics
from deploy.local.credentials import Addresses, Credentials, gateways, generate
from deploy.local.settings import given_service_urls, launcher_settings
from deploy.secret_files import JOBS, REBUILD, secret_files, to_add, write_secret_files
from deploy.services import EMITTING, HEARING, NAMES, SERVICES, WITH_DATABASE
from shared.production import findings
from shared.settings import SECRETS_DIR
from shared.topic_settings import pinned
from tests.architecture.source import ROOT

EXAMPLE = FOLDER / "overlays" / "example"
VERSIONS = ("1.30", "1.37")
"""The oldest that knows all fields, and the newest whose schemas are there."""
SERVER = "postgresql://administrator:word@db.example.go.id:5432/postgres?sslmode=verify-full"
NOWHERE = Addresses({}, "", True, {}, 0, 8090, 8025)
Document = dict[str, Any]


def documents(folder: Path) -> Iterator[Document]:
    for path in sorted(folder.glob("*.yaml")):
        for each in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if "kustomize" not in each["apiVersion"]:
                yield each


@cache
def base() -> Mapping[tuple[str, str], Document]:
    return {(each["kind"], each["metadata"]["name"]): each for each in documents(FOLDER / "base")}


PODS = [
    *(("Deployment", name) for name in NAMES),
    ("Job", manifests.PREPARE), ("CronJob", manifests.ARCHIVE), ("CronJob", manifests.REBUILD),
]  # fmt: skip


def template(kind: str, name: str) -> Document:
    spec = base()[kind, name]["spec"]
    found: Document = (spec["jobTemplate"]["spec"] if kind == "CronJob" else spec)["template"]
    return found


def pod(kind: str, name: str) -> Document:
    found: Document = template(kind, name)["spec"]
    return found


def test_what_is_committed_is_what_the_table_of_processes_says() -> None:
    stale = [path.name for path, text in written().items() if path.read_text("utf-8") != text]
    assert stale == [], "run `make contracts`"


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_knows_every_field(version: str) -> None:
    all_of_them = [
        *documents(FOLDER / "base"),
        *documents(FOLDER / "components" / "autoscaling"),
        *documents(EXAMPLE),
    ]
    for each in all_of_them:
        kubernetes_validate.validate(each, version, strict=True)
    misspelt = {**all_of_them[0], "metdata": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, version, strict=True)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl puts an overlay together")
def test_the_example_can_be_put_together_and_names_its_own_image_and_issuer() -> None:
    made = subprocess.run(
        ["kubectl", "kustomize", str(EXAMPLE)], check=True, capture_output=True, text=True
    ).stdout
    found = list(yaml.safe_load_all(made))
    for each in found:
        kubernetes_validate.validate(each, VERSIONS[-1], strict=True)
    kinds = [each["kind"] for each in found]
    counted = ("Deployment", "Job", "CronJob", "PersistentVolumeClaim", "HorizontalPodAutoscaler")
    assert [kinds.count(kind) for kind in counted] == [8, 1, 2, 1, 5]
    assert {each["metadata"].get("namespace", "crm") for each in found} == {"crm"}
    assert set(re.findall("image: (.*)", made)) == {"registry.example.go.id/crm:0.1.0"}
    [issuer] = [each for each in found if each["metadata"]["name"] == "issuer"]
    assert issuer["spec"]["egress"][0]["to"] == [{"ipBlock": {"cidr": "203.0.113.10/32"}}]


# --- what a process is given ------------------------------------------------------------------


@pytest.fixture(scope="module")
def credentials() -> Credentials:
    return generate()


@pytest.fixture(scope="module")
def folder(credentials: Credentials, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("installation") / "secrets"
    write_secret_files(made, secret_files(credentials, SERVER))
    return made


def added(name: str, credentials: Credentials) -> Mapping[str, str]:
    """What the city adds by hand."""
    values = {
        "CRM_CHANNEL_SECRETS": json.dumps(credentials.channel_secrets),
        "CRM_GATEWAYS": json.dumps(gateways(credentials, NOWHERE)),
        "CRM_KAFKA_USERNAME": f"crm-{name}",
        "CRM_KAFKA_PASSWORD": "word",
    }
    return {key: values[key] for key in to_add(name)}


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_a_process_has_all_settings_that_it_does_not_start_without(
    service: Any, folder: Path, credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in os.environ if each.startswith("CRM_")]:
        monkeypatch.delenv(name)
    container = pod("Deployment", service.name)["containers"][0]
    told = yaml.safe_load((EXAMPLE / "settings.yaml").read_text())["data"]
    for name, value in {**base()["ConfigMap", "crm"]["data"], **told}.items():
        monkeypatch.setenv(name, value)
    for name, value in added(service.name, credentials).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(SECRETS_DIR, str(folder / service.name))
    found = settings_class(service)()
    assert found.environment == "production"
    assert list(findings(found)) == []
    assert found.http_port == container["ports"][0]["containerPort"]
    assert found.service_key.get_secret_value() == credentials.service_keys[service.name].private


def test_no_process_is_given_what_only_another_one_may_have(folder: Path) -> None:
    has = {each.name: {file.name for file in each.iterdir()} for each in folder.iterdir()}
    assert set(has) == {*NAMES, "prepare", "archive", "rebuild"}
    for name, only in {
        "CRM_VAULT_PRIVATE_KEY": {"vault"},
        "CRM_MEDIA_PRIVATE_KEY": {"media"},
        "CRM_MEDIA_LINK_KEY": {"media"},
        "CRM_SESSION_KEYS": {"console"},
        "CRM_TRACKING_CODE_KEY": {"intake", "vault"},
        "CRM_TRACKING_LOOKUP_KEY": {"intake", "tracking"},
        "CRM_DATABASE_URL": {*WITH_DATABASE, "prepare"},
    }.items():
        assert {process for process, files in has.items() if name in files} == only, name
    urls = {(folder / name / "CRM_DATABASE_URL").read_text() for name in WITH_DATABASE}
    assert len(urls) == len(WITH_DATABASE)
    assert all(url.endswith("@db.example.go.id:5432/crm?sslmode=verify-full") for url in urls)
    modes = {path.stat().st_mode & 0o077 for path in folder.rglob("*")}
    assert modes == {0}


def test_keys_that_are_there_are_not_replaced(folder: Path, credentials: Credentials) -> None:
    with pytest.raises(FileExistsError):
        write_secret_files(folder, secret_files(credentials, SERVER))


def test_each_pod_mounts_the_secret_of_its_own_process_alone() -> None:
    assert {f"crm-{name}" for name in JOBS} == {name for kind, name in PODS if "Job" in kind}
    for kind, name in PODS:
        own = f"crm-{name}" if kind == "Deployment" else name
        spec = pod(kind, name)
        assert [v["secret"]["secretName"] for v in spec["volumes"] if "secret" in v] == [own]
        [container] = spec["containers"]
        assert [s for s in container["envFrom"] if "secretRef" in s] == []
        assert spec["securityContext"]["runAsNonRoot"]
        assert spec["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


# --- who may speak with whom ------------------------------------------------------------------


def test_the_vault_is_reached_by_notify_and_the_console_and_reaches_no_stranger() -> None:
    spec = base()["NetworkPolicy", "vault"]["spec"]
    [ingress] = spec["ingress"]
    callers = [
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
        for peer in ingress["from"]
        if "podSelector" in peer
    ]
    assert sorted(callers) == ["console", "notify"]
    record, called = spec["egress"]
    assert sorted(each["port"] for each in record["ports"]) == [5432, 6432, 9092, 9093, 9094]
    assert called["to"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "intake"}}}]


def test_three_processes_reach_strangers_and_none_of_them_our_own_networks() -> None:
    reach = {}
    for name in NAMES:
        for rule in base()["NetworkPolicy", name]["spec"]["egress"]:
            for peer in rule.get("to", []):
                if "ipBlock" in peer:
                    reach[name] = peer["ipBlock"]["except"]
    assert sorted(reach) == ["media", "notify", "routing"]
    assert all("10.0.0.0/8" in own and "169.254.0.0/16" in own for own in reach.values())


def test_what_nobody_is_allowed_by_name_is_closed() -> None:
    closed = base()["NetworkPolicy", "closed"]["spec"]
    assert closed == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "crm"}},
        "policyTypes": ["Ingress", "Egress"],
    }
    for kind, name in PODS:
        assert template(kind, name)["metadata"]["labels"]["app.kubernetes.io/part-of"] == "crm"


# --- old months, and the stream that is made anew of them -------------------------------------


def test_the_job_of_each_month_is_told_the_database_of_every_service_and_no_administrators(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in os.environ if each.startswith("CRM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(SECRETS_DIR, str(folder / "archive"))
    given = given_service_urls()
    assert given == {name: (folder / name / "CRM_DATABASE_URL").read_text() for name in given or ()}
    assert set(given or ()) == set(WITH_DATABASE)
    assert launcher_settings().database_url is None
    assert [to_add(name) for name in ("archive", "rebuild")] == [
        (), ("CRM_KAFKA_USERNAME", "CRM_KAFKA_PASSWORD"),
    ]  # fmt: skip


def test_old_months_go_to_the_volume_that_a_rebuild_reads() -> None:
    claims, commands = set(), {}
    for name in (manifests.ARCHIVE, manifests.REBUILD):
        spec = pod("CronJob", name)
        [claim] = [each for each in spec["volumes"] if "persistentVolumeClaim" in each]
        [container] = spec["containers"]
        [mount] = [each for each in container["volumeMounts"] if each["name"] == claim["name"]]
        commands[name] = (container["command"], mount["mountPath"])
        claims.add(claim["persistentVolumeClaim"]["claimName"])
    [name] = claims
    assert ("PersistentVolumeClaim", name) in base()
    assert commands == {
        "crm-archive": (["crm", "archive", "--archive", "/archive"], "/archive"),
        "crm-rebuild": (["crm", "bus", "rebuild", "--archive", "/archive"], "/archive"),
    }


def test_months_are_archived_each_month_one_job_at_a_time_and_no_rebuild_begins_by_itself() -> None:
    monthly, never = (base()["CronJob", f"crm-{name}"]["spec"] for name in ("archive", "rebuild"))
    minute, hour, day, *rest = monthly["schedule"].split()
    assert (all(each.isdigit() for each in (minute, hour, day)), rest) == (True, ["*", "*"])
    assert monthly["concurrencyPolicy"] == "Forbid"
    assert "suspend" not in monthly
    assert never["suspend"] is True
    assert never["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_the_job_of_each_month_reaches_databases_and_nothing_else() -> None:
    ports = {
        name: [each["port"] for each in base()["NetworkPolicy", name]["spec"]["egress"][0]["ports"]]
        for name in (manifests.ARCHIVE, manifests.REBUILD)
    }
    assert ports == {
        "crm-archive": [5432, 6432],
        "crm-rebuild": [5432, 6432, 9092, 9093, 9094],
    }


# --- examples of a broker and a database ---------------------------------------------------


def examples(kind: str) -> list[Document]:
    return [each for each in documents(FOLDER / "examples") if each["kind"] == kind]


def test_the_example_topic_is_the_one_that_services_ask_for() -> None:
    [topic] = topics()
    [example] = examples("KafkaTopic")
    assert example["metadata"]["name"] == topic.name
    assert example["spec"]["partitions"] == topic.partitions
    config = {name: str(value) for name, value in example["spec"]["config"].items()}
    assert config == {**pinned(topic), "min.insync.replicas": "2"}
    assert example["spec"]["replicas"] == 3


def test_each_process_on_the_stream_has_a_user_of_its_own_that_may_do_what_it_does() -> None:
    found = examples("KafkaUser")
    users = {each["metadata"]["name"]: each["spec"]["authorization"] for each in found}
    assert set(users) == {*(f"crm-{name}" for name in WITH_DATABASE), "crm-prepare", "crm-rebuild"}
    rebuilds = {each["resource"]["type"]: each for each in users[f"crm-{REBUILD}"]["acls"]}
    assert {"Create", "Delete", "Write"} <= set(rebuilds["topic"]["operations"])
    assert rebuilds["group"]["resource"] == {
        "type": "group", "name": "crm.", "patternType": "prefix",
    }  # fmt: skip
    for name in WITH_DATABASE:
        acls = {each["resource"]["type"]: each for each in users[f"crm-{name}"]["acls"]}
        assert ("group" in acls) == ("Read" in acls["topic"]["operations"]) == (name in HEARING)
        assert ("Write" in acls["topic"]["operations"]) == (name in EMITTING)
        if name in HEARING:
            assert acls["group"]["resource"]["name"] == f"crm.{name}"


def test_the_example_database_loses_no_commit_with_its_first_instance() -> None:
    [cluster] = examples("Cluster")
    assert cluster["spec"]["instances"] == 3
    synchronous = cluster["spec"]["postgresql"]["synchronous"]
    assert synchronous == {"method": "any", "number": 1, "dataDurability": "required"}
    # By it the job makes the roles.
    assert cluster["spec"]["enableSuperuserAccess"] is True


def test_the_images_lock_is_a_part_of_the_one_that_the_tests_run_with() -> None:
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"^([a-z0-9-]+==[^ \\]+)", path.read_text(), re.MULTILINE))

    image = pins(ROOT / "deploy" / "image.lock")
    assert len(image) > 40
    assert image - pins(ROOT / "requirements.lock") == set()
