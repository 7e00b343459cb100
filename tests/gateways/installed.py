"""Which gateways are on this machine. Where they must be there, a missing one is a failure."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

REQUIRE = "CRM_REQUIRE_GATEWAYS"
"""Set to 1, or with ``CI=true``: a gateway that is not installed fails its tests."""

PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "postfix": ("/usr/sbin/postfix", "/usr/sbin/postqueue"),
    "kannel": ("/usr/sbin/bearerbox", "/usr/sbin/smsbox", "/usr/lib/kannel/test/fakesmsc"),
    "clamd": ("/usr/sbin/clamd",),
    "pgbouncer": ("/usr/sbin/pgbouncer",),
    "prometheus": (
        "/usr/bin/prometheus", "/usr/bin/promtool", "/usr/bin/prometheus-node-exporter"
    ),
}  # fmt: skip
INSTALL = (
    "apt-get install --no-install-recommends postfix kannel kannel-extras clamav-daemon pgbouncer"
    " prometheus prometheus-node-exporter"
)


def absent(gateway: str) -> str | None:
    """Why that gateway cannot be started here; None when it can."""
    missing = [path for path in PROGRAMS[gateway] if not Path(path).exists()]
    if missing:
        return f"{', '.join(missing)} is missing ({INSTALL})"
    if gateway == "postfix" and os.geteuid() != 0:
        return "Postfix is started by root alone"
    return None


def required() -> bool:
    """Whether all that Debian has for the tests must be there."""
    return os.environ.get(REQUIRE) == "1" or os.environ.get("CI") == "true"


def need(gateway: str) -> None:
    """Skips the test without that gateway; fails it where the gateway is required."""
    reason = absent(gateway)
    if reason is None:
        return
    if required():
        pytest.fail(f"no {gateway}: {reason}")
    pytest.skip(f"no {gateway}: {reason}")


def notice() -> str:
    """What the summary of a test run says about the gateways."""
    reasons = {gateway: absent(gateway) for gateway in PROGRAMS}
    lacking = [f"{gateway}: {reason}" for gateway, reason in reasons.items() if reason]
    if lacking:
        return f"gateways: NOTHING WAS TESTED BEHIND A REAL {'; '.join(lacking)}"
    return (
        "gateways: a real Postfix, a real Kannel, a real ClamAV, a real PgBouncer and a real"
        " Prometheus"
    )


def sbin(name: str) -> str:
    """A program that may be outside of the search path of a developer."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or name
