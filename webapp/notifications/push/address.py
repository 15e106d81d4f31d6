"""Where a push may be sent to. Browsers name the address, so anybody can name any: it is not trusted."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from webapp.errors import Invalid
from webapp.languages import gettext as _

ENDPOINT_MAX = 1_000
HTTPS_PORT = 443
_PRINTABLE = re.compile(r"https://[!-~]+", re.ASCII)
_TRANSLATED = IPv6Network("64:ff9b::/96")
_NOWHERE = (
    IPv6Network("::/96"),
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("2002::/16"),
    IPv6Network("fec0::/10"),
)
"""IPv4 in disguise, and an old way to say private: Python calls them global, and nobody pushes there."""

Address = IPv4Address | IPv6Address


class Inward(Exception):
    """An address inside this machine or its network. Nothing is sent there."""


def split(endpoint: str, port: int | None = HTTPS_PORT) -> SplitResult:
    """Takes an endpoint apart. Invalid unless it is https, on this port, and has nothing strange about it."""
    try:
        parts = urlsplit(endpoint)
        fits = port is None or (parts.port or HTTPS_PORT) == port
    except ValueError:
        raise _invalid() from None
    plain = len(endpoint) <= ENDPOINT_MAX and _PRINTABLE.fullmatch(endpoint)
    if not plain or not fits or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise _invalid()
    return parts


def check_literal(host: str) -> None:
    """Invalid for a number instead of a name, if it points inward."""
    try:
        address = ip_address(host)
    except ValueError:
        return
    if not outward(address):
        raise _invalid()


def outward(address: Address) -> bool:
    """Tells whether this is somewhere on the internet: not here, nor in a network of our own."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped
        if inner is None and address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return outward(inner)
        if any(address in network for network in _NOWHERE):
            return False
    return address.is_global and not address.is_multicast


def _invalid() -> Invalid:
    return Invalid(_("That is not the address of a push service."))
