"""Floors on real pages with gold: lowered only with a written reason."""

from pathlib import Path

import pytest

from tests.eval.articles import score_article_pages, score_articles
from tests.eval.metadata import score_metadata
from tests.eval.posts import score_posts

Scores = list[tuple[str, float, float | None]]


def breached(scores: Scores) -> list[str]:
    return [
        f"{name} is {value:.4f}, its floor {floor}"
        for name, value, floor in scores
        if floor is not None and (value > 0 if str(floor) == "-0.0" else value < floor)
    ]


@pytest.mark.parametrize(("name", "score"), [("text", score_articles), ("metadata", score_article_pages)])
def test_article_text_is_better_than_trafilatura_alone(eval_folder: Path, name: str, score: object) -> None:
    assert callable(score)
    scores: Scores = score(eval_folder / f"articles-{name}")
    assert breached(scores) == []
    values = {one.partition(".")[2]: value for one, value, _ in scores}
    assert values["f1"] > values["f1_trafilatura"] + 0.01


def test_title_day_and_authors_are_better_than_trafilatura_alone(eval_folder: Path) -> None:
    scores = score_metadata(eval_folder / "articles-metadata")
    assert breached(scores) == []
    values = {name.partition(".")[2]: value for name, value, _ in scores}
    for measure in ("title", "day", "author", "no_false_author"):
        assert values[measure] >= values[f"{measure}_trafilatura"]


def test_posts(eval_folder: Path) -> None:
    scores = score_posts(eval_folder / "forums")
    assert {name: value for name, value, floor in scores if floor is not None and value < floor} == {}
    assert {name: value for name, value, _ in scores}["posts.pages_of_known_engines"] >= 0.85
