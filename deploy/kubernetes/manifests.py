"""What Kubernetes is told of each process, by the table of processes. Pure.

Field names are Kubernetes' own (apps/v1, batch/v1, policy/v1, networking.k8s.io/v1,
autoscaling/v2; `sleep` of a lifecycle needs 1.30 or newer).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from deploy.services import SERVICES, Service

Document: TypeAlias = dict[str, Any]
Files: TypeAlias = Mapping[str, Sequence[Document]]

HTTP, SMTP = 8000, 8025
USER = 10001
"""Of the image (deploy/Containerfile)."""
IMAGE = "crm"
"""An overlay says where it lies and which version it is (`images`)."""
CONFIG, PREPARE = "crm", "crm-prepare"
ARCHIVE, REBUILD = "crm-archive", "crm-rebuild"
FILES = "/archive"
"""Where the files of archived months are, in both."""
FILES_ROOM = "20Gi"
"""Of a million complaints a year, for some ten years; an overlay says more."""
SECRETS = "/run/secrets"
REPLICAS = 2
STOP_SECONDS = 20
"""`stop_seconds` of the settings, the three seconds before it, and as much again."""
LEAVE_SECONDS = 3
"""Between a stop and its beginning: so long others may still send requests here."""
HTTPS = 443
"""Port of the issuer, of gateways and of platforms."""
OTLP = 4318
"""Port of a collector of traces."""
DATABASE_PORTS = (5432, 6432)
"""PostgreSQL's, and PgBouncer's."""
BROKER_PORTS = (9092, 9093, 9094)
MAIL_PORTS = (25, 465, 587)
"""Of a relay: notify alone sends mail."""
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")
"""What belongs to nobody outside (RFC 1918, 3927, 6598)."""
REQUESTS = {"cpu": "100m", "memory": "160Mi"}
LIMIT = "320Mi"
LIMIT_WITH_CHILD = "1Gi"
"""Media's child opens strangers' pictures and may take 512 MB (decision 0054)."""
OF_ONE_QUEUE, OF_ONE_LAG = "500", "5000"
"""Messages that wait for intake's database, and records that a consumer is behind: where there are
more for each replica, one more is started."""
ERASURES_ALONE = ("vault", "media")
"""They hear nothing else: a second consumer has nothing to do."""


def base() -> Files:
    """By file name the documents of it."""
    files: dict[str, Sequence[Document]] = {
        "config.yaml": [_config()],
        "network.yaml": [_closed(), _names(), _issuer(), _collector()],
        "prepare.yaml": [_prepare(), _of_job(PREPARE, DATABASE_PORTS, BROKER_PORTS)],
        "archive.yaml": [_archive_files(), _archive(), _of_job(ARCHIVE, DATABASE_PORTS)],
        "rebuild.yaml": [_rebuild(), _of_job(REBUILD, DATABASE_PORTS, BROKER_PORTS)],
    }
    for service in SERVICES:
        files[f"{service.name}.yaml"] = [
            _deployment(service),
            _service(service),
            _budget(service),
            _network(service),
        ]
    return {**files, "kustomization.yaml": [_kustomization("Kustomization", sorted(files))]}


def autoscaling() -> Files:
    """A component: it needs an adapter that gives Prometheus' figures to Kubernetes."""
    files = {f"{name}.yaml": [_scaler(name, *gauge)] for name, gauge in _scaled().items()}
    return {**files, "kustomization.yaml": [_kustomization("Component", sorted(files))]}


def _scaled() -> Mapping[str, tuple[str, str]]:
    """By process the gauge that says when one more is needed, and how much is one replica's."""
    lag = ("crm_consumer_lag_records", OF_ONE_LAG)
    hearing = {each.name: lag for each in SERVICES if each.hears}
    found = {name: gauge for name, gauge in hearing.items() if name not in ERASURES_ALONE}
    return {"intake": ("crm_intake_queue_messages", OF_ONE_QUEUE), **found}


def _kustomization(kind: str, resources: Iterable[str]) -> Document:
    version = {"Kustomization": "v1beta1", "Component": "v1alpha1"}[kind]
    return {
        "apiVersion": f"kustomize.config.k8s.io/{version}",
        "kind": kind,
        "resources": list(resources),
    }


def _document(api: str, kind: str, name: str, **rest: Any) -> Document:
    labels = {"app.kubernetes.io/part-of": "crm", "app.kubernetes.io/name": name}
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "labels": labels}, **rest}


def _of(name: str) -> Document:
    """The label by which a process is found."""
    return {"app.kubernetes.io/name": name}


def _config() -> Document:
    addresses = {f"CRM_{each.name.upper()}_URL": f"http://{each.name}:{HTTP}" for each in SERVICES}
    data = {
        "CRM_HTTP_HOST": "0.0.0.0",
        "CRM_HTTP_PORT": str(HTTP),
        "CRM_SMTP_HOST": "0.0.0.0",
        "CRM_SMTP_PORT": str(SMTP),
        "CRM_LOG_LEVEL": "INFO",
        **addresses,
    }
    return _document("v1", "ConfigMap", CONFIG, data=data)


# --- processes ------------------------------------------------------------------------------


