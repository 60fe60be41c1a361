"""Pages that only scripts fill, in a real Chromium."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.site import Site, serving

pytestmark = pytest.mark.slow

_SCRIPTED = """<!doctype html><html lang="en"><head><title>Harbour wall {n}</title></head><body><img src="/picture.png">
<article id="story"></article><script>
fetch('/api/{n}').then(answer => answer.json()).then(found => {{
  const paragraphs = found.text.map(p => '<p>' + p + '</p>').join('');
  document.getElementById('story').innerHTML = '<h1>' + found.title + '</h1>' + paragraphs;
}});
fetch('http://127.0.61.2:{other}/secret').catch(() => 0);
</script></body></html>"""


@pytest.fixture
def sites(tmp_path: Path) -> tuple[Site, Site]:
    if shutil.which("chromium") is None:
        pytest.skip("needs chromium: run deploy/debian-packages.sh")
    pytest.importorskip("scrapy_playwright", reason="needs the extra `javascript`")
    return Site("127.0.61.1"), Site("127.0.61.2")


def test_what_scripts_write_is_collected(tmp_path: Path, sites: tuple[Site, Site]) -> None:
    site, other = sites
    with serving(site, other):
        paragraph = "The council agreed on Tuesday to rebuild the harbour wall before the winter storms arrive again."
        for number in (1, 2):
            site.pages[f"/story-{number}/"] = _SCRIPTED.format(n=number, other=other.port).encode()
            told = f'{{"title": "Harbour wall {number}", "text": ["{paragraph}", "{paragraph[:-1]}, part {number}."]}}'
            site.pages[f"/api/{number}"] = (200, {"Content-Type": "application/json"}, told.encode())
        site.sitemap("/story-1/", "/story-2/")
        declare(tmp_path, "scripted", site.declaration("scripted", more="javascript = true\n"))
        done = copydesk(tmp_path, "collect", "--no-prefect")
        assert done.returncode == 0, done.stderr
        rows = copydesk_json(tmp_path, "corpus", "info")
        assert rows["documents"] == 2
        out = tmp_path / "documents.jsonl"
        assert copydesk(tmp_path, "corpus", "export", "--table", "documents", "-o", str(out)).returncode == 0
        assert paragraph in out.read_text("utf-8")
        assert ("/picture.png", 404) not in site.asked
        again = copydesk(tmp_path, "collect", "--no-prefect")
        assert again.returncode == 0, again.stderr
        assert site.asked["/story-1/", 200] == 1
