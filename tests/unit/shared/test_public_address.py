"""Which addresses a stranger may make us call: oracles from the registries of special addresses."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.public_address import is_public

NEVER = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "192.88.99.1", "168.63.129.16",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
    "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::",
    "2002:a9fe:a9fe::1", "2002:c0a8:101::1", "2001:0:1::1", "100::1", "fec0::1",
    "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:127.0.0.1", "2606:4700::1%1",
    "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "::8.8.8.8", "3fff::1", "3fff:fff::1",
    "2001:1ff::1", "2001:20::1", "4000::1", "1fff::1", "ff05::1",
    "", "localhost", "2130706433", "0x7f.1", "127.1", "1.2.3", "::g",
)  # fmt: skip
PUBLIC = (
    "8.8.8.8", "1.1.1.1", "103.110.148.1", "2606:4700:4700::1111", "2400:cb00::1",
    "2606:4700::5efe:8.8.8.8", "2001:200::1", "2001:4860:4860::8888", "168.63.129.17",
)  # fmt: skip
PRIVATE_V4 = [ip_network(block) for block in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
                                              "172.16.0.0/12", "192.168.0.0/16")]  # fmt: skip


@pytest.mark.parametrize("address", NEVER)
def test_an_address_that_is_not_of_the_public_internet_is_never_called(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_may_be_called(address: str) -> None:
    assert is_public(address)


@given(st.sampled_from(PRIVATE_V4).flatmap(lambda block: st.ip_addresses(network=block)))
def test_no_way_of_writing_a_private_address_makes_it_public(address: IPv4Address) -> None:
    number = int(address)
    inside = (
        (0xFFFF << 32) | number,
        number,
        (0x64FF9B << 96) | number,
        (0x2002 << 112) | (number << 80) | 1,
        (0x26064700 << 96) | (0x5EFE << 32) | number,
    )
    assert not is_public(str(address))
    assert [str(IPv6Address(each)) for each in inside if is_public(str(IPv6Address(each)))] == []
