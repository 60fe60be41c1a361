from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.settings import load_settings


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "copydesk.toml").write_text(
        'store = "file:from-file"\nlog_level = "DEBUG"\n[crawl]\nretries = 1\ntimeout_s = 5\n'
    )
    monkeypatch.setenv("COPYDESK_CRAWL__RETRIES", "7")
    monkeypatch.setenv("COPYDESK_STORE", "file:from-environment")
    loaded = load_settings({"store": "file:from-flag", "seeds": None}, folder=tmp_path)
    found = {name: (value, origin) for name, value, origin in loaded.rows()}
    assert found["store"] == ("file:from-flag", "flag")
    assert found["crawl.retries"] == ("7", "environment")
    assert found["crawl.timeout_s"] == ("5.0", str(tmp_path / "copydesk.toml"))
    assert found["crawl.concurrency"] == ("8", "default")


@pytest.mark.parametrize(
    ("text", "named"),
    [("stor = 'x'", "stor"), ("[crawl]\nretries = 'many'", "crawl.retries"), ("a = ", "copydesk.toml")],
)
def test_a_wrong_setting_is_named_with_its_origin(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "copydesk.toml").write_text(text)
    with pytest.raises(ConfigError, match=named):
        load_settings(folder=tmp_path)


def test_settings_reach_child_processes_by_their_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(
        {"store": "file:/tmp/x", "crawl.retries": 9, "extract.workers": 3}, folder=tmp_path
    ).settings
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings(folder=tmp_path).settings == settings
