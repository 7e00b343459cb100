"""Whether an address of the internet belongs to the public one. Pure.

An agency tells us where to call. Without this it could make us call ourselves, our database, or the
cloud's own services, which believe whoever stands inside.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_UNICAST = ip_network("2000::/3")
_NOT_FOR_US = tuple(
    ip_network(block)
    for block in (
        # RFC 7526: relays of 6to4 are nobody's.
        "192.88.99.0/24",
        # RFC 4380: Teredo leads into whatever network its client stands in.
        "2001::/32",
    )
)
_NAT64 = ip_network("64:ff9b::/96")
"""RFC 6052: the last four bytes are the IPv4 address that is meant."""


def is_public(address: str) -> bool:
    """Whether ``address`` may be called: a global unicast address, and every IPv4 address that
    stands inside of it too. False for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return _is_public_v4(found)
    return _is_public_v6(found)


def _is_public_v4(address: IPv4Address) -> bool:
    outside = any(address in block for block in _NOT_FOR_US if block.version == 4)
    return address.is_global and not address.is_multicast and not outside


def _is_public_v6(address: IPv6Address) -> bool:
    inside = _inside(address)
    if inside is not None and not _is_public_v4(inside):
        return False
    if address.ipv4_mapped is not None or _within(address, _NAT64):
        return True
    outside = any(address in block for block in _NOT_FOR_US if block.version == 6)
    return address in _UNICAST and address.is_global and not outside and address.scope_id is None


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which a packet for ``address`` may be sent on: mapped (RFC 4291), 6to4
    (RFC 3056), NAT64 (RFC 6052), ISATAP (RFC 5214)."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    is_isatap = (int(address) >> 32) & 0xFDFF_FFFF == 0x5EFE
    if _within(address, _NAT64) or is_isatap:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _within(address: IPv6Address, block: object) -> bool:
    return isinstance(block, IPv6Network) and address in block
