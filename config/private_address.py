"""Which addresses are of this machine or of a private network.

Loopback (RFC 1122, RFC 4291), private (RFC 1918), unique local (RFC 4193) and link-local (RFC 3927,
RFC 4291). Nothing else: not the shared space of carriers, not addresses translated to others.
"""

from __future__ import annotations

import ipaddress

_PRIVATE = tuple(
    ipaddress.ip_network(one)
    for one in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)


def is_address(text: str) -> bool:
    """Whether it is an address rather than a name."""
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def is_private(address: str) -> bool:
    """Whether an address is of this machine or of a private network; False for what is none."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    judged = mapped or found
    return any(judged in network for network in _PRIVATE if network.version == judged.version)
