"""Whether the tables of a corpus are what was published: every object by its bytes, and that the rows add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pipeline.corpus.reader import Corpus
from pipeline.errors import CopydeskError
from pipeline.models import Finding
from pipeline.store.files import sum_of
from pipeline.store.objects import ObjectStore
from pipeline.store.tables import live_files
from pipeline.store.versions import CorpusVersion, ObjectSum, read_version, version_numbers

__all__ = ["check_object", "check_tables", "kept_versions"]

_FROM_BACKUP = "restore the object from a backup of the store"
_REDO = "a fault of Copydesk: report it with this line; former versions (--version) may be right"
_OLD_VERSION = "read a newer version; only what reads this one is touched"


def kept_versions(store: ObjectStore) -> tuple[list[CorpusVersion], list[Finding]]:
    """All version files that can be read, in order, and what is wrong with the others."""
    found, problems = [], []
    numbers = version_numbers(store)
    for number in numbers:
        try:
            version = read_version(store, number)
        except CopydeskError as error:
            problems.append(Finding(f"corpus version {number}", str(error), _FROM_BACKUP))
            continue
        found.append(version)
        if version.version != number:
            wrong = f"it says that it is version {version.version}"
            problems.append(Finding(f"corpus version {number}", wrong, _FROM_BACKUP))
    missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    problems += [
        Finding(f"corpus version {number}", "its file is missing, and newer ones are there", _FROM_BACKUP)
        for number in missing
    ]
    return found, problems


def check_tables(store: ObjectStore, versions: list[CorpusVersion]) -> tuple[int, list[Finding]]:
    """Compare all objects of the tables with their sums, and the rows of the newest version with each other.

    Files that only former versions need may have been removed by maintenance; those that are there must be whole.

    Returns:
        Objects compared, and what is wrong.
    """
    if not versions:
        return 0, []
    newest = versions[-1]
    sums = {key: one for version in versions for key, one in version.files.items()}
    findings: list[Finding] = []
    needed: set[str] = set()
    for name, number in sorted(newest.tables.items()):
        try:
            files = live_files(store, name, number)
        except CopydeskError as error:
            findings.append(
                Finding(f"table {name}", f"cannot be opened at Delta version {number}: {error}", _FROM_BACKUP)
            )
            continue
        needed |= files.keys()
        findings += _of_unknown_sum(store, files, sums)
    for key, known in sorted(sums.items()):
        if key in needed or store.exists(key):
            remedy = _FROM_BACKUP if key in needed else _OLD_VERSION
            findings += check_object(store, key, known, remedy)
    if not findings:
        findings += _rows_that_disagree(Corpus(store, newest))
    return len(sums), findings


def check_object(
    store: ObjectStore,
    key: str,
    known: ObjectSum | str,
    remedy: str,
    look: Callable[[Path], list[Finding]] | None = None,
) -> list[Finding]:
    """What is wrong with an object, compared with what was written; empty when nothing is.

    Args:
        store: where it is.
        key: its key.
        known: its size and sha256 when it was written, or the sha256 alone.
        remedy: what to do when it is something else.
        look: looks into an object that is what was written, so that it is fetched once.
    """
    try:
        with store.fetch(key) as path:
            found = sum_of(path)
            wanted = ObjectSum(found.size_bytes, known) if isinstance(known, str) else known
            if found == wanted:
                return look(path) if look is not None else []
    except KeyError:
        return [Finding(key, "it is missing", remedy)]
    except CopydeskError as error:
        return [Finding(key, f"it cannot be read: {error}", remedy)]
    if found.size_bytes != wanted.size_bytes:
        return [Finding(key, f"it has {found.size_bytes} bytes, and {wanted.size_bytes} were written", remedy)]
    return [Finding(key, f"its sha256 is {found.sha256}, and {wanted.sha256} was written", remedy)]


def _of_unknown_sum(store: ObjectStore, files: Mapping[str, int], sums: Mapping[str, ObjectSum]) -> Iterator[Finding]:
    """Files of a version published before sums were kept: their size alone is known, from the Delta log."""
    for key, size in sorted(files.items()):
        if key in sums:
            continue
        try:
            with store.fetch(key) as path:
                found = path.stat().st_size
        except KeyError:
            yield Finding(key, "it is missing", _FROM_BACKUP)
        else:
            if found != size:
                yield Finding(key, f"it has {found} bytes, and {size} were written", _FROM_BACKUP)


def _rows_that_disagree(corpus: Corpus) -> list[Finding]:
    """Every current document is a copy in exactly one story, and every story shows one of its copies."""
    stories = corpus.stories(columns=["story_id", "id", "copies"])
    current = set(corpus.revisions(columns=["id"])["id"].to_pylist())
    held: Counter[str] = Counter()
    findings = []
    for batch in stories.to_batches(max_chunksize=1_000):
        for row in batch.to_pylist():
            members = [copy["id"] for copy in row["copies"]]
            held.update(members)
            if row["id"] not in members:
                findings.append(Finding(f"story {row['story_id']}", "shows a text that is none of its copies", _REDO))
    wrong = [(name, held[name]) for name in sorted(current | held.keys()) if held[name] != 1 or name not in current]
    for name, count in wrong:
        what = f"stands in {count} stories, not in one" if name in current else "is in a story, but not in documents"
        findings.append(Finding(f"document {name}", what, _REDO))
    return findings
