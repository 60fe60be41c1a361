"""`python -m spiders.run SPEC`: crawl one source as the spec says; what happened stands in the report."""

from __future__ import annotations

import atexit
import gc
import logging
import sys
from pathlib import Path

from pipeline.lifeline import die_with_stage
from pipeline.logs import logged_run, setup_logging

__all__ = ["main"]


def main(spec_path: Path) -> None:
    """Run one crawl; the exit code says nothing, the report does."""
    gc.disable()  # nothing that is being loaded is garbage
    from scrapy.crawler import AsyncCrawlerProcess

    import spiders.pace  # noqa: F401 (what Scrapy loads by its name, and most with it)
    from pipeline.archive.spool import Spool, spool_lock
    from pipeline.sources.declaration import IMPORTED
    from pipeline.store.database import open_database
    from pipeline.store.frontier import Frontier
    from pipeline.store.hosts import Hosts
    from spiders.answers import write_report
    from spiders.imported import Imported
    from spiders.sink import Sink
    from spiders.source import SourceSpider
    from spiders.spec import CrawlSpec

    gc.freeze()  # nor need it be searched again and again
    gc.enable()
    die_with_stage()
    atexit.register(gc.freeze)  # a search for cycles at the end takes as long as asking a small site
    spec = CrawlSpec.model_validate_json(spec_path.read_text("utf-8"))
    setup_logging("WARNING")
    with (
        logged_run(spec.run_id),
        spool_lock(spec.spool),
        open_database(spec.state_url) as database,
        Spool(spec.spool, spec.run_id, software=spec.crawl.user_agent) as spool,
    ):
        frontier = Frontier(database, spec.source.id, run_id=spec.run_id, host=spec.host, lane=spec.lane)
        sink = Sink(spool, frontier)
        imported = Imported()
        if not spec.lane and any(entry.kind in IMPORTED for entry in spec.source.entry):
            from spiders.imports import import_pages

            imported = import_pages(spec, frontier, sink, database)
        if imported.stopped or not imported.ended or not any(entry.kind in spec.kinds for entry in spec.source.entry):
            write_report(spec.report, imported.report(spec.source.id))
            return
        process = AsyncCrawlerProcess(spec.scrapy_settings())
        logging.getLogger("scrapy").setLevel("WARNING")  # which Scrapy sets to DEBUG, whatever LOG_LEVEL says
        # It warns at every start that no Referer is sent on, which is what we want.
        logging.getLogger("scrapy.downloadermiddlewares.redirect").setLevel("ERROR")
        state = {"frontier": frontier, "hosts": Hosts(database), "sink": sink}
        process.crawl(SourceSpider, spec=spec, imported=imported, **state)
        process.start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
