"""What a served outlet can suffer: late, failing, broken and missing answers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal, TypeAlias, get_args

Kind: TypeAlias = Literal["slow", "error", "drop", "partial", "hang"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_LONGEST_S: Final = 3600.0
_FIELDS: Final = ("source", "kind", "seconds", "share", "first")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Of `share` of the paths, only the `first` requests; `seconds`: how late, or the Retry-After of the error."""

    source: str
    kind: Kind
    seconds: float = 2.0
    share: float = 1.0
    first: int | None = None

    def hits(self, path: str) -> bool:
        """Whether the path is of the share: always the same for a path."""
        place = int.from_bytes(blake2b(path.encode(), digest_size=8).digest(), "big")
        return place < self.share * 2**64


def parse_trouble(values: Mapping[str, object], sources: Collection[str]) -> Trouble:
    """Reads a trouble from a request.

    Raises:
        ValueError: a field is unknown, missing or out of its range; the message lists what is allowed.
    """
    unknown = [name for name in values if name not in _FIELDS]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no field of a trouble: give {', '.join(_FIELDS)}")
    source, kind, first = values.get("source"), values.get("kind"), values.get("first")
    if source not in sources:
        raise ValueError(f"source is {source!r}, which this world has not: give one of {', '.join(sources)}")
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}: give one of {', '.join(KINDS)}")
    if first is not None and (not isinstance(first, int) or isinstance(first, bool) or first < 1):
        raise ValueError(f"first is {first!r}: give a number of requests from 1, or leave it out for all")
    seconds = _number(values, "seconds", 2.0, _LONGEST_S)
    return Trouble(str(source), kind, seconds, _number(values, "share", 1.0, 1.0), first)


def _number(values: Mapping[str, object], name: str, default: float, most: float) -> float:
    value = values.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        raise ValueError(f"{name} is {value!r}: give a number above 0, {most:g} at most")
    return float(value)
