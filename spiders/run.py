"""`python -m spiders.run SPEC`: crawl one source as the spec says; what happened stands in the report."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.logs import setup_logging
from spiders.parent import die_with_parent

__all__ = ["main"]


def main(spec_path: Path) -> None:
    """Run one crawl; the exit code says nothing, the report does."""
    from scrapy.crawler import AsyncCrawlerProcess

    from pipeline.archive.spool import Spool, spool_lock
    from pipeline.store.database import open_database
    from pipeline.store.frontier import Frontier
    from spiders.sink import Sink
    from spiders.source import SourceSpider
    from spiders.spec import CrawlSpec

    die_with_parent()
    spec = CrawlSpec.model_validate_json(spec_path.read_text("utf-8"))
    setup_logging("WARNING")
    with (
        spool_lock(spec.spool),
        open_database(spec.state_url) as database,
        Spool(spec.spool, spec.run_id, software=spec.crawl.user_agent) as spool,
    ):
        frontier = Frontier(database, spec.source.id, run_id=spec.run_id, host=spec.host)
        settings = spec.scrapy_settings() | {"COPYDESK_ALLOW_PRIVATE": spec.source.allow_private}
        process = AsyncCrawlerProcess(settings, install_root_handler=False)
        process.crawl(SourceSpider, spec=spec, frontier=frontier, sink=Sink(spool, frontier))
        process.start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
