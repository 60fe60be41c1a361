"""Errors, named by what the caller should do.

CopydeskError
├── ConfigError            a person has to change a setting or a declaration (exit code 4)
├── FetchError             one address could not be had; the crawl goes on
├── ExtractError           one page gave no document; it carries the outcome's reason
├── StoreError             the store refused or failed
│   ├── TransientStoreError   the same call may succeed later
│   └── ConflictError         somebody else committed first: read again, decide again
├── BusyError              another run holds the lease
├── QualityError           results look wrong, publishing stops (exit code 5)
└── CorruptDataError       stored bytes are not what was written
"""

from __future__ import annotations

__all__ = [
    "BusyError",
    "ConfigError",
    "ConflictError",
    "CopydeskError",
    "CorruptDataError",
    "ExtractError",
    "FetchError",
    "QualityError",
    "StoreError",
    "TransientStoreError",
]


class CopydeskError(Exception):
    """Base of all errors of ours; its message names the thing, the cause and the next step."""


class ConfigError(CopydeskError):
    """A setting, a declaration or the machine is not as needed."""


class FetchError(CopydeskError):
    """An address could not be fetched."""


class ExtractError(CopydeskError):
    """A page gave no document.

    Args:
        reason: short stable word for the outcome, for example `too_short`.
        detail: what a person would want to know.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[ExtractError], tuple[str, str]]:
        return (type(self), (self.reason, self.detail))


class StoreError(CopydeskError):
    """The object store, a table or the state database refused or failed."""


class TransientStoreError(StoreError):
    """A failure that may pass: trying the same call again is right."""


class ConflictError(StoreError):
    """Another writer committed first; read the new state and decide again."""


class BusyError(CopydeskError):
    """Another living run holds the lease on this source or corpus."""


class QualityError(CopydeskError):
    """Results look wrong; nothing was published."""


class CorruptDataError(CopydeskError):
    """Stored bytes differ from their manifest or cannot be read."""
