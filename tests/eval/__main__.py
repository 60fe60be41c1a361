"""`python -m tests.eval`: score the last `make run` against the demo's truth; people read stderr, programs stdout."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pipeline.corpus.reader import open_corpus
from pipeline.settings import load_settings
from pipeline.store.objects import open_store
from tests.eval.ablations import score_ablations
from tests.eval.articles import score_article_pages, score_articles
from tests.eval.demo_world import DemoScore, score_demo
from tests.eval.duplicates import Row, score_syndication, score_worlds
from tests.eval.metadata import score_metadata
from tests.eval.posts import score_posts

_PEER = "_trafilatura"
"""Ends the names of trafilatura's own scores on the same pages: shown beside ours."""


def main() -> int:
    """Print every score; gives 1 when one is below its floor."""
    parser = argparse.ArgumentParser(prog="python -m tests.eval", description=__doc__)
    parser.add_argument(
        "--gold", type=Path, help="folder of gold data: articles-text/, articles-metadata/, forums/, texts/"
    )
    parser.add_argument("--only", choices=("duplicates",), help="leave the others out")
    parser.add_argument("--ablations", action="store_true", help="score duplicates also with one part switched off")
    parser.add_argument("--truth", type=Path, help="default: demo/truth.jsonl in the data folder")
    arguments = parser.parse_args()
    settings = load_settings().settings
    truth = arguments.truth or settings.data_dir / "demo" / "truth.jsonl"
    rows: list[Row] = []
    texts = arguments.gold / "texts" / "reuters.jsonl.gz" if arguments.gold is not None else None
    if arguments.only is None and truth.is_file():
        score = score_demo(open_corpus(open_store(settings)), truth)
        for problem in score.problems[:20]:
            sys.stderr.write(f"  {problem}\n")
        rows += demo_rows(score)
    elif arguments.only is None and arguments.gold is None:
        sys.stderr.write(f"error: {truth} is not there: `make run` first, or give EVAL=<folder>\n")
        return 4
    if arguments.gold is not None and arguments.only is None:
        rows += score_articles(arguments.gold / "articles-text") + score_posts(arguments.gold / "forums")
        rows += score_article_pages(arguments.gold / "articles-metadata")
        rows += score_metadata(arguments.gold / "articles-metadata")
    rows += score_worlds()
    if texts is not None and texts.is_file():
        rows += score_syndication(texts)
        rows += score_ablations(texts) if arguments.ablations else []
    return _print(rows)


def demo_rows(score: DemoScore) -> list[tuple[str, float, float | None]]:
    """(name, value, floor) of each measure; a negative floor is a ceiling."""
    return [
        ("demo.documents_found", score.found / score.expected, 1.0),
        ("demo.documents_extra", score.extra, None),
        ("demo.titles", score.titles, 0.99),
        ("demo.dates", score.dates, 0.99),
        ("demo.authors", score.authors, 0.99),
        ("demo.agencies", score.agencies, 0.99),
        ("demo.texts", score.texts, 0.99),
        ("demo.pair_precision", score.pairs.precision, None),
        ("demo.pair_recall", score.pairs.recall, None),
        ("demo.pair_f1", score.pairs.f1, 0.98),
        ("demo.ari", score.ari, None),
        ("demo.truncated_found", score.truncated_found, None),
        ("demo.stories_that_join_several", score.mixed, -0.0),
        ("demo.baseline_minhash_lsh_ari", score.baseline_ari, -0.87),
        ("demo.baseline_minhash_lsh_pair_f1", score.baseline_f1, None),
        ("demo.baseline_minhash_lsh_truncated_found", score.baseline_truncated, -0.45),
    ]


def _print(rows: list[tuple[str, float, float | None]]) -> int:
    failed = 0
    values = {name: value for name, value, _ in rows}
    for name, value, floor in rows:
        ceiling = floor is not None and str(floor).startswith("-")
        bad = floor is not None and (value > -floor if ceiling else value < floor)
        failed += bad
        wanted = "" if floor is None else f"{'at most' if ceiling else 'at least'} {abs(floor):g}"
        beside = values.get(f"{name}{_PEER}")
        peer = "" if beside is None else f"trafilatura {beside:.4f}"
        if not name.endswith(_PEER):
            sys.stderr.write(f"{'!' if bad else ' '} {name:45} {value:8.4f}  {wanted:16} {peer}".rstrip() + "\n")
        sys.stdout.write(json.dumps({"name": name, "value": round(value, 4)}) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
