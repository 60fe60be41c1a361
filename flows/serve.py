"""`python -m flows.serve [--once]`: a Prefect server, the deployments, the schedules and the runner."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.environment import local_host, prefect_environment
from pipeline.errors import ConfigError, CopydeskError
from pipeline.lifeline import die_with_parent
from pipeline.logs import setup_logging, tell
from pipeline.settings import Settings, load_settings
from pipeline.stages.context import check_store, open_context
from pipeline.stages.doctor import Status, examine_machine
from pipeline.stages.running import address_file, check_binding, running_api_url, told_of
from pipeline.stages.telling import check_addresses

__all__ = ["main"]

_START_S = 180.0
_GRACE_S = 20.0
_WATCH_S = 0.5


def main(*, once: bool) -> int:
    """Serve until stopped; with `once`, collect all enabled sources one time and stop.

    Returns:
        The exit code: 0, 3 when some source failed, 5 when what came in is held.
    """
    settings = load_settings().settings
    setup_logging(settings.log_level, settings.log_format)
    check_binding(settings)
    check_addresses(settings)
    running = running_api_url(settings)
    if running is not None:
        raise ConfigError(f"`copydesk up` runs for {settings.data_dir} already, at {running.removesuffix('/api')}/v2")
    if not once:
        _look_over(settings)
    with open_context(settings) as context:
        check_store(context)  # a store that cannot be used is told now, not at the first run of the night
    port = settings.prefect.port or _free_port(settings.prefect.host)
    # Prefect reads its settings when it is imported: the environment comes first.
    os.environ.update(prefect_environment(settings, port, scheduling=not once))
    with _own_temporary_files(), _server(settings, port):
        from flows.runner import run_once, serve_forever

        if once:
            return run_once(settings)
        ui = f"http://{local_host(settings)}:{port}/v2"
        user = (
            ", user name and password: `copydesk:` and COPYDESK_PREFECT__PASSWORD" if settings.prefect.password else ""
        )
        serve_forever(settings, lambda: tell("flows.serve", f"The UI is at {ui} (Ctrl-C stops everything){user}"))
        return 0


def _look_over(settings: Settings) -> None:
    """Stop, or warn, for what is wrong with this machine."""
    for one in examine_machine(settings):
        text = f"{one.check}: {one.found}; {one.advice}"
        if one.status is Status.FAIL:
            raise ConfigError(text)
        if one.status is Status.WARN:
            tell("flows.serve", f"warning: {text}")


@contextmanager
def _own_temporary_files() -> Iterator[None]:
    """Temporary files of this process in a folder of its own.

    Prefect's runner puts its own in a folder of one name for all users, which belongs to who was first on this machine.
    """
    former = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="copydesk-", ignore_cleanup_errors=True) as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = former


@contextmanager
def _server(settings: Settings, port: int) -> Iterator[None]:
    """A Prefect server child that answers, and is started again when it dies; it is stopped at the end.

    So it is when this process is told to stop, or killed.
    """
    home = settings.data_dir / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    if _answers(settings, port):
        raise ConfigError(f"port {port} is taken: `copydesk up` may run already, or set COPYDESK_PREFECT__PORT")
    tell("flows.serve", "Starting the Prefect server …")
    ending = threading.Event()
    server = _start(home)
    # The thread that starts a server has to live as long as the server: its end is what the server would die with.
    keeper = threading.Thread(target=_keep, args=(server, home, ending), name="server keeper", daemon=True)
    try:
        _wait_for(settings, port, server)
        address_file(settings).write_text(told_of(os.environ["PREFECT_API_URL"]), "utf-8")
        keeper.start()
        yield
    finally:
        address_file(settings).unlink(missing_ok=True)
        ending.set()
        _stop(server)
        if keeper.ident is not None:
            keeper.join()


def _start(home: Path) -> subprocess.Popen[bytes]:
    with (home / "server.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "flows.server"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us; we stop the server last
            preexec_fn=die_with_parent,  # noqa: PLW1509 (it only calls prctl; a killed parent must leave no server)
        )


def _keep(server: subprocess.Popen[bytes], home: Path, ending: threading.Event) -> None:
    """Start the server again whenever it dies; schedules, pauses and runs are in its database."""
    pause_s = 1.0
    while True:
        started = time.monotonic()
        while server.poll() is None and not ending.wait(_WATCH_S):
            pass
        if ending.is_set():
            _stop(server)
            return
        # A server that dies again and again is given time, up to a minute.
        pause_s = 1.0 if time.monotonic() - started > 60 else min(60.0, pause_s * 2)
        tell("flows.serve", f"The Prefect server ended with code {server.returncode}; it is started again")
        if not ending.wait(pause_s):
            server = _start(home)


def _wait_for(settings: Settings, port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while not _answers(settings, port):
        if server.poll() is not None or time.monotonic() > deadline:
            log = settings.data_dir / "prefect" / "server.log"
            raise CopydeskError(f"the Prefect server did not start; the reason stands in {log}")
        time.sleep(0.25)


def _answers(settings: Settings, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{local_host(settings)}:{port}/api/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    try:
        sys.exit(main(once="--once" in sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(0 if "--once" not in sys.argv else 130)
    except CopydeskError as error:
        tell("flows.serve", f"error: {error}")
        sys.exit(4 if isinstance(error, ConfigError) else 1)
