"""What the press world knows about itself: one row for each text that it published."""

from collections.abc import Iterator
from typing import TypeAlias

from pipeline.demo import texts
from pipeline.demo.markup import Site
from pipeline.demo.plan import Page, Piece, Plan, Post, Thread

TruthRow: TypeAlias = dict[str, object]


def rows(plan: Plan) -> Iterator[TruthRow]:
    """Articles, digest items and posts as they stand at the plan's moment, then the posts that were deleted."""
    for outlet in plan.outlets:
        site = Site(plan, outlet)
        for page in site.pages:
            for ordinal, piece in enumerate(page.pieces):
                yield _piece_row(site, page, piece, ordinal)
    board = Site(plan, plan.outlets[-1])
    for thread in plan.threads:
        for ordinal, post in enumerate(thread.posts):
            yield _post_row(board, thread, post, ordinal)
    for thread in plan.threads:
        for post in thread.removed:
            yield _post_row(board, thread, post, None)


def _piece_row(site: Site, page: Page, piece: Piece, ordinal: int) -> TruthRow:
    written = texts.write_piece(site.plan.seed, piece, site.outlet)
    return {
        "source": site.outlet.source,
        "url": site.url(page),
        "kind": "digest_item" if page.digest else "article",
        "post_id": None,
        "ordinal": ordinal if page.digest else None,
        "title": written.headline,
        "authors": list(written.authors),
        "published_at": page.at.isoformat(),
        "agency": written.agency,
        "text": "\n\n".join(written.paragraphs),
        "story": piece.story.key,
        "original": piece.story.key if piece.change else None,
        "change": piece.change,
        "related_to": piece.story.related_to,
        "container": site.url(page) if page.digest else None,
        "template": piece.story.template,
        "revision": len(piece.edits) + 1,
        "deleted": False,
    }


def _post_row(site: Site, thread: Thread, post: Post, ordinal: int | None) -> TruthRow:
    """A post's row; a deleted post has no `ordinal` any more."""
    written = texts.write_post(site.plan.seed, post, site.plan.outlets)
    url = site.outlet.base + thread.path
    story = (post.twin or post).story
    return {
        "source": site.outlet.source,
        "url": url,
        "kind": "post",
        "post_id": str(post.number),
        "ordinal": ordinal,
        "title": None,
        "authors": list(written.authors),
        "published_at": post.at.isoformat(),
        "agency": written.agency,
        "text": "\n\n".join(written.paragraphs),
        "story": post.key,
        "original": post.key if post.change else None,
        "change": post.change,
        "related_to": story.related_to if story else None,
        "container": url,
        "template": story.template if story else None,
        "revision": 1,
        "deleted": ordinal is None,
    }
