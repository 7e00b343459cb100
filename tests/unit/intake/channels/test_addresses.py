"""Under which address callers know a door."""

import pytest

from services.intake.channels.addresses import PublicAddresses
from shared.errors import StopTheLine

SMS = "/v1/channels/sms/twilio"
OWN = {SMS: "https://sms.jakarta.go.id/masuk"}


@pytest.mark.parametrize(
    ("addresses", "path", "address"),
    [
        (PublicAddresses(), SMS, None),
        (PublicAddresses("https://x.test"), SMS, f"https://x.test{SMS}"),
        (PublicAddresses("https://x.test/crm"), SMS, f"https://x.test/crm{SMS}"),
        (PublicAddresses("https://x.test/crm/"), SMS, f"https://x.test/crm{SMS}"),
        (PublicAddresses("https://x.test:8443"), SMS, f"https://x.test:8443{SMS}"),
        (PublicAddresses("https://x.test", OWN), SMS, "https://sms.jakarta.go.id/masuk"),
        (PublicAddresses("https://x.test", OWN), "/v1/other", "https://x.test/v1/other"),
        (PublicAddresses("", OWN), "/v1/other", None),
    ],
)
def test_a_door_is_known_by_its_own_address_else_by_the_common_one(
    addresses: PublicAddresses, path: str, address: str | None
) -> None:
    assert addresses.of(path) == address


@pytest.mark.parametrize("path", ["/v1/channels/sms/twillio", SMS.removeprefix("/"), f"{SMS}/"])
def test_an_address_of_a_path_that_is_no_door_stops_the_start(path: str) -> None:
    with pytest.raises(StopTheLine, match="no doors"):
        PublicAddresses("", {path: "https://x.test"}).require_known([SMS])
    PublicAddresses("", OWN).require_known([SMS])
