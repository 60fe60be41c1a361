"""Logging set-up for the processes of Copydesk: one line a record, on stderr."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

__all__ = ["json_line", "logged_run", "redact", "setup_logging", "tell"]

_SECRET = re.compile(r"(?i)(://[^/\s:@]+:)[^@/\s]+(@)|((?:secret|password|token|access_key)[\w-]*\s*[=:]\s*)[^\s,;]+")


_RUN: ContextVar[str | None] = ContextVar("run", default=None)
_PLAIN_FACTORY = logging.getLogRecordFactory()
_form = "text"


def redact(text: str) -> str:
    """The text with passwords in URLs and values of secret-looking settings replaced."""
    return _SECRET.sub(lambda m: f"{m[1]}***{m[2]}" if m[1] else f"{m[3]}***", text)


@contextmanager
def logged_run(run_id: str) -> Iterator[None]:
    """Every record that this thread makes within the block carries the run's id, whoever formats it."""
    logging.setLogRecordFactory(_with_run)
    token = _RUN.set(run_id)
    try:
        yield
    finally:
        _RUN.reset(token)


def _with_run(*arguments: Any, **more: Any) -> logging.LogRecord:
    record = _PLAIN_FACTORY(*arguments, **more)
    record.run_id = _RUN.get()
    return record


def json_line(level: str, logger: str, message: str, **more: object) -> str:
    """One record as a JSON object on one line; `more` are further keys, those without a value are left out."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    found = {"at": at, "level": level, "logger": logger, "message": redact(message), **more}
    return json.dumps({key: value for key, value in found.items() if value is not None}, ensure_ascii=False)


def tell(logger: str, text: str) -> None:
    """Say something on stderr to who watches: the line alone, or an object where the log consists of objects."""
    sys.stderr.write(f"{json_line('INFO', logger, text) if _form == 'json' else text}\n")
    sys.stderr.flush()


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        run_id = getattr(record, "run_id", None)
        text = redact(super().format(record))
        # What pages send must not drive a terminal.
        shown = "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)
        return f"{shown} [run {run_id}]" if run_id else shown


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        error = redact(self.formatException(record.exc_info)) if record.exc_info else None
        run_id = getattr(record, "run_id", None)
        return json_line(record.levelname, record.name, record.getMessage(), run_id=run_id, error=error)


def setup_logging(level: str = "INFO", form: str = "text") -> None:
    """Send records of our packages to stderr, as `text` or `json`; called by process entry points alone."""
    global _form  # noqa: PLW0603 (of the process, as the root logger is)
    _form = form
    handler = logging.StreamHandler(sys.stderr)
    text = _Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")
    handler.setFormatter(_Json() if form == "json" else text)
    handler.setLevel(level)  # some packages set the levels of their own loggers
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("pipeline", "spiders", "flows"):
        logging.getLogger(name).setLevel(level)
