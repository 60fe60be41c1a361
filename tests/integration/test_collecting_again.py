"""The same source again: what changed at the site or in its declaration comes in, the rest stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.commands import copydesk, copydesk_json, declare
from tests.support.pages import article, paragraphs
from tests.support.site import Site


def test_edited_articles_become_revisions_and_stories_keep_their_ids(tmp_path: Path, site: Site) -> None:
    site.pages["/sitemap.xml"] = _sitemap(site, "2026-10-30T08:00:00Z")
    declare(tmp_path, "site", site.declaration("site"))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    before = copydesk_json(tmp_path, "corpus", "info")
    site.pages["/story-1/"] = article("Story number 1", [*paragraphs(1), *paragraphs(77, 1)])
    site.pages["/sitemap.xml"] = _sitemap(site, "2099-01-01T00:00:00Z")
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    after = copydesk_json(tmp_path, "corpus", "info")
    assert (after["documents"], after["stories"], after["revisions"]) == (5, 5, before["revisions"] + 1)
    assert site.asked["/story-2/", 304] == 1
    copydesk(tmp_path, "corpus", "export", "-o", "stories.jsonl")
    stories = [json.loads(line) for line in (tmp_path / "stories.jsonl").read_text("utf-8").splitlines()]
    changed = next(one for one in stories if one["title"] == "Story number 1")
    assert changed["text"].endswith(paragraphs(77, 1)[0])
    assert (changed["since_version"], changed["version"]) == (1, 2)


def _sitemap(site: Site, modified: str) -> bytes:
    urls = "".join(f"<url><loc>{site.base}/story-{n}/</loc><lastmod>{modified}</lastmod></url>" for n in range(1, 6))
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


def test_declared_patterns_zone_and_pseudonyms_take_effect(tmp_path: Path, site: Site) -> None:
    page = article(
        "Story in a zone",
        paragraphs(31),
        published="2026-10-30T08:00:00",
        head='<meta name="author" content="Ann Lee">',
    )
    site.pages["/story-zone/"] = page
    site.sitemap(*[path for path in site.pages if path != "/sitemap.xml"])
    text = site.declaration("site", more='timezone = "Asia/Tokyo"\nauthor_pseudonyms = true\n')
    text = text.replace("[politeness]", 'include = "story-(zone|[1-3])"\nexclude = "story-2"\n[politeness]')
    declare(tmp_path, "site", text)
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    copydesk(tmp_path, "corpus", "export", "--table", "documents", "-o", "documents.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "documents.jsonl").read_text("utf-8").splitlines()]
    assert sorted(row["title"] for row in rows) == ["Story in a zone", "Story number 1", "Story number 3"]
    zone = next(row for row in rows if row["title"] == "Story in a zone")
    assert zone["published_at"] == "2026-10-29T23:00:00+00:00"
    assert zone["authors"] == [zone["author_id"]]
    assert "Ann" not in (tmp_path / "documents.jsonl").read_text("utf-8")


def test_a_mended_declaration_takes_effect_though_its_listing_did_not_change(tmp_path: Path, site: Site) -> None:
    site.pages["/"] = (
        b"<html><body>" + b"".join(b'<a href="/story-%d/">s</a>' % n for n in range(1, 6)) + b"</body></html>"
    )
    text = site.declaration("list", entry="listing", path="/")
    declare(tmp_path, "list", text)
    done = copydesk(tmp_path, "collect", "--no-prefect")
    assert done.returncode == 0
    assert "set `include`" in done.stderr
    declare(tmp_path, "list", text.replace("[politeness]", 'include = "/story-"\n[politeness]'))
    assert copydesk(tmp_path, "collect", "--no-prefect").returncode == 0
    assert copydesk_json(tmp_path, "corpus", "info")["documents"] == 5
