"""A store that refuses, lies, hangs or is not there: one clear error each, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.settings import load_settings
from pipeline.stages.context import check_store, open_context
from tests.support.commands import copydesk, copydesk_json
from tests.support.fault_proxy import Fault, FaultProxy, proxied
from tests.support.pages import article, paragraphs
from tests.support.s3_servers import S3Server, ceph_server, free_port, moto_server
from tests.support.site import Site, serving

pytestmark = pytest.mark.slow

STEPS = ("raw/", "staged/", "_DONE.json", "_delta_log/", "_versions/")


@dataclass(frozen=True)
class Part:
    """Ceph behind a proxy, and a small site to collect."""

    server: S3Server
    proxy: FaultProxy
    declaration: str

    def environment(self, **more: str) -> dict[str, str]:
        fast = {"COPYDESK_S3__TIMEOUT_S": "5", "COPYDESK_S3__RETRIES": "2"}
        mine = {
            "COPYDESK_STORE": f"s3://{self.server.bucket()}/corpus",
            "COPYDESK_S3__ENDPOINT_URL": self.proxy.address,
        }
        return self.server.environment | fast | mine | more


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Part]:
    site = Site("127.0.41.1")
    paths = [f"/a{number}" for number in range(4)]
    for number, path in enumerate(paths):
        site.pages[path] = article(f"Story {number // 2}", paragraphs(number // 2))  # two stories, each run twice
    with (
        serving(site),
        ceph_server(tmp_path_factory.mktemp("ceph")) as server,
        proxied(server.endpoint) as proxy,
    ):
        site.sitemap(*paths)
        yield Part(server, proxy, site.declaration("daily"))


@pytest.fixture
def folder(tmp_path: Path, part: Part) -> Path:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "daily.toml").write_text(part.declaration)
    part.proxy.faults.clear()
    part.proxy.struck = 0
    return tmp_path


@pytest.fixture(scope="module")
def quiet(part: Part, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of a collect that nothing disturbed, into a folder."""
    folder = tmp_path_factory.mktemp("quiet")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "daily.toml").write_text(part.declaration)
    assert copydesk(folder, "collect", "--no-prefect").returncode == 0
    assert copydesk_json(folder, "corpus", "info")["documents"] == 4
    return str(copydesk_json(folder, "corpus", "digest")["digest"])


def digest(folder: Path, environment: dict[str, str]) -> str:
    return str(copydesk_json(folder, "corpus", "digest", variables=environment)["digest"])


def only_error(stderr: str) -> str:
    assert "Traceback" not in stderr
    (line,) = [line for line in stderr.splitlines() if line.startswith("error:")]
    return line


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "not-the-secret"}, 4, "refused these credentials (SignatureDoesNotMatch)"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, 4, "refused these credentials (InvalidAccessKeyId)"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, 4, "set AWS_ACCESS_KEY_ID"),
        ({"COPYDESK_STORE": "s3://no-such-bucket/x"}, 4, "bucket 'no-such-bucket' does not exist; create it"),
        ({"COPYDESK_STORE": "s3:///x"}, 4, "names no bucket"),
        ({"COPYDESK_S3__ENDPOINT_URL": "127.0.0.1:9"}, 4, "Invalid endpoint"),
    ],
)
def test_a_wrong_setting_is_one_clear_error(
    part: Part, folder: Path, wrong: dict[str, str], code: int, words: str
) -> None:
    for command in (("collect", "--no-prefect"), ("publish",), ("corpus", "info")):
        done = copydesk(folder, *command, variables=part.environment(**wrong))
        assert done.returncode == code, done.stderr
        assert words in only_error(done.stderr)
        assert not (folder / "data" / "spool").exists()


def test_an_unreachable_store_is_one_clear_error_before_anything_is_asked_of_a_site(part: Part, folder: Path) -> None:
    nowhere = part.environment(COPYDESK_S3__ENDPOINT_URL=f"http://127.0.0.1:{free_port()}")
    for command in (("collect", "--no-prefect"), ("publish",), ("corpus", "info")):
        done = copydesk(folder, *command, variables=nowhere)
        assert done.returncode == 1
        assert "cannot be reached" in only_error(done.stderr)
    assert not (folder / "data" / "spool").exists()


@pytest.mark.parametrize("kind", ["refuse", "lie", "swallow", "mute"])
def test_a_passing_failure_of_every_kind_of_write_is_ridden_out(
    part: Part, folder: Path, quiet: str, kind: str
) -> None:
    environment = part.environment()
    part.proxy.faults[:] = [Fault(kind, "PUT", words) for words in STEPS]  # type: ignore[arg-type]
    done = copydesk(folder, "collect", "--no-prefect", variables=environment)
    assert part.proxy.struck == len(STEPS)
    assert done.returncode == 0, done.stderr
    assert digest(folder, environment) == quiet
    assert copydesk_json(folder, "corpus", "info", variables=environment)["version"] == 1


def test_answers_that_break_off_are_read_again(part: Part, folder: Path, quiet: str) -> None:
    environment = part.environment()
    part.proxy.faults[:] = [Fault("cut", "GET", words) for words in ("warc.gz", "manifest", "part-")]
    done = copydesk(folder, "collect", "--no-prefect", variables=environment)
    assert part.proxy.struck == 3
    assert done.returncode == 0, done.stderr
    assert digest(folder, environment) == quiet


@pytest.mark.parametrize("step", STEPS)
def test_a_store_that_fails_for_long_is_one_clear_error_and_loses_nothing(
    part: Part, folder: Path, quiet: str, step: str
) -> None:
    environment = part.environment()
    part.proxy.faults[:] = [Fault("refuse", "PUT", step, times=1_000)]
    done = copydesk(folder, "collect", "--no-prefect", variables=environment)
    assert done.returncode in (1, 3)
    assert "Traceback" not in done.stderr
    assert "nothing was lost" in done.stderr
    part.proxy.faults.clear()
    again = copydesk(folder, "collect", "--no-prefect", variables=environment)
    assert again.returncode == 0, again.stderr
    assert digest(folder, environment) == quiet


def test_a_store_that_ignores_conditions_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with moto_server() as server, proxied(server.endpoint) as proxy:  # moto checks no signatures
        environment = server.environment | {"COPYDESK_DATA": str(tmp_path), "COPYDESK_STORE": f"s3://{server.bucket()}"}
        environment |= {"COPYDESK_S3__ENDPOINT_URL": proxy.address}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with open_context(load_settings(folder=tmp_path).settings) as context:
            proxy.drop_conditions = True
            with pytest.raises(ConfigError, match=r"let \d+ of 16 writers create one object"):
                check_store(context)
            proxy.drop_conditions = False
            check_store(context)
            before = sum(proxy.seen.values())
            check_store(context)
            assert sum(proxy.seen.values()) - before == 1  # the race is run once for a store


def test_a_killed_gateway_loses_nothing(part: Part, folder: Path, quiet: str) -> None:
    environment = part.environment()
    part.server.kill()
    done = copydesk(folder, "collect", "--no-prefect", variables=environment)
    assert done.returncode == 1
    assert "nothing was lost" in only_error(done.stderr)
    part.server.restart()
    assert copydesk(folder, "collect", "--no-prefect", variables=environment).returncode == 0
    assert digest(folder, environment) == quiet
