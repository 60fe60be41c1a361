"""Real S3 servers on loopback for tests: moto, and Ceph's gateway from Debian packages."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from pipeline.settings import Settings
from pipeline.store.objects import ObjectStore, open_store

__all__ = ["S3Server", "ceph_server", "free_port", "moto_server", "wait_for_port"]

_MOTO = """
import sys
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
run_simple("127.0.0.1", int(sys.argv[1]), DomainDispatcherApplication(create_backend_app), threaded=False)
"""
_SCRIPT = Path(__file__).parents[2] / "deploy" / "ceph-rgw.sh"


@dataclass(frozen=True)
class S3Server:
    """A server, its user's keys, and (Ceph) the folder it keeps its data in."""

    endpoint: str
    access_key: str
    secret_key: str
    folder: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What boto3 and our settings need to reach it; nothing else is looked for."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_EC2_METADATA_DISABLED": "true",
            "COPYDESK_S3__ENDPOINT_URL": self.endpoint,
        }

    def bucket(self) -> str:
        """A new bucket."""
        name = f"test-{os.urandom(6).hex()}"
        client = boto3.client(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key,
        )  # fmt: skip
        client.create_bucket(Bucket=name)
        return name

    def settings(self, store: str, **more: object) -> Settings:
        """Settings for a store of this server."""
        return Settings.model_validate({"store": store, "s3": {"endpoint_url": self.endpoint, "retries": 2, **more}})

    def store(self, address: str) -> ObjectStore:
        """A store of this server, with its keys."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            store = open_store(self.settings(address))
            store.table_options  # noqa: B018 (boto3 finds its keys now, while they are in the environment)
            return store

    def kill(self) -> None:
        """Kill the gateway without warning; what it had acknowledged is on disk."""
        os.kill(self._pid(), signal.SIGKILL)

    def restart(self) -> None:
        """Start the gateway again."""
        assert self.folder is not None
        port = self.endpoint.rpartition(":")[2]
        subprocess.run(
            [_SCRIPT, "gateway", self.folder, port], check=True, timeout=240, stdout=subprocess.DEVNULL
        )  # fmt: skip

    def _pid(self) -> int:
        assert self.folder is not None
        return int((self.folder / "run" / "client.admin.pid").read_text())


@contextmanager
def moto_server(log: Path = Path(os.devnull)) -> Iterator[S3Server]:
    """moto as a process of its own, with a line for each request in `log`; it authenticates nothing and forgets all.

    It answers one request at a time: with several at once its check of a condition and its write can be interleaved.
    """
    port = free_port()
    command = [sys.executable, "-c", _MOTO, str(port)]
    with log.open("wb") as file, subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=file) as process:
        try:
            wait_for_port(port, process)
            yield S3Server(f"http://127.0.0.1:{port}", "moto", "moto")
        finally:
            process.terminate()


@contextmanager
def ceph_server(folder: Path) -> Iterator[S3Server]:
    """Ceph's S3 gateway with real signatures; skips where it is not installed."""
    if shutil.which("radosgw") is None or os.geteuid() != 0:
        pytest.skip("needs radosgw and root: run deploy/debian-packages.sh")
    port = free_port()
    log = folder / "start.log"
    with log.open("wb") as file:
        done = subprocess.run(
            [_SCRIPT, "start", folder / "ceph", str(port)], stdout=file, stderr=file, check=False, timeout=600
        )
    try:
        assert done.returncode == 0, log.read_text("utf-8", "replace")
        keys = _keys(folder / "ceph" / "keys.env")
        yield S3Server(
            f"http://127.0.0.1:{port}", keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], folder / "ceph"
        )
    finally:
        subprocess.run([_SCRIPT, "stop", folder / "ceph"], check=True, timeout=180)
        shutil.rmtree(folder / "ceph", ignore_errors=True)


def free_port() -> int:
    """A port that nobody has just now, and two free ones after it."""
    while True:
        with socket.socket() as one, socket.socket() as two, socket.socket() as three:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                two.bind(("127.0.0.1", port + 1))
                three.bind(("127.0.0.1", port + 2))
            except (OSError, OverflowError):
                continue
            return port


def _keys(path: Path) -> Mapping[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process answers on a loopback port."""
    deadline = time.monotonic() + 180
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"no server came up on port {port}")
