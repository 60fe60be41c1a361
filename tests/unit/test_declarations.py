from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.sources.declaration import load_source, load_sources
from pipeline.sources.schedule import cron_of

GOOD = """id = "a-source"
name = "A Source"
kind = "news"
homepage = "https://example.org/"
[[entry]]
kind = "feed"
url = "https://example.org/rss.xml"
"""


def declared(tmp_path: Path, text: str, name: str = "a-source") -> Path:
    path = tmp_path / f"{name}.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_good_declaration_has_its_defaults(tmp_path: Path) -> None:
    source = load_source(declared(tmp_path, GOOD))
    assert (source.schedule, source.authority, source.politeness.delay_s, source.allow_private) == (
        "hourly",
        50,
        1.0,
        False,
    )


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("kind = \"feed\"", 'kind = "fed"'), 6, "'feed', 'sitemap', 'wordpress'"),
        (('name = "A Source"', 'nmae = "A Source"'), 2, "unknown key; valid here: id, name"),
        (('homepage = "https://example.org/"', 'homepage = "example.org"'), 4, "not an http"),
        (('url = "https', 'url = "gopher'), 7, "not an http"),
        (('kind = "news"', 'kind = "news"\nauthority = 500'), 4, "less than or equal to 100"),
        (('kind = "news"', 'kind = "news"\nschedule = "every day"'), 4, "not a cron expression"),
        (('kind = "feed"', 'kind = "feed"\ninclude = "("'), 5, "include is not a regular"),
        (('kind = "feed"', 'kind = "feed"\nmatch = "host"'), 5, "belong to entries of kind wayback or commoncrawl"),
        (('kind = "feed"', 'kind = "feed"\nserver = "https://a.example/cdx"'), 5, "belong to entries of kind wayback"),
        (('kind = "feed"', 'kind = "wayback"\nserver = "https://a.example/x"'), 5, "`replay` is needed"),
        (('kind = "feed"', 'kind = "wayback"\nmatch = "all"'), 7, "'prefix', 'host' or 'domain'"),
        (('kind = "feed"', 'kind = "files"'), 5, "files are read from a folder"),
        (('url = "https://example.org/rss.xml"', 'url = "/rss.xml"'), 5, "has an http(s) address"),
        (('id = "a-source"', 'id = "another"'), 1, "name it 'a-source' like the file"),
        (('name = "A Source"', 'name = "A Source'), 2, "not valid TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_line_and_valid_values(
    tmp_path: Path, change: tuple[str, str], line: int, words: str
) -> None:
    path = declared(tmp_path, GOOD.replace(*change))
    with pytest.raises(ConfigError) as caught:
        load_source(path)
    message = str(caught.value)
    assert str(path) in message
    assert words in message
    assert f":{line}" in message or f"line {line}" in message


def test_all_problems_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    declared(tmp_path, GOOD.replace("news", "gnus"))
    declared(tmp_path, GOOD.replace("a-source", "b").replace("feed", "fed"), "b")
    (tmp_path / "again").mkdir()
    declared(tmp_path / "again", GOOD)
    with pytest.raises(ConfigError) as caught:
        load_sources(tmp_path)
    assert "'news' or 'forum'" in str(caught.value)
    assert "'feed'" in str(caught.value)
    assert "taken by" in str(caught.value)


def test_a_missing_folder_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="COPYDESK_SEEDS"):
        load_sources(tmp_path / "nowhere")


def test_schedules_are_spread_and_stable() -> None:
    minutes = {cron_of(f"source-{number}", "hourly").split()[0] for number in range(100)}
    assert len(minutes) > 30
    assert cron_of("bbc", "hourly") == cron_of("bbc", "hourly")
    assert cron_of("bbc", "5 4 * * *") == "5 4 * * *"
