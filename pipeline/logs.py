"""Logging set-up for the processes of Copydesk: one line a record, on stderr."""

from __future__ import annotations

import logging
import re
import sys

__all__ = ["redact", "setup_logging"]

_SECRET = re.compile(r"(?i)(://[^/\s:@]+:)[^@/\s]+(@)|((?:secret|password|token|access_key)[\w-]*\s*[=:]\s*)[^\s,;]+")


def redact(text: str) -> str:
    """The text with passwords in URLs and values of secret-looking settings replaced."""
    return _SECRET.sub(lambda m: f"{m[1]}***{m[2]}" if m[1] else f"{m[3]}***", text)


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        # What pages send must not drive a terminal.
        return "".join(
            char if char.isprintable() or char in "\n\t" else "\ufffd" for char in redact(super().format(record))
        )


def setup_logging(level: str = "INFO") -> None:
    """Send records of our packages to stderr; called by process entry points alone."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
    handler.setLevel(level)  # some packages set the levels of their own loggers
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("pipeline", "spiders", "flows"):
        logging.getLogger(name).setLevel(level)
