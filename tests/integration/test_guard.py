"""No crawl leads to an address that is not public: not by a literal, a name, a redirect, a rules file, a port."""

from __future__ import annotations

import fcntl
import re
import shutil
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spiders.answers import host_key, web_address
from spiders.guard import is_public
from tests.support.crawls import Crawled, crawl, source
from tests.support.dns import NameServer, answering_names, asking_only
from tests.support.troubled import good
from tests.support.wire import Asked, Wire, answer, listening

PUBLIC, OTHER, INSIDE, CLOUD = "93.184.216.34", "93.184.216.35", "10.1.2.3", "169.254.169.254"
NAMES = "127.0.0.53"
LITERALS = """
    127.0.0.1 127.1 127.0.1 0x7f000001 0x7f.1 0x7F.0.0.0x1 2130706433 0177.0.0.1 017700000001 127.0.0.1. 0 0.0.0.0
    １２７.0.0.1 127。0。0。1 10.1.2.3 0xa010203 012.1.2.3 169.254.169.254 2852039166 192.168.0.1 172.16.0.1 100.64.0.1
    198.18.0.1 224.0.0.1 255.255.255.255 [::1] [0:0:0:0:0:0:0:1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1]
    [64:ff9b::7f00:1] [64:ff9b::10.1.2.3] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::] [fe80::1] [fc00::1]
    [fec0::1] [ff02::1] localhost LocalHost inside localhost. 127.0.0.1:8080 [::1]:8080""".split()
PORTS = [22, 25, 6379, 8081, 65535]
ENDS = ("fetched", "refused", "robots_unreachable")
_SIOCSIFADDR, _SIOCSIFFLAGS = 0x8916, 0x8914


@dataclass(frozen=True)
class Net:
    """A network of our own: a public server and another one, and those that nobody must reach."""

    public: Wire
    other: Wire
    inside: list[Wire]
    before: list[str]

    def connections(self) -> int:
        """Connections to where none may lead."""
        return sum(one.connections for one in self.inside)


