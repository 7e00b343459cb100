"""Pages of our own site show our pictures, and those of no other."""

import pytest

from services.intake.media.serving.handing import resource_policy


@pytest.mark.parametrize(("public_url", "policy"), [
    ("https://media.jakarta.go.id", "same-site"),
    ("http://localhost:8007/media", "same-site"),
    # Chromium 156 takes 127.0.0.1 at two ports for two sites.
    ("http://127.0.0.1:8007", "cross-origin"),
    ("http://[::1]:8007", "cross-origin"),
])  # fmt: skip
def test_where_pages_have_addresses_in_numbers_the_link_alone_protects_a_picture(
    public_url: str, policy: str
) -> None:
    assert resource_policy(public_url) == policy
