from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.urls import normalise_url, same_host

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
    ):
        assert normalise_url(url) == wanted
    assert normalise_url("http://x.org/threads/a.7/post-12") == normalise_url("http://x.org/threads/a.7/")
    assert normalise_url("http://x.org/threads/a.7/page-2") != normalise_url("http://x.org/threads/a.7/")
    assert normalise_url("http://x.org/showthread.php?s=123&t=5") != normalise_url("http://x.org/showthread.php?t=5")
    assert same_host("http://www.example.org/a", "http://example.org/b")
    assert not same_host("http://example.org/a", "http://example.com/a")
