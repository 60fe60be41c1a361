"""A corpus that runs made, one after the other, stays as it is when all is decided anew with the same furniture."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corpus.reader import open_corpus
from pipeline.models import Document
from pipeline.settings import RededupSettings, Settings
from pipeline.stages.context import Context, open_context
from pipeline.stages.rededup import rededuplicate
from tests.property.test_order import FURNITURE, content, corpora, publish_in_cuts, with_footer


@contextmanager
def opened(folder: Path) -> Iterator[Context]:
    with open_context(
        Settings(store=f"file:{folder}", seeds=folder / "seeds", rededup=RededupSettings(workers=1))
    ) as context:
        yield context


@settings(max_examples=25)
@given(corpora(), st.randoms(use_true_random=False), st.booleans())
def test_nothing_changes_when_all_is_decided_anew(documents: list[Document], dice: random.Random, below: bool) -> None:
    if below:
        documents = [with_footer(one) for one in documents]
    dice.shuffle(documents)
    border = dice.randint(0, len(documents))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "seeds").mkdir()
        before = publish_in_cuts(folder, [documents[:border], documents[border:]], FURNITURE if below else None)
        with opened(folder) as context:
            done = rededuplicate(context, publish=True, keep_furniture=True)
            assert (done.relations, done.merged, done.split, done.changed, done.added, done.ended) == (0,) * 6
            assert done.published == done.base == before.version
            assert content(open_corpus(context.store)) == content(before)
