"""`python -m tests.support.kill_redact TEMPLATE INTO URL`: blank an address's captures, killed before every write.

TEMPLATE is a store's folder. Copy `INTO/<n>` is left as a kill -9 before the n-th write of a file left it; the last
copy was cleaned in peace.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.archive.redact import redact
from pipeline.store.objects import FolderStore
from tests.support.kill_seal import killed_in_turn

__all__ = ["redact_folder"]


def redact_folder(folder: Path, url: str) -> None:
    """Blank the captures of an address in all archives of a store."""
    redact(FolderStore(folder), places=(), urls={url}, sources=())


if __name__ == "__main__":
    _, template, into, address = sys.argv
    sys.exit(
        killed_in_turn(lambda folder: redact_folder(folder, address), Path(template), Path(into), statements=False)
    )
