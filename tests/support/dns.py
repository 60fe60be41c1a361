"""A name server on loopback, and a place in which nothing else is asked: for what a hostile zone may answer."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["NameServer", "answering_names", "asking_only"]

_A, _AAAA = 1, 28


class NameServer:
    """Answers with IPv4 addresses: for each name a list, of which one is taken at each question, the last for ever.

    An entry may name several addresses, with blanks between; `asked` holds the names that were asked for.
    """

    def __init__(self, address: str, names: Mapping[str, list[str]]) -> None:
        self.address = address
        self.asked: list[str] = []
        self._names = {name: list(answers) for name, answers in names.items()}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                question, sender = self._socket.recvfrom(512)
                if not question:
                    return
                self._socket.sendto(self._answer(question), sender)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (self.address, 53))

    def free(self) -> None:
        self._socket.close()

    def _answer(self, question: bytes) -> bytes:
        name, end = _name(question)
        kind = struct.unpack("!H", question[end : end + 2])[0]
        addresses: list[str] = []
        known = self._names.get(name)
        if kind == _A and known:
            self.asked.append(name)
            addresses = (known.pop(0) if len(known) > 1 else known[0]).split()
        code = 0 if known else 3  # no such name
        head = question[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, len(addresses), 0, 0)
        records = [b"\xc0\x0c" + struct.pack("!HHIH", _A, 1, 0, 4) + socket.inet_aton(address) for address in addresses]
        return head + question[12 : end + 4] + b"".join(records)


def _name(question: bytes) -> tuple[str, int]:
    """The name of a question, and where it ends."""
    labels, at = [], 12
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length].decode("latin-1").lower())
        at += length + 1
    return ".".join(labels), at + 1


@contextmanager
def answering_names(address: str, names: Mapping[str, list[str]]) -> Iterator[NameServer]:
    """A name server while the block runs."""
    server = NameServer(address, names)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(10)
        server.free()


def asking_only(folder: Path, address: str) -> list[str]:
    """A command that runs another one where names are asked of one server alone; it needs the right of root."""
    resolver, order, hosts = (folder / name for name in ("resolv.conf", "nsswitch.conf", "hosts"))
    resolver.write_text(f"nameserver {address}\noptions timeout:10 attempts:3\n", "ascii")
    order.write_text("hosts: files dns\n", "ascii")
    hosts.write_text("127.0.0.1 localhost inside\n", "ascii")
    binds = "; ".join(f"mount --bind {file} /etc/{file.name} || exit 97" for file in (resolver, order, hosts))
    return ["unshare", "--mount", "sh", "-c", f'{binds}; exec "$@"', "sh"]
