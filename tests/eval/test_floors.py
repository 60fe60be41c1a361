"""Floors on real pages with gold: lowered only with a written reason."""

from pathlib import Path

from tests.eval.articles import score_articles, score_splits
from tests.eval.posts import score_posts


def test_article_text_is_better_than_trafilatura_alone(eval_folder: Path) -> None:
    scores = {name: (value, floor) for name, value, floor in score_articles(eval_folder / "articles-text")}
    assert scores["articles.f1"][0] >= 0.965
    assert scores["articles.f1"][0] > scores["articles.f1_trafilatura"][0]
    assert scores["articles.wrongly_split"][0] == 0
    assert score_splits(eval_folder / "articles-metadata")[0][1] == 0


def test_posts(eval_folder: Path) -> None:
    scores = score_posts(eval_folder / "forums")
    assert {name: value for name, value, floor in scores if floor is not None and value < floor} == {}
    assert {name: value for name, value, _ in scores}["posts.pages_of_known_engines"] >= 0.85
