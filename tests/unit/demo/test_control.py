"""The control address and the troubles of a served world, over real sockets."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import pipeline.demo.world
from pipeline.demo.control import CONTROL
from pipeline.demo.world import build_world

pytestmark = pytest.mark.slow

PORT = 8790
LEDGER = "127.0.11.1"
ROOT = Path(pipeline.demo.world.__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def ask(
    method: str, path: str, body: object = None, *, address: str = CONTROL, timeout: float = 10
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(address, PORT, timeout=timeout)
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None)
        reply = connection.getresponse()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
    finally:
        connection.close()


def control(method: str, path: str, body: object = None) -> dict[str, object]:
    status, _, answer = ask(method, path, body)
    assert status == 200, answer
    state: dict[str, object] = json.loads(answer)
    return state


def page(path: str = "/", *, timeout: float = 10) -> tuple[int, dict[str, str], bytes]:
    return ask("GET", path, address=LEDGER, timeout=timeout)


def copydesk(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline.cli", "demo", *arguments, f"--port={PORT}"]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=ENVIRONMENT, cwd=ROOT)


@pytest.fixture(scope="module")
def served() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "pipeline.cli", "demo", "serve", "--pages=60", f"--port={PORT}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT, cwd=ROOT) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        yield child
        child.kill()


@pytest.fixture(autouse=True)
def untroubled(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "served" in request.fixturenames and request.getfixturevalue("served").poll() is None:
        control("DELETE", "/trouble")
        control("DELETE", "/requests")


def trouble(kind: str, **more: object) -> None:
    control("POST", "/trouble", {"source": "demo-harbor-ledger", "kind": kind, **more})


def test_without_a_world_the_command_says_what_to_do() -> None:
    done = copydesk("clock")
    assert done.returncode == 4
    assert f"copydesk demo serve --port {PORT}" in done.stderr


@pytest.mark.parametrize("now", ["soon", "0001-01-01T00:00:00+00:00"])
def test_a_world_is_drawn_for_a_time_that_can_be(now: str) -> None:
    done = copydesk("serve", f"--now={now}")
    assert done.returncode == 4
    assert "ISO 8601" in done.stderr


@pytest.mark.usefixtures("served")
def test_the_clock_moves_what_is_served_and_the_truth_follows() -> None:
    before = control("GET", "/")
    after = control("POST", "/clock", {"advance": "6h"})
    world = build_world(pages=60, port=PORT)
    while world.now.isoformat() != before["now"]:  # another test may have moved it
        world = world.moved(world.now + timedelta(hours=1))
    world = world.moved(world.now + timedelta(hours=6))
    assert after == before | {"now": world.now.isoformat()}
    lines = ask("GET", "/truth")[2].decode().splitlines()
    assert [json.loads(line) for line in lines] == list(world.truth())
    for outlet in world.outlets:
        assert ask("GET", "/", address=outlet.address)[2] == world.respond(outlet.address, "/", "", {}).body
    assert control("POST", "/clock", {"now": (world.now + timedelta(hours=1)).isoformat()})["now"] != after["now"]


@pytest.mark.usefixtures("served")
def test_requests_are_counted_until_the_clock_moves() -> None:
    control("DELETE", "/requests")
    page()
    page("/nowhere")
    assert control("GET", "/requests") == {"demo-harbor-ledger": {"200": 1, "404": 1}}
    control("POST", "/clock", {"advance": "1h"})
    assert control("GET", "/requests") == {}


@pytest.mark.usefixtures("served")
def test_slow_answers_late() -> None:
    trouble("slow", seconds=4, first=1)
    start = time.monotonic()
    assert page()[0] == 200
    assert time.monotonic() - start >= 4
    start = time.monotonic()
    assert page()[0] == 200
    assert time.monotonic() - start < 4


@pytest.mark.usefixtures("served")
def test_error_says_when_to_come_again() -> None:
    trouble("error", seconds=2.5)
    status, headers, _ = page()
    assert (status, headers["retry-after"]) == (503, "3")
    assert ask("GET", "/", address="127.0.12.1")[0] == 200


@pytest.mark.usefixtures("served")
def test_drop_closes_without_an_answer() -> None:
    trouble("drop", first=2)
    for _ in range(2):
        with pytest.raises(http.client.RemoteDisconnected):
            page()
    assert page()[0] == 200
    assert control("GET", "/requests") == {"demo-harbor-ledger": {"drop": 2, "200": 1}}


@pytest.mark.usefixtures("served")
def test_partial_promises_more_than_it_sends() -> None:
    whole = page()[2]
    trouble("partial")
    with pytest.raises(http.client.IncompleteRead) as caught:
        page()
    assert whole.startswith(caught.value.partial)
    assert caught.value.expected == len(whole) - len(caught.value.partial)


@pytest.mark.usefixtures("served")
def test_hang_never_answers() -> None:
    trouble("hang")
    with pytest.raises(TimeoutError):
        page(timeout=0.5)
    assert ask("GET", "/", address="127.0.12.1")[0] == 200


@pytest.mark.usefixtures("served")
def test_a_share_of_the_paths_suffers_always_the_same() -> None:
    trouble("error", share=0.5)
    first, second = ([page(f"/section/{number}/")[0] for number in range(40)] for _ in range(2))
    assert first == second
    assert 8 <= first.count(503) <= 32


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("POST", "/clock", {"advance": "soon"}, "90s, 30m, 6h, 2d"),
        ("POST", "/clock", {"advance": ""}, "90s, 30m, 6h, 2d"),
        ("POST", "/clock", {"advance": "9999d"}, "smaller steps"),
        ("POST", "/clock", {"now": "2020-01-01T00:00:00+00:00"}, "cannot go back"),
        ("POST", "/clock", {"now": "0001-01-01T00:00:00+14:00"}, "cannot go back"),
        ("POST", "/clock", {"now": "2027-01-01T00:00:00"}, "time zone"),
        ("POST", "/clock", {"now": "tomorrow"}, "ISO 8601"),
        ("POST", "/clock", {"now": 5}, "as text"),
        ("POST", "/clock", {"advance": "6h", "now": "2027-01-01T00:00:00+00:00"}, "one of them"),
        ("POST", "/clock", ["6h"], "send an object"),
        ("POST", "/clock", None, "no JSON"),
        ("POST", "/trouble", {"kind": "slow"}, "demo-harbor-ledger"),
        ("POST", "/trouble", {"source": "demo-nightdesk", "kind": "fire"}, "slow, error, drop, partial, hang"),
        ("POST", "/trouble", {"source": "demo-nightdesk", "kind": "slow", "share": 0}, "above 0, 1 at most"),
        ("POST", "/trouble", {"source": "demo-nightdesk", "kind": "slow", "seconds": "2"}, "above 0, 3600 at most"),
        ("POST", "/trouble", {"source": "demo-nightdesk", "kind": "slow", "seconds": 10**400}, "3600 at most"),
        ("POST", "/trouble", {"source": "demo-nightdesk", "kind": "slow", "first": 0}, "from 1"),
        ("POST", "/trouble", {"source": "demo-nightdesk", "kind": "slow", "when": 1}, "source, kind, seconds"),
        ("DELETE", "/trouble?source=nobody", None, "demo-harbor-ledger"),
    ],
)
def test_what_cannot_be_done_is_explained(method: str, path: str, body: object, message: str) -> None:
    before = control("GET", "/")
    status, _, answer = ask(method, path, body)
    assert status == 400
    assert message in json.loads(answer)["error"]
    assert control("GET", "/") == before


@pytest.mark.usefixtures("served")
def test_other_addresses_and_methods_are_refused() -> None:
    assert ask("GET", "/nowhere")[0] == 404
    assert ask("PUT", "/clock", {})[0] == 405
    assert ask("POST", "/truth")[0] == 405


@pytest.mark.usefixtures("served")
def test_troubles_end_for_one_source_or_all() -> None:
    for source in ("demo-nightdesk", "demo-northwire", "demo-fen-report"):
        control("POST", "/trouble", {"source": source, "kind": "slow"})
    for path, body, left in (
        ("/trouble?source=demo-nightdesk", None, 2),
        ("/trouble", {"source": "demo-northwire"}, 1),
    ):
        troubles = control("DELETE", path, body)["troubles"]
        assert isinstance(troubles, list)
        assert len(troubles) == left
    assert control("DELETE", "/trouble")["troubles"] == []


@pytest.mark.usefixtures("served")
def test_the_commands_do_the_same() -> None:
    before = json.loads(copydesk("clock", "--json").stdout)
    after = json.loads(copydesk("clock", "--advance=2h", "--json").stdout)
    assert after["now"] > before["now"]
    back = copydesk("clock", f"--to={before['now']}")
    assert (back.returncode, "cannot go back" in back.stderr) == (4, True)
    assert "the first 3 requests" in copydesk("trouble", "demo-nightdesk", "drop", "--first=3").stdout
    wrong = copydesk("trouble", "nobody", "drop")
    assert (wrong.returncode, "demo-nightdesk" in wrong.stderr) == (4, True)
    assert copydesk("trouble", "demo-nightdesk").returncode == 4
    assert json.loads(copydesk("trouble", "--clear", "--json").stdout)["troubles"] == []
    assert copydesk("truth").stdout.encode() == ask("GET", "/truth")[2]


def test_it_stops_at_once_while_a_request_hangs(served: subprocess.Popen[str]) -> None:
    trouble("hang")
    control("DELETE", "/requests")
    connection = http.client.HTTPConnection(LEDGER, PORT, timeout=10)
    connection.request("GET", "/")
    while control("GET", "/requests") != {"demo-harbor-ledger": {"hang": 1}}:
        time.sleep(0.02)
    served.terminate()
    assert served.wait(timeout=60) == 0
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()
