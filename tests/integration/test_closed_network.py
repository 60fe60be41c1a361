"""No test, and nothing that a test starts, reaches beyond loopback."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys

import pytest

from tests.support.site import Site, serving

OUTSIDE = "192.0.2.1"  # an address of RFC 5737, which is nobody's
_CONNECT = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5).close()
except OSError as error:
    sys.exit(error.errno or 1)
"""


def connect_in_a_child(host: str, port: int) -> int:
    """Gives 0, or the error's number."""
    return subprocess.run([sys.executable, "-c", _CONNECT, host, str(port)], check=False, timeout=60).returncode


def test_a_child_reaches_loopback_and_nothing_beyond(closed_network: bool) -> None:
    if not closed_network:
        pytest.skip("needs the right to make a network namespace: run as root on Linux")
    site = Site("127.0.50.1")
    with serving(site):
        assert connect_in_a_child(site.address, site.port) == 0
    assert connect_in_a_child(OUTSIDE, 80) == errno.ENETUNREACH


def test_this_process_is_told_what_it_asked_for() -> None:
    with socket.socket() as one, pytest.raises(AssertionError, match=rf"{OUTSIDE}.*not loopback"):
        one.connect((OUTSIDE, 80))
