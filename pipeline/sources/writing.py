"""Making declarations: an id from an address, the TOML text, and a file that is whole or not there."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from pipeline.errors import ConfigError
from pipeline.sources.declaration import Source, load_source

__all__ = ["declaration_text", "new_source", "source_id_of", "write_declaration"]

_SECOND_LEVEL = frozenset("co com org net gov ac edu ne or go gob gouv".split())
_MAX_ID = 64


def source_id_of(url: str, name: str = "", taken: Collection[str] = ()) -> str:
    """An id for a source: its host without `www.` and the ending, else its name; with a number where it is taken.

    `https://www.example-herald.co.uk/` gives `example-herald`; a site in a sub-folder has the folder in its id.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    folder = _slug(re.sub(r"\.\w+$", "", parts.path))
    if _is_bare(host):
        base = _slug(name) or "-".join(filter(None, (_slug(host), str(parts.port or ""), folder)))
    else:
        labels = host.split(".")[:-1]
        if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
            labels.pop()
        base = "-".join(filter(None, (_slug("-".join(labels)), folder)))
    base = base[: _MAX_ID - 4].strip("-") or "source"
    names = (base, *(f"{base}-{number}" for number in range(2, 1_000)))
    return next(one for one in names if one not in taken)


def _is_bare(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host
    return True


def _slug(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")


def new_source(values: dict[str, Any]) -> Source:
    """A source from the values of a declaration.

    Raises:
        ConfigError: they are not valid; one line a problem.
    """
    try:
        return Source.model_validate(values)
    except ValidationError as error:
        problems = (
            f"{'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors()
        )
        raise ConfigError(f"{values.get('id') or 'the source'}: {'; '.join(problems)}; mend this") from None


def declaration_text(source: Source, notes: dict[int, str] | None = None) -> str:
    """The TOML of a source, with what differs from the defaults; `notes` are comments on its entries, by number."""
    values = source.model_dump(mode="json", exclude_defaults=True)
    entries, tables = values.pop("entry"), {name: values.pop(name, None) for name in ("politeness", "expect")}
    lines = [*(f"{key} = {_toml(value)}" for key, value in values.items())]
    for number, entry in enumerate(entries):
        note = (notes or {}).get(number)
        lines += ["", *([f"# {_one_line(note)}"] if note else []), "[[entry]]"]
        lines += [f"{key} = {_toml(value)}" for key, value in entry.items()]
    for name, table in tables.items():
        if table:
            lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def write_declaration(folder: Path, name: str, text: str) -> Path:
    """Write `<folder>/<name>.toml`; what cannot be loaded, or stands there already, is not written.

    Raises:
        ConfigError: the id is taken, the text is not a valid declaration, or the folder cannot be written to.
    """
    taken = next(folder.rglob(f"{name}.toml"), None) if folder.is_dir() else None
    path = folder / f"{name}.toml"
    refusal = f"{taken or path} exists and is never overwritten; give another id with --id, or remove the file"
    if taken is not None:
        raise ConfigError(refusal)
    temporary = folder / f".{name}.{os.getpid()}.tmp"
    try:
        _must_load(name, text)
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # fails where the file exists, which a rename does not
    except FileExistsError:
        raise ConfigError(refusal) from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; check the folder and the space on it") from None
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _must_load(name: str, text: str) -> None:
    with TemporaryDirectory(prefix="copydesk-declaration-") as elsewhere:
        draft = Path(elsewhere) / f"{name}.toml"
        draft.write_text(text, "utf-8")
        load_source(draft)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        value = value.encode("utf-8", "replace").decode()  # lone surrogates are no text
        if "\\" in value and "'" not in value and value.isprintable():
            return f"'{value}'"
        # TOML's basic strings know JSON's escapes, but not DEL as it is.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items() if one is not None) + "}"
    return str(value)


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:200]
