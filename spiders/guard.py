"""A guard at the door: no request leaves for an address that is not public, unless the declaration allows it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

__all__ = ["AddressGuard", "is_public"]


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")


def is_public(address: str) -> bool:
    """Whether an IP address in text form is a public one; IPv4 inside IPv6 is judged as IPv4."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
        inner = ip.ipv4_mapped or ip.sixtofour or nat64 or (ip.teredo[1] if ip.teredo else None)
        if ip in _LOCAL_NAT64 or ip.is_site_local:
            return False
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


class AddressGuard:
    """Downloader middleware; sees every request, redirected ones and robots.txt too.

    Raises:
        IgnoreRequest: the scheme is not http(s), or a name or literal leads to an address that is not public.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._verdicts: dict[str, bool] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressGuard:
        return cls(allow_private=crawler.settings.getbool("COPYDESK_ALLOW_PRIVATE"))

    async def process_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("http", "https"):
            raise IgnoreRequest(f"scheme {parts.scheme!r} is not fetched")
        host = parts.hostname or ""
        if self._allow_private:
            return
        if host not in self._verdicts:
            self._verdicts[host] = await _leads_outside(host, parts.port or 80)
        if not self._verdicts[host]:
            raise IgnoreRequest(f"{host} is a private address; set allow_private = true in the declaration to allow it")


async def _leads_outside(host: str, port: int) -> bool:
    loop = asyncio.get_running_loop()
    try:
        answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return True  # the download itself reports that the name does not resolve
    return all(is_public(str(answer[4][0])) for answer in answers)
