from datetime import UTC, date, datetime

import pytest

from pipeline import models


def test_ids_are_32_hex_digits_and_depend_on_every_part() -> None:
    ids = {
        models.article_id("a", "http://h/x"),
        models.article_id("b", "http://h/x"),
        models.article_id("a", "http://h/y"),
        models.thread_id_of("a", "http://h/x"),
        models.post_id_of("a", "1", thread_id="t", position=1),
        models.post_id_of("a", None, thread_id="t", position=1),
        models.digest_item_id("p", "Head", 0),
        models.digest_item_id("p", "Head", 1),
    }
    assert len(ids) == 8
    assert all(len(name) == 32 and int(name, 16) >= 0 for name in ids)


def test_ids_never_change() -> None:
    """A stored corpus holds these: a change needs a schema version and a way for old data."""
    assert models.article_id("a", "http://h/x") == "330e51f42f5e904db623e55ce1c76345"
    assert models.thread_id_of("a", "http://h/x") == "8d39a74f77073b04687258e2a56e8cab"
    assert models.post_id_of("a", "1", thread_id="t", position=1) == "114124f3a7fbfa3287aef6acd1810cea"
    assert models.post_id_of("a", "1", thread_id="u", position=9) == "114124f3a7fbfa3287aef6acd1810cea"
    assert models.post_id_of("a", None, thread_id="t", position=1) == "82bed7c99736f9a8bf275c896d3ace02"
    assert models.digest_item_id("p", "Head", 0) == "2c7d3cd62f5cf152406170ec99960093"
    assert models.story_id("x") == "96513e3488514abdb00d835939033cb2"


def test_a_digest_item_is_named_by_its_headline_not_its_typography() -> None:
    assert models.digest_item_id("p", "NATO’s “plan” — again", 0) == models.digest_item_id("p", "Nato's plan: again", 0)


def test_window_holds_its_last_day_and_refuses_to_run_backwards() -> None:
    window = models.Window(date(2026, 10, 1), date(2026, 10, 2))
    assert datetime(2026, 10, 2, 23, 59, tzinfo=UTC) in window
    assert datetime(2026, 10, 3, tzinfo=UTC) not in window
    with pytest.raises(ValueError, match="swap the two dates"):
        models.Window(date(2026, 10, 2), date(2026, 10, 1))


def test_run_ids_sort_by_time() -> None:
    early = models.new_run_id(datetime(2026, 1, 1, tzinfo=UTC), "x")
    late = models.new_run_id(datetime(2026, 1, 2, tzinfo=UTC), "a")
    assert early < late
