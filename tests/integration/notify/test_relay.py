"""Our mail through a real Postfix as the next hop, in each way of TLS, and why it does not go."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from deploy.local.ports import free_ports
from services.notify.providers.adapter import Reply
from services.notify.providers.email import Mail
from services.notify.providers.registry import Adapters
from services.notify.sending.outcomes import Outcome, Refused, Sent, TryLater
from services.notify.settings import SmtpGateway
from shared.errors import StopTheLine
from tests.gateways.certificates import Certificate, snakeoil
from tests.gateways.elsewhere import Elsewhere
from tests.gateways.postfix import Postfix, postfix
from tests.integration.notify.bench import Bench, reporter
from tests.integration.notify.servers import CODE
from tests.integration.notify.test_adapters import a_message
from tests.integration.notify.test_sender import CONFIRMATION

REPORTER = "pelapor@example.org"
STOCK = "permit_mynetworks permit_sasl_authenticated defer_unauth_destination"
"""Debian's own ``smtpd_relay_restrictions``."""

DOORS = {
    "stock": "",
    "without_tls": "-o smtpd_tls_security_level=none",
    "tls_only": "-o smtpd_tls_security_level=encrypt",
    "tls_first": "-o smtpd_tls_wrappermode=yes",
    "stranger": "-o mynetworks=192.0.2.0/24",
    "stranger_for_ever": "-o mynetworks=192.0.2.0/24"
    " -o smtpd_relay_restrictions=permit_mynetworks,reject_unauth_destination",
    "unwelcome": "-o smtpd_client_restrictions=reject",
}


@dataclass(frozen=True, slots=True)
class Relay:
    """The city's relay: a door for each way in which one may be set up."""

    postfix: Postfix
    elsewhere: Elsewhere
    ports: dict[str, int]
    certificate: Certificate
    another: Certificate
    expired: Certificate

    def mail(self, door: str, host: str = "localhost", **settings: Any) -> Mail:
        place = {"host": host, "port": self.ports[door], "sender": "dki@jakarta.go.id"}
        return Mail(SmtpGateway.model_validate({**place, **settings}), timeout=5.0)

    async def send(self, door: str, to: str = REPORTER, **settings: Any) -> Outcome:
        mail = self.mail(door, **settings)
        try:
            return await mail.send(a_message("email"), Reply("email", to))
        finally:
            await mail.close()

    async def arrived(self) -> list[str]:
        await self.postfix.empty()
        return [mail.text for mail in self.elsewhere.mails]


@pytest.fixture(scope="module")
async def standing_relay(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Relay]:
    folder: Path = tmp_path_factory.mktemp("certificates")
    certificate, another = snakeoil(folder, "localhost"), snakeoil(folder, "other.test", "another")
    expired = snakeoil(folder, "localhost", name="expired", expired=True)
    options = {**DOORS, "expired": _presenting(expired)}
    ports = dict(zip(options, free_ports(len(options)), strict=True))
    doors = [f"127.0.0.1:{ports[name]} inet n - n - - smtpd {options[name]}" for name in options]
    async with AsyncExitStack() as stack:
        elsewhere = await stack.enter_async_context(Elsewhere.listening())
        settings = _settings(certificate, elsewhere.port)
        server = await stack.enter_async_context(postfix(settings, *doors))
        yield Relay(server, elsewhere, ports, certificate, another, expired)


def _presenting(certificate: Certificate) -> str:
    files = {"cert": certificate.certificate, "key": certificate.key}
    return " ".join(f"-o smtpd_tls_{what}_file={path}" for what, path in files.items())


def _settings(certificate: Certificate, elsewhere: int) -> str:
    """As Debian sets up an internet site, but for where mail goes."""
    return f"""\
smtpd_tls_cert_file = {certificate.certificate}
smtpd_tls_key_file = {certificate.key}
smtpd_tls_security_level = may
smtpd_relay_restrictions = {STOCK}
smtpd_recipient_restrictions =
  check_recipient_access inline:{{
  {{ gone@example.org = 550 5.1.1 Mailbox is gone }}
  {{ later@example.org = 450 4.2.0 Greylisted, come again }} }}
default_transport = smtp:[127.0.0.1]:{elsewhere}
"""


@pytest.fixture
def relay(standing_relay: Relay) -> Relay:
    standing_relay.elsewhere.mails.clear()
    return standing_relay


@pytest.mark.parametrize(
    ("door", "tls"),
    [
        ("stock", "none"),
        ("stock", "opportunistic"),
        ("stock", "required"),
        ("without_tls", "none"),
        ("without_tls", "opportunistic"),
        ("tls_only", "opportunistic"),
        ("tls_only", "required"),
        ("tls_first", "implicit"),
    ],
)
async def test_a_confirmation_goes_through_a_stock_postfix(
    relay: Relay, door: str, tls: str
) -> None:
    assert await relay.send(door, tls=tls, ca_file=relay.certificate.certificate) == Sent()
    [mail] = await relay.arrived()
    assert CODE in mail
    assert ("with ESMTPS" in mail) == (tls != "none" and door != "without_tls")


