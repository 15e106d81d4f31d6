"""Which addresses are inside, whatever they are dressed up as."""

from ipaddress import ip_address

import pytest

from webapp.notifications.push.address import outward

INSIDE = """
0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.8.8.8 169.254.169.254 172.16.0.1 172.31.255.255
192.168.1.1 192.0.2.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1
2002:7f00:1:: 2001:db8::1 2001:0:53aa:64c::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1
"""
OUTSIDE = (
    "1.1.1.1 142.250.74.42 2606:4700:4700::1111 2a00:1450:4001:80b::200a ::ffff:8.8.8.8 64:ff9b::808:808"
)


@pytest.mark.parametrize("address", INSIDE.split())
def test_an_address_inside_is_told(address: str) -> None:
    assert not outward(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE.split())
def test_an_address_on_the_internet_is_told(address: str) -> None:
    assert outward(ip_address(address))
