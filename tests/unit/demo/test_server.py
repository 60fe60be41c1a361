import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from pipeline.demo.server import serve
from pipeline.demo.world import build_world

_CHILD = """
import sys
from pipeline.demo.server import serve
from pipeline.demo.world import build_world
serve(build_world(pages=60, port=int(sys.argv[1])), on_ready=lambda: print("ready", flush=True))
print("stopped", flush=True)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(port: int) -> Iterator[subprocess.Popen[str]]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(port)], stdout=subprocess.PIPE, text=True, env=env)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "ready\n"
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def ask(method: str, address: str, port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
    finally:
        connection.close()


@pytest.mark.slow
def test_serves_every_outlet_and_stops_when_told() -> None:
    port = free_port()
    world = build_world(pages=60, port=port)
    with running(port) as child:
        for outlet in world.outlets:
            expected = world.respond(outlet.address, "/", "", {})
            status, headers, body = ask("GET", outlet.address, port, "/")
            assert (status, body) == (200, expected.body)
            status, head, body = ask("HEAD", outlet.address, port, "/")
            assert (status, body, head["content-length"]) == (200, b"", headers["content-length"])
            assert ask("GET", outlet.address, port, "/", If_None_Match=headers["etag"])[0] == 304
        assert ask("GET", "127.0.10.1", port, "/nowhere")[0] == 404
        assert ask("POST", "127.0.10.1", port, "/")[0] == 405
        child.send_signal(signal.SIGTERM)
        assert child.stdout is not None
        assert child.stdout.readline() == "stopped\n"
        assert child.wait(timeout=60) == 0


def test_a_taken_address_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.12.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(OSError, match=rf"127\.0\.12\.1:{port}"):
            serve(build_world(pages=60, port=port))
