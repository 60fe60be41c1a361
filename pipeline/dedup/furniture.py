"""What a host puts on every page: shingles that many of its texts share although they are not copies of each other."""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
from array import array
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from pipeline.dedup.signatures import SHINGLE, shingle_hashes, signatures
from pipeline.dedup.texts import Furniture, Text
from pipeline.dedup.words import words_of
from pipeline.errors import CorruptDataError

__all__ = ["find_furniture", "furniture_to_json", "read_furniture", "sampled"]

_SAMPLE = 100  # texts of a host that are looked at
_MIN_TEXTS = 5
_ALIKE = 0.3  # estimated Jaccard above which two texts count as one


def find_furniture(texts: Iterable[Text]) -> Furniture:
    """Furniture by host, from a sample that does not depend on the order of texts; memory grows with hosts alone."""
    samples: dict[str, list[tuple[int, str, str]]] = {}
    for text in texts:
        if host := text.host:
            heap = samples.setdefault(host, [])
            one = (-_digest(text.id), text.id, text.compared)  # negated: a heap drops its least
            (heapq.heappush if len(heap) < _SAMPLE else heapq.heappushpop)(heap, one)
    found = {host: _common(sorted(heap)) for host, heap in sorted(samples.items()) if len(heap) >= _MIN_TEXTS}
    return {host: hashes for host, hashes in found.items() if len(hashes)}


def sampled(named: Iterable[tuple[str, str]]) -> npt.NDArray[np.int64]:
    """Places of the texts that furniture is sought in, of (id, host) of all of them, each once; host after host.

    Those of a host with too few are left out. Some eighty bytes a text are in memory.
    """
    kept = array("Q")
    for name, host in named:
        kept.extend((_digest(host) if host else 0, _digest(name)))
    hosts, ranks = np.array(kept, dtype=np.uint64).reshape(-1, 2).T
    order = np.lexsort((ranks, hosts))
    _, starts, counts = np.unique(hosts[order], return_index=True, return_counts=True)
    place = np.arange(len(order)) - np.repeat(starts, counts)
    wanted = (np.repeat(counts, counts) >= _MIN_TEXTS) & (place < _SAMPLE) & (hosts[order] != 0)
    found: npt.NDArray[np.int64] = order[wanted]
    return found


def _digest(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _common(sample: list[tuple[int, str, str]]) -> npt.NDArray[np.uint32]:
    hashes, starts = shingle_hashes(words_of([text for _, _, text in sample]))
    distinct = _unlike(signatures(hashes, starts))
    each = [np.unique(hashes[starts[at] : starts[at + 1]]) for at in distinct]
    shingles, counts = np.unique(np.concatenate(each), return_counts=True) if each else (hashes[:0], hashes[:0])
    common: npt.NDArray[np.uint32] = shingles[counts >= _MIN_TEXTS]
    return common


def _unlike(matrix: npt.NDArray[np.uint32]) -> list[int]:
    """Rows of which no two are alike: texts that a host ran several times count once."""
    kept: list[int] = []
    for at, row in enumerate(matrix):
        if not kept or (matrix[kept] == row).mean(axis=1).max() < _ALIKE:
            kept.append(at)
    return kept


def furniture_to_json(furniture: Furniture) -> bytes:
    """As it is kept: equal furniture gives equal bytes."""
    hosts = {
        host: base64.b64encode(hashes.astype("<u4").tobytes()).decode() for host, hashes in sorted(furniture.items())
    }
    return json.dumps({"shingle": SHINGLE, "hosts": hosts}, ensure_ascii=False).encode()


def read_furniture(data: bytes, name: str) -> Furniture:
    """What `furniture_to_json` wrote.

    Raises:
        CorruptDataError: it is something else, or was made with other shingles.
    """
    try:
        kept = json.loads(data)
        made_with, hosts = kept["shingle"], kept["hosts"]
        found = {
            str(host): np.frombuffer(base64.b64decode(hashes, validate=True), dtype="<u4")
            for host, hashes in hosts.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CorruptDataError(f"{name}: {error!r}; restore it from a backup") from None
    if made_with != SHINGLE:
        raise CorruptDataError(f"{name} was made with shingles {made_with!r}, not {SHINGLE!r}; de-duplicate all anew")
    return found