def _deployment(service: Service) -> Document:
    spec = {
        "replicas": REPLICAS,
        # A replica goes when another one is ready: none is missing while a version is rolled out.
        "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "selector": {"matchLabels": _of(service.name)},
        "template": {
            "metadata": {"labels": {"app.kubernetes.io/part-of": "crm", **_of(service.name)}},
            "spec": {
                **_pod(_process(service), f"crm-{service.name}"),
                "terminationGracePeriodSeconds": STOP_SECONDS,
                "topologySpreadConstraints": [_spread(service)],
            },
        },
    }
    return _document("apps/v1", "Deployment", service.name, spec=spec)


def _pod(container: Document, secret: str) -> Document:
    return {
        # No process asks Kubernetes anything.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
            {"name": "secrets", "secret": {"secretName": secret, "defaultMode": 0o440}},
        ],
    }


def _container(name: str, command: Sequence[str], **rest: Any) -> Document:
    return {
        "name": name,
        "image": IMAGE,
        "command": list(command),
        "envFrom": [{"configMapRef": {"name": CONFIG}}],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 (of the container)
            {"name": "secrets", "mountPath": SECRETS, "readOnly": True},
        ],
        **rest,
    }


def _process(service: Service) -> Document:
    limit = LIMIT_WITH_CHILD if service.name == "media" else LIMIT
    ports = [{"name": "http", "containerPort": HTTP}]
    if service.name == "intake":
        ports.append({"name": "smtp", "containerPort": SMTP})
    return _container(
        service.name,
        ["python", "-m", service.package],
        ports=ports,
        **_own_environment(service),
        resources={"requests": REQUESTS, "limits": {"memory": limit}},
        startupProbe={"httpGet": _get("live"), "periodSeconds": 2, "failureThreshold": 30},
        livenessProbe={"httpGet": _get("live"), "periodSeconds": 5, "timeoutSeconds": 3},
        readinessProbe={"httpGet": _get("ready"), "periodSeconds": 2, "timeoutSeconds": 3},
        lifecycle={"preStop": {"sleep": {"seconds": LEAVE_SECONDS}}},
    )


def _own_environment(service: Service) -> Document:
    if service.name != "intake":
        return {}
    # glibc gives blocks of this size back to the system when they are freed (decision 0072).
    return {"env": [{"name": "MALLOC_MMAP_THRESHOLD_", "value": "65536"}]}


def _get(what: str) -> Document:
    return {"path": f"/health/{what}", "port": "http"}


def _spread(service: Service) -> Document:
    return {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        # With one machine left all replicas stand on it rather than none.
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": _of(service.name)},
    }


def _service(service: Service) -> Document:
    ports = [{"name": "http", "port": HTTP, "targetPort": "http"}]
    if service.name == "intake":
        ports.append({"name": "smtp", "port": 25, "targetPort": "smtp"})
    spec = {"selector": _of(service.name), "ports": ports}
    return _document("v1", "Service", service.name, spec=spec)


def _budget(service: Service) -> Document:
    spec = {
        "maxUnavailable": 1,
        # A replica that is not ready must not keep a machine from being emptied.
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": _of(service.name)},
    }
    return _document("policy/v1", "PodDisruptionBudget", service.name, spec=spec)


def _prepare() -> Document:
    command = ["python", "-m", "deploy.containers", "prepare"]
    # A migration that cannot have its lock gives up; the job tries it again.
    spec = {"backoffLimit": 10, "activeDeadlineSeconds": 1800, **_job(PREPARE, command)}
    return _document("batch/v1", "Job", PREPARE, spec=spec)


def _job(name: str, command: Sequence[str]) -> Document:
    """What it runs, once; its secret has its name."""
    container = _container(
        name, command, resources={"requests": REQUESTS, "limits": {"memory": LIMIT}}
    )
    return {
        "template": {
            "metadata": {"labels": {"app.kubernetes.io/part-of": "crm", **_of(name)}},
            "spec": {**_pod(container, name), "restartPolicy": "Never"},
        }
    }


# --- old months, and the stream that is made anew of them ---------------------------------------


def _archive_files() -> Document:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": FILES_ROOM}},
    }
    return _document("v1", "PersistentVolumeClaim", ARCHIVE, spec=spec)


def _archive() -> Document:
    spec = {
        # In the night after the first of the month, when the backups of the first are made.
        "schedule": "20 3 2 * *",
        "timeZone": "Asia/Jakarta",
        # One that was cut off is finished by the next; two at once would write the same file.
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 86_400,
        "jobTemplate": {
            "spec": {
                "backoffLimit": 2,
                "activeDeadlineSeconds": 21_600,
                **_with_files(_job(ARCHIVE, ["crm", "archive", "--archive", FILES])),
            }
        },
    }
    return _document("batch/v1", "CronJob", ARCHIVE, spec=spec)


