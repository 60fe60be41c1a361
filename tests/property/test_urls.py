from hypothesis import given
from hypothesis import strategies as st

from pipeline.models import article_id
from pipeline.sources.urls import is_trap, normalise_url, same_host
from pipeline.store.frontier import url_key

pieces = st.text(alphabet="abcXYZ019-_.~/%&=?;:#@[] é漢", max_size=60)


@given(st.one_of(st.text(max_size=80), pieces.map("http://example.org/".__add__), pieces.map("https://".__add__)))
def test_never_raises_and_twice_is_once(url: str) -> None:
    once = normalise_url(url)
    assert normalise_url(once) == once


@given(st.sampled_from(["utm_source=x", "fbclid=1", "gclid=abc", "PHPSESSID=deadbeef", "amp=1"]), st.booleans())
def test_tracking_does_not_make_another_page(noise: str, first: bool) -> None:
    page = "http://example.org/story?id=5"
    noisy = f"http://example.org/story?{noise}&id=5" if first else f"{page}&{noise}#top"
    assert normalise_url(noisy) == normalise_url(page)


def test_variants_of_one_page() -> None:
    wanted = "http://example.org/2026/a-story/"
    for url in (
        "HTTP://EXAMPLE.org:80/2026/a-story/",
        "http://example.org/2026/./x/../a-story/index.html",
        "http://example.org/2026/a-story/amp/",
        "http://example.org/2026/a-story/?utm_medium=rss#comments",
        "http://amp.example.org/2026/a-story/",
        "http://example.org/amp/2026/a-story/",
        "http://example.org/(S(abc123def))/2026/a-story/",
        "http://example.org/2026/a-story/;jsessionid=0A1B",
    ):
        assert normalise_url(url) == wanted
    assert normalise_url("http://x.org/threads/a.7/post-12") == normalise_url("http://x.org/threads/a.7/")
    assert normalise_url("http://x.org/threads/a.7/page-2") != normalise_url("http://x.org/threads/a.7/")
    assert normalise_url("http://x.org/article.php?sid=123&t=5") != normalise_url("http://x.org/article.php?t=5")
    for variants in (
        ("http://x.org/threads/a-title.7/", "http://x.org/threads/7/", "http://x.org/threads/7/unread"),
        ("http://x.org/threads/a.7/page-2", "http://x.org/threads/7/page-2"),
        ("http://x.org/topic/12-a-title/", "http://x.org/topic/12-another/"),
        ("http://x.org/discussion/9/a-title", "http://x.org/discussion/9"),
        ("http://x.org/discussion/9/a-title/p2", "http://x.org/discussion/9/p2"),
        ("http://x.org/viewtopic.php?f=3&t=5&sid=0a1b2c3d4e", "http://x.org/viewtopic.php?t=5&start=0&hilit=word"),
        ("http://x.org/viewtopic.php?f=3&t=5&start=20", "http://x.org/viewtopic.php?t=5&start=20"),
        ("http://x.org/showthread.php?t=5&page=1", "http://x.org/showthread.php?t=5&highlight=a"),
        ("http://x.org/index.php?topic=5.msg77;topicseen", "http://x.org/index.php?topic=5.0"),
    ):
        assert len({normalise_url(url) for url in variants}) == 1, variants
    assert normalise_url("http://x.org/viewtopic.php?p=5") != normalise_url("http://x.org/viewtopic.php?t=5")


def test_one_page_has_one_identity() -> None:
    urls = ("http://x.org/a/", "https://x.org/a/", "https://www.x.org/a", "http://www.x.org/a/")
    assert len({article_id("x", normalise_url(url)) for url in urls}) == 1
    assert len({url_key(normalise_url(url)) for url in urls}) == 1
    assert article_id("x", "http://x.org/a") != article_id("x", "http://x.org/b")


def test_traps_are_known_by_their_shape() -> None:
    for url in ("http://x.org/a/b/a/b/a/b/a/b/", f"http://x.org/{'p/' * 40}", f"http://x.org/?{'a=1&' * 40}"):
        assert is_trap(url), url
    for url in ("http://x.org/2011/11/11/11-uhr-11/", "http://x.org/a/b/c/d/e/f/?x=1&y=2&z=3"):
        assert not is_trap(url), url


def test_hosts_are_compared_without_www() -> None:
    assert same_host("http://www.example.org/a", "http://example.org/b")
    assert not same_host("http://example.org/a", "http://example.com/a")