async def test_by_default_a_stock_postfix_gets_the_confirmation(relay: Relay) -> None:
    assert await relay.send("stock") == Sent()
    assert len(await relay.arrived()) == 1


async def test_an_address_beyond_ascii_goes_through_a_stock_postfix(relay: Relay) -> None:
    assert await relay.send("stock", to="pelapór@exämple.org") == Sent()
    assert len(await relay.arrived()) == 1


def nothing_goes(reason: str) -> Outcome:
    return TryLater(away=True, reason=reason, ours=True)


@pytest.mark.parametrize(
    ("door", "settings", "reason"),
    [
        ("stock", {"tls": "required"}, "tls_untrusted"),
        ("tls_first", {"tls": "implicit"}, "tls_untrusted"),
        ("without_tls", {"tls": "required"}, "tls_not_offered"),
        ("tls_only", {"tls": "none"}, "tls_required"),
        ("stock", {"tls": "implicit"}, "tls_failed"),
    ],
)
async def test_a_relay_and_settings_that_do_not_fit_say_why(
    relay: Relay, door: str, settings: dict[str, Any], reason: str
) -> None:
    assert await relay.send(door, **settings) == nothing_goes(reason)
    assert await relay.arrived() == []


async def test_a_certificate_is_checked_against_the_file_and_the_name(relay: Relay) -> None:
    own, another = relay.certificate.certificate, relay.another.certificate
    unknown = await relay.send("stock", tls="required", ca_file=another)
    assert unknown == nothing_goes("tls_untrusted")
    for door, tls in (("stock", "required"), ("tls_first", "implicit")):
        named = await relay.send(door, host="127.0.0.1", tls=tls, ca_file=own)
        assert named == nothing_goes("tls_wrong_name")
    assert await relay.arrived() == []


async def test_a_certificate_that_has_expired_is_named_so(relay: Relay) -> None:
    outcome = await relay.send("expired", tls="required", ca_file=relay.expired.certificate)
    assert outcome == nothing_goes("tls_expired")


@pytest.mark.parametrize(
    ("door", "reason"),
    [
        ("stranger", "relay_denied"),
        ("stranger_for_ever", "relay_denied"),
        ("unwelcome", "client_refused"),
    ],
)
async def test_a_relay_that_is_not_ours_to_use_is_no_reason_to_give_up(
    relay: Relay, door: str, reason: str
) -> None:
    assert await relay.send(door) == TryLater(reason=reason, ours=True)


async def test_a_mailbox_that_is_gone_and_one_that_is_not_ready_differ(relay: Relay) -> None:
    assert await relay.send("stock", to="gone@example.org") == Refused("smtp_550")
    assert await relay.send("stock", to="later@example.org") == TryLater(reason="greylisted")


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_file_without_a_certificate_stops_the_start(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    gateway = SmtpGateway(
        host="localhost", port=25, sender="dki@jakarta.go.id", tls="required", ca_file=file
    )
    with pytest.raises(StopTheLine, match="ca_file"):
        Mail(gateway, timeout=1.0)


async def test_a_message_outlasts_a_wrong_setting_and_log_and_figures_name_it(
    relay: Relay, bench: Bench
) -> None:
    """More tries than a message has, over two days; then the setting is right."""
    bench.vault.knows(reporter(), "email", REPORTER)
    await bench.hear(CONFIRMATION)
    wrong, right = relay.mail("stock", tls="required"), relay.mail("stock")
    with capture_logs() as logs:
        for _ in range(5):
            await bench.sender(adapters=Adapters({"email": wrong}, {}), max_attempts=3).step()
            bench.pass_time(12 * 3600)
    [row] = await bench.deliveries()
    assert (row.status, row.reason, row.attempt) == ("waiting", "tls_untrusted", 0)
    said = [(line["log_level"], line["kind"], line["cause"]) for line in logs
            if "kind" in line]  # fmt: skip
    assert said == [("error", "email", "tls_untrusted")] * 5
    assert REPORTER not in str(logs)
    labels = {"gateway": "email", "reason": "tls_untrusted"}
    count = bench.metrics.registry.get_sample_value("crm_gateway_failures_total", labels)
    assert count == 5
    await bench.sender(adapters=Adapters({"email": right}, {}), max_attempts=3).step()
    await right.close()
    assert await bench.stages() == [("NotificationSent", "confirmation")]
    assert len(await relay.arrived()) == 1