def _rebuild() -> Document:
    """Never by itself: `kubectl create job --from=cronjob/crm-rebuild` begins one."""
    command = ["crm", "bus", "rebuild", "--archive", FILES]
    spec = {
        "schedule": "0 0 1 1 *",
        "suspend": True,
        "concurrencyPolicy": "Forbid",
        # A stream of which a half was published is rebuilt by a person who has seen why.
        "jobTemplate": {"spec": {"backoffLimit": 0, **_with_files(_job(REBUILD, command))}},
    }
    return _document("batch/v1", "CronJob", REBUILD, spec=spec)


def _with_files(job: Document) -> Document:
    """The job, with the archive's volume."""
    pod = job["template"]["spec"]
    claim = {"name": "archive", "persistentVolumeClaim": {"claimName": ARCHIVE}}
    mount = {"name": "archive", "mountPath": FILES}
    [container] = pod["containers"]
    with_mount = {**container, "volumeMounts": [*container["volumeMounts"], mount]}
    spec = {**pod, "containers": [with_mount], "volumes": [*pod["volumes"], claim]}
    return {"template": {**job["template"], "spec": spec}}


def _scaler(name: str, gauge: str, of_one: str) -> Document:
    metric = {
        "type": "Pods",
        "pods": {
            "metric": {"name": gauge},
            "target": {"type": "AverageValue", "averageValue": of_one},
        },
    }
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": REPLICAS,
        "maxReplicas": 6,
        "metrics": [metric],
        # Each change makes the consumers share the partitions anew.
        "behavior": {
            "scaleDown": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 300}]}
        },
    }
    return _document("autoscaling/v2", "HorizontalPodAutoscaler", name, spec=spec)


# --- who may speak with whom ----------------------------------------------------------------


def _closed() -> Document:
    """Whatever is allowed is allowed by name."""
    spec: Document = {
        "podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "crm"}},
        "policyTypes": ["Ingress", "Egress"],
    }
    return _document("networking.k8s.io/v1", "NetworkPolicy", "closed", spec=spec)


def _names() -> Document:
    ports = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    return _allowed("names", {"ports": ports})


def _issuer() -> Document:
    """All ask the issuer of officers' tokens for its keys, the vault too, which asks nobody else
    outside. An overlay whose issuer stands elsewhere names its address."""
    namespace = {"namespaceSelector": {"matchLabels": {"crm/issues-tokens": "true"}}}
    return _allowed("issuer", {"to": [namespace], "ports": [{"port": HTTPS}]})


def _collector() -> Document:
    """Where `CRM_OTLP_ENDPOINT` is set, all send their spans to a collector in the cluster."""
    namespace = {"namespaceSelector": {"matchLabels": {"crm/takes-traces": "true"}}}
    return _allowed("collector", {"to": [namespace], "ports": [{"port": OTLP}]})


def _allowed(name: str, egress: Document) -> Document:
    """What all may call."""
    spec: Document = {
        "podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "crm"}},
        "policyTypes": ["Egress"],
        "egress": [egress],
    }
    return _document("networking.k8s.io/v1", "NetworkPolicy", name, spec=spec)


def _network(service: Service) -> Document:
    spec = {
        "podSelector": {"matchLabels": _of(service.name)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [_from(service), *_doors(service)],
        "egress": [*_record(service), *_calls(service), *_outside(service)],
    }
    return _document("networking.k8s.io/v1", "NetworkPolicy", service.name, spec=spec)


def _from(service: Service) -> Document:
    """From those that call it, and from whoever measures."""
    callers = [each.name for each in SERVICES if service.name in each.calls]
    peers = [{"podSelector": {"matchLabels": _of(each)}} for each in callers]
    measuring = {"namespaceSelector": {"matchLabels": {"crm/measures": "true"}}}
    return {"from": [*peers, measuring], "ports": [{"port": HTTP}]}


def _doors(service: Service) -> list[Document]:
    """From the proxy in front, where people or other systems come in."""
    if service.opens is None:
        return []
    ports = [{"port": HTTP}] + ([{"port": SMTP}] if service.name == "intake" else [])
    door = {"namespaceSelector": {"matchLabels": {"crm/lets-in": "true"}}}
    return [{"from": [door], "ports": ports}]


def _record(service: Service) -> list[Document]:
    if not service.database:
        return []
    return [{"ports": [{"port": each} for each in (*DATABASE_PORTS, *BROKER_PORTS)]}]


def _calls(service: Service) -> list[Document]:
    peers = [{"podSelector": {"matchLabels": _of(each)}} for each in service.calls]
    return [{"to": peers, "ports": [{"port": HTTP}]}] if peers else []


def _outside(service: Service) -> list[Document]:
    if not service.calls_out:
        return []
    strangers = [{"ipBlock": {"cidr": "0.0.0.0/0", "except": list(PRIVATE)}}]
    ports = [HTTPS, *(MAIL_PORTS if service.name == "notify" else ())]
    return [{"to": strangers, "ports": [{"port": each} for each in ports]}]


def _of_job(name: str, *ports: Sequence[int]) -> Document:
    """A job is called by nobody, and calls these alone."""
    spec: Document = {
        "podSelector": {"matchLabels": _of(name)},
        "policyTypes": ["Egress"],
        "egress": [{"ports": [{"port": each} for group in ports for each in group]}],
    }
    return _document("networking.k8s.io/v1", "NetworkPolicy", name, spec=spec)
