"""`copydesk doctor` and `config show`: what is wrong, where it came from, what to do."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.s3_servers import free_port
from tests.support.site import Site


def sound(folder: Path) -> dict[str, str]:
    declare(folder, "daily", Site("127.0.47.1", 80).declaration("daily"))
    return {"COPYDESK_CRAWL__USER_AGENT": "Test (+https://example.org)"}


def findings(folder: Path, code: int, **variables: str) -> dict[str, dict[str, Any]]:
    import json

    done = copydesk(folder, "doctor", "--json", variables=sound(folder) | variables)
    assert done.returncode == code, done.stdout + done.stderr
    return {one["check"]: one for one in json.loads(done.stdout)}


def test_a_sound_machine_has_nothing_to_fail(tmp_path: Path) -> None:
    found = findings(tmp_path, 0)
    assert found.keys() >= {
        "python",
        "packages",
        "environment",
        "user agent",
        "data folder",
        "sources",
        "store",
        "state",
    }
    assert {one["status"] for one in found.values()} <= {"ok", "warn"}
    for check in ("python", "packages", "environment", "user agent", "sources", "prefect", "store", "state"):
        assert found[check]["status"] == "ok", found[check]


def test_each_thing_that_is_wrong_is_told_with_what_to_do(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = findings(
            tmp_path, 4, COPYDESK_STORE="s3://bucket/x", COPYDESK_S3__ENDPOINT_URL=nowhere, COPYDESK_S3__RETRIES="0",
            AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", COPYDESK_SEEDS=str(tmp_path / "none"),
            COPYDESK_STATE=f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/x", COPYDESK_STOER="x",
            COPYDESK_PREFECT__PORT=str(taken.getsockname()[1]), COPYDESK_EXTRACT__MEMORY_MB="900000000",
        )  # fmt: skip
    wrong = {check: one["status"] for check, one in found.items() if one["status"] != "ok"}
    wrong.pop("data folder", None)  # of this machine's disk
    assert wrong == {
        "alerts": "warn",
        "environment": "warn", "memory": "warn", "seeds": "fail", "prefect": "fail", "store": "fail", "state": "fail",
    }  # fmt: skip
    assert all(found[check]["advice"] for check in wrong)
    assert found["environment"]["advice"] == "did you mean COPYDESK_STORE?"
    assert "COPYDESK_PREFECT__PORT" in found["prefect"]["advice"]


def test_a_server_that_others_can_reach_needs_a_password(tmp_path: Path) -> None:
    open_door = {"COPYDESK_PREFECT__HOST": "0.0.0.0"}
    assert "COPYDESK_PREFECT__PASSWORD" in findings(tmp_path, 4, **open_door)["prefect"]["advice"]
    for short, code in (("easy", 4), ("correct-horse-battery", 0)):
        found = findings(tmp_path, code, **open_door, COPYDESK_PREFECT__PASSWORD=short)
        assert found["prefect"]["status"] == ("ok" if code == 0 else "fail")
    told = {"COPYDESK_ALERTS__TO": "json://127.0.0.1:9/x", "COPYDESK_PREFECT__PASSWORD": "correct-horse-battery"}
    assert findings(tmp_path, 0, **told)["alerts"]["status"] == "ok"
    shown = copydesk_json(tmp_path, "config", "show", variables=told)
    assert (shown["alerts.to"]["value"], shown["prefect.password"]["value"]) == ("***", "***")


def test_a_broken_declaration_is_told_with_its_file(tmp_path: Path) -> None:
    sound(tmp_path)
    declare(tmp_path, "broken", "id = 'broken'\n")
    assert "broken.toml" in findings(tmp_path, 4)["seeds"]["found"]


def test_every_setting_is_shown_with_its_origin(tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text("[crawl]\nretries = 7\n")
    shown = copydesk_json(tmp_path, "config", "show", variables={"COPYDESK_STOER": "x"})
    assert shown["crawl.retries"] == {"value": "7", "origin": "copydesk.toml"}
    assert shown["store"]["origin"] == "environment"
    assert shown["extract.min_words"]["origin"] == "default"
    said = copydesk(tmp_path, "config", "show", variables={"COPYDESK_STOER": "x"}).stderr
    assert "COPYDESK_STOER is no setting; did you mean COPYDESK_STORE?" in said
