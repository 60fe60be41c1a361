"""A guard at the door: no request leaves for an address that is not public, unless the declaration allows it."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from spiders.refusals import Refused

__all__ = ["AddressGuard", "GuardedResolver", "is_public"]

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS = (80, 443, 8000, 8080, 8443)


def is_public(address: str) -> bool:
    """Whether an IP address in text form is a public one; IPv4 inside IPv6 is judged as IPv4."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
        inner = ip.ipv4_mapped or ip.sixtofour or nat64 or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip not in _GLOBAL_UNICAST:  # all else is of local use, or IPv4 in a form of former days
            return False
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


class GuardedResolver(CachingThreadedResolver):
    """Gives no address that is not public, so that the address judged is the one connected to.

    `refused` names the hosts that led to one. Names of configured proxies are trusted.
    """

    refused: dict[str, str] = {}  # noqa: RUF012 (one crawl a process; the resolver is made by Scrapy)

    def __init__(self, reactor: Any, cache_size: int, timeout: float, *, allow_private: bool = False) -> None:
        super().__init__(reactor, cache_size, timeout)
        self._allow_private = allow_private
        self._proxies = {urlsplit(proxy).hostname for proxy in getproxies().values()}

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> GuardedResolver:
        settings = crawler.settings
        cache_size, timeout = settings.getint("DNSCACHE_SIZE"), settings.getfloat("DNS_TIMEOUT")
        return cls(reactor, cache_size, timeout, allow_private=settings.getbool("COPYDESK_ALLOW_PRIVATE"))

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:  # noqa: N802 (Twisted's name)
        found: Deferred[str] = super().getHostByName(name, timeout)
        if not self._allow_private and name not in self._proxies:
            found.addCallback(self._judge, name)
        return found

    def _judge(self, address: str, name: str) -> str:
        if is_public(address):
            return address
        self.refused[name] = address
        raise DNSLookupError(f"{name} leads to {address}, a private address")


class AddressGuard:
    """Downloader middleware next to the door; sees every request, redirected ones and robots.txt too.

    Raises:
        Refused: another scheme than http(s), an odd port, or a literal or name that leads to an address not public.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressGuard:
        return cls(allow_private=crawler.settings.getbool("COPYDESK_ALLOW_PRIVATE"))

    async def process_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("http", "https"):
            raise Refused("refused", f"scheme {parts.scheme!r} is not fetched")
        if self._allow_private:
            return
        if parts.port not in (None, *_PORTS):
            allow = "set allow_private = true in the declaration to allow it"
            raise Refused("refused", f"{parts.netloc}: port {parts.port} is not one of the web's; {allow}")
        literal = _literal(parts.hostname or "")
        if literal is not None and not is_public(literal):
            raise _private(parts.hostname or "", literal)

    def process_exception(self, request: Request, exception: Exception) -> None:
        host = urlsplit(request.url).hostname or ""
        if host in GuardedResolver.refused:
            raise _private(host, GuardedResolver.refused[host]) from exception


def _private(host: str, address: str) -> Refused:
    name = host if host == address else f"{host} ({address})"
    return Refused("refused", f"{name} is a private address; set allow_private = true in the declaration to allow it")


def _literal(host: str) -> str | None:
    """The address that a host part spells, in any notation that resolvers take (`0x7f.1`, `2130706433`); else None."""
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None
