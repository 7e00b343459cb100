"""Whether an address of the internet belongs to the public one. Pure.

An agency tells us where to call, a platform where a picture is. Without this a stranger could make
us call ourselves, our database, or the cloud's own services, which believe whoever stands inside.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_UNICAST = ip_network("2000::/3")
"""IANA gives no address outside of it to anybody on the internet: what only carries an IPv4 address
(mapped, NAT64, IPv4-compatible) and the old site-local ones stand elsewhere."""
_NOT_FOR_US = tuple(
    ip_network(block)
    for block in (
        # RFC 7526: relays of 6to4 are nobody's.
        "192.88.99.0/24",
        # A cloud's own services answer at this public address, to whoever stands inside.
        "168.63.129.16/32",
        # RFC 2928: protocols; RFC 4380 is one of them, and leads into the network of its client.
        "2001::/23",
        # RFC 3849 and RFC 9637: addresses of examples.
        "2001:db8::/32",
        "3fff::/20",
        # RFC 3056: an IPv4 address stands inside, and a relay of nobody's sends on to it.
        "2002::/16",
    )
)


def is_public(address: str) -> bool:
    """Whether ``address`` may be called: a global unicast address that carries no other one but
    a public one. False for what is no address."""
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
    outside = any(address in block for block in _NOT_FOR_US if block.version == 6)
    if outside or address not in _UNICAST or address.scope_id is not None:
        return False
    return address.is_global and (not _is_isatap(address) or _is_public_v4(_last_four(address)))


def _is_isatap(address: IPv6Address) -> bool:
    """RFC 5214: whoever routes it may send it on to the IPv4 address in its last four bytes."""
    return (int(address) >> 32) & 0xFDFF_FFFF == 0x5EFE


def _last_four(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFF_FFFF)