def _loopback_has(number: int, address: str | None) -> None:
    """Give loopback one more address, or take it away."""
    name = f"lo:{number}".encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
        if address is None:
            fcntl.ioctl(anything, _SIOCSIFFLAGS, struct.pack("16sh22x", name, 0))
        else:
            place = struct.pack("16sHH4s16x", name, socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(anything, _SIOCSIFADDR, place)


@pytest.fixture
def net(closed_network: bool, tmp_path: Path) -> Iterator[Net]:
    if not closed_network or not all(shutil.which(program) for program in ("unshare", "mount")):
        pytest.skip("needs the right of root: a network and mounts of its own")
    addresses = [PUBLIC, OTHER, INSIDE, CLOUD]
    for number, address in enumerate(addresses, 1):
        _loopback_has(number, address)
    try:
        inside = [Wire(address, port=80) for address in ("127.0.0.1", "::1", INSIDE, CLOUD)]
        inside += [Wire(address, port=8080) for address in ("127.0.0.1", "::1")]
        inside += [Wire(PUBLIC, port=port) for port in PORTS]
        public, other = Wire(PUBLIC, port=80), Wire(OTHER, port=80)
        with listening(public, other, *inside):
            yield Net(public, other, inside, asking_only(tmp_path, NAMES))
    finally:
        for number in range(1, len(addresses) + 1):
            with suppress(OSError):  # with the first of a net go the others
                _loopback_has(number, None)


def crawled(net: Net, folder: Path, names: dict[str, list[str]], **more: Any) -> tuple[Crawled, NameServer]:
    """Crawl the public server's sitemap."""
    declared = source("site", ("sitemap", f"http://{PUBLIC}/sitemap.xml"), **{"allow_private": False} | more)
    with answering_names(NAMES, names) as server:
        run = f"run-{len(list(folder.glob('run-*')))}"
        return crawl(folder, declared, before=net.before, run=run), server


def test_no_listing_and_no_redirect_leads_to_a_private_address(tmp_path: Path, net: Net) -> None:
    places = [*LITERALS, *(f"{PUBLIC}:{port}" for port in PORTS)]
    listed = [f"http://{place}/secret-{number}" for number, place in enumerate(places)]
    for number, place in enumerate(places):
        net.public.pages[f"/to-{number}"] = answer("", 302, f"Location: http://{place.encode().decode('latin-1')}/x")
    net.public.pages["/refresh"] = answer('<meta http-equiv="refresh" content="0; url=http://127.1/">')
    net.other.pages |= {"/robots.txt": answer("", 301, "Location: http://127.0.0.1/robots.txt"), "/there": good(2)}
    net.public.pages["/good"] = good(1)
    redirects = [f"http://{PUBLIC}/to-{number}" for number in range(len(places))]
    net.public.sitemap(*listed, *redirects, "/refresh", f"http://{OTHER}/there", "/good")
    found, _ = crawled(net, tmp_path, {})
    assert net.connections() == 0
    assert found.adds_up()
    ended = {outcome: [url for url, one in found.outcomes.items() if one == outcome] for outcome in ENDS}
    assert sorted(ended["fetched"]) == [f"http://{PUBLIC}/sitemap.xml", f"{net.public.base}/good"]
    # A name with a dot at its end is one that no server knows here.
    assert all(re.search("[.]/secret-|/to-", url) for url in ended["robots_unreachable"])
    assert len(ended["robots_unreachable"]) == 2 * sum(place.endswith(".") for place in places)
    assert len(ended["refused"]) == 2 * len(places) + 2 - len(ended["robots_unreachable"])
    assert {f"{net.public.base}/refresh", f"http://{OTHER}/there"} < set(ended["refused"])
    assert net.other.paths() == ["/robots.txt"]


def test_the_address_that_is_judged_is_the_one_connected_to(tmp_path: Path, net: Net) -> None:
    names = {
        "public.example": [PUBLIC],
        "private.example": ["127.0.0.1"],
        "cloud.example": [CLOUD],
        "rebound.example": [PUBLIC, "127.0.0.1"],
        "mixed.example": [f"{PUBLIC} 127.0.0.1"],
        "mixed-too.example": [f"127.0.0.1 {PUBLIC}"],
    }
    pages = [f"/page-{number}" for number in range(5)]
    net.public.pages |= dict.fromkeys(pages, good(1))
    net.public.pages["/away"] = answer("", 302, "Location: http://private.example/")
    listed = [f"http://{name}{page}" for name in (*names, "nobody.example") for page in pages]
    net.public.sitemap(*listed, "http://public.example/away")
    first, server = crawled(net, tmp_path, names)
    assert net.connections() == 0
    assert first.adds_up()
    ended = {name: {first.outcomes[f"http://{name}{page}"] for page in pages} for name in (*names, "nobody.example")}
    assert ended["public.example"] == {"fetched"}
    assert ended["private.example"] == ended["cloud.example"] == {"refused"}
    assert ended["nobody.example"] == {"robots_unreachable"}
    assert ended["rebound.example"] <= {"fetched", "refused"}
    assert ended["mixed.example"] <= {"fetched", "refused"}
    assert first.outcomes["http://public.example/away"] == "refused"
    assert set(server.asked) == set(names)
    # What was public yesterday leads inside today.
    net.public.sitemap(*(f"http://rebound.example/new-{number}" for number in range(5)))
    second, server = crawled(net, tmp_path, {"rebound.example": ["127.0.0.1"]})
    assert second.report["outcomes"] == {"fetched": 1, "refused": 5}
    assert set(server.asked) == {"rebound.example"}
    assert net.connections() == 0


def test_a_declaration_may_allow_what_is_private(tmp_path: Path, net: Net) -> None:
    for one in net.inside:
        one.pages["/page"] = good(1)
    net.public.sitemap("http://127.1/page", f"http://{INSIDE}/page", "http://intranet.example:8080/page")
    found, _ = crawled(net, tmp_path, {"intranet.example": ["127.0.0.1"]}, allow_private=True)
    assert found.report["outcomes"] == {"fetched": 4}
    assert net.connections() >= 3


def test_other_schemes_are_never_asked(tmp_path: Path, net: Net) -> None:
    schemes = (
        "file:///etc/passwd ftp://127.0.0.1/x gopher://127.0.0.1:80/x data:text/html,x javascript:1 s3://a/b".split()
    )
    says = iter(schemes)

    def away(_: Asked) -> bytes:
        return answer("", 302, f"Location: {next(says)}")

    redirects = [f"/away-{number}" for number in range(len(schemes))]
    net.public.pages |= dict.fromkeys(redirects, away)
    net.public.sitemap(*schemes, *redirects)
    found, _ = crawled(net, tmp_path, {})
    assert found.report["passed_over"] == {"not_an_address": len(schemes)}
    assert set(found.report["outcomes"]) == {"fetched", "http_error", "unreadable"}
    assert found.report["outcomes"]["fetched"] == 1
    assert found.adds_up()
    assert net.connections() == 0


@pytest.mark.parametrize(
    "address",
    ["::127.0.0.1", "::ffff:0:127.0.0.1", "2001::1", "64:ff9b::a01:203", "64:ff9b:1::808:808", "fe80::1%eth0", ""],
)
def test_what_only_looks_public_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public_addresses_of_all_forms(address: str) -> None:
    assert is_public(address)


def test_a_host_has_one_name() -> None:
    assert host_key("http://a.example:80/x") == host_key("https://a.example:443/") == host_key("http://a.example/")
    assert host_key("http://a.example:8080/") == "a.example:8080"
    assert host_key("http://[::1]:8080/") == "[::1]:8080"
    assert web_address("http://reader:secret@a.example/", "http://a.example/") is None
