"""What a folder of Parquet files needs to be a dataset: a card for Hugging Face, and Croissant 1.1 metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.corpus.export.folder import Shard
from pipeline.corpus.export.formats import whole_file
from pipeline.corpus.export.select import schema_of
from pipeline.corpus.reader import Corpus

__all__ = ["write_card"]

_ABOUT = {
    "stories": "One row a story: its canonical text, and in `copies` everybody who ran it.",
    "documents": "One row a text as collected: article, item of a digest, or forum post.",
    "relations": "One row a pair of documents of which one repeats, holds or updates the other.",
}
_ABOUT_ALL = (
    "Version {version} of a corpus of news and forum texts, of {moment} UTC, collected and de-duplicated by Copydesk.\n"
    "The texts belong to those who wrote or published them; what may be done with them depends on where you are and on "
    "what their sites reserve (column `tdm` of documents). No licence is given here."
)
_CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/", "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract",
    "field": "cr:field", "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject", "fileSet": "cr:fileSet",
    "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath",
    "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform",
}  # fmt: skip


def write_card(corpus: Corpus, folder: Path, tables: Mapping[str, Sequence[Shard]]) -> None:
    """Write `README.md` and `croissant.json` beside `data/`, where the shards of each table are."""
    with whole_file(folder / "README.md") as path:
        path.write_text(_card(corpus, tables), "utf-8")
    with whole_file(folder / "croissant.json") as path:
        path.write_text(json.dumps(_croissant(corpus, tables), indent=1) + "\n", "utf-8")


def _card(corpus: Corpus, tables: Mapping[str, Sequence[Shard]]) -> str:
    rows = {table: sum(shard.rows for shard in shards) for table, shards in tables.items()}
    lines = ["---", f"pretty_name: {_title(corpus)}", "tags:", "- news", "- forums", "- croissant", "configs:"]
    for table in tables:
        lines += [f"- config_name: {table}", "  data_files:", f"  - split: train\n    path: data/{table}-*.parquet"]
        lines += ["  default: true"] if table == "stories" else []
    lines += [f"size_categories:\n- {_size(max(rows.values(), default=0))}", "---", "", f"# {_title(corpus)}", ""]
    lines += [
        _ABOUT_ALL.format(version=corpus.version, moment=f"{corpus.pinned.created_at:%Y-%m-%d %H:%M}"),
        "",
    ]
    for table, count in rows.items():
        lines += [f"## {table}", "", f"{_ABOUT[table]} {count} rows.", "", "| column | type |", "|---|---|"]
        lines += [f"| {field.name} | {str(field.type).replace('|', ' ')} |" for field in schema_of(table)] + [""]
    return "\n".join([*lines, "`files.sha256` has the sum of every file: `sha256sum -c files.sha256`.", ""])


def _croissant(corpus: Corpus, tables: Mapping[str, Sequence[Shard]]) -> dict[str, Any]:
    files = [
        {
            "@type": "cr:FileObject", "@id": shard.name, "name": shard.name, "contentUrl": f"data/{shard.name}",
            "contentSize": f"{shard.size_bytes} B", "encodingFormat": "application/x-parquet",
            "sha256": shard.sha256,
        }
        for shards in tables.values() for shard in shards
    ]  # fmt: skip
    sets = [
        {
            "@type": "cr:FileSet", "@id": f"{table}-files", "name": f"{table}-files",
            "containedIn": [{"@id": shard.name} for shard in shards],
            "encodingFormat": "application/x-parquet", "includes": f"data/{table}-*.parquet",
        }
        for table, shards in tables.items()
    ]  # fmt: skip
    return {
        "@context": _CONTEXT, "@type": "sc:Dataset", "name": f"copydesk-corpus-{corpus.version}",
        "conformsTo": "http://mlcommons.org/croissant/1.1", "description": _title(corpus),
        "version": f"{corpus.version}.0.0",
        "datePublished": corpus.pinned.created_at.isoformat(), "url": "./", "isLiveDataset": False,
        "license": "No licence is given: the texts belong to those who wrote or published them.",
        "distribution": [*files, *sets], "recordSet": [_record_set(table) for table in tables],
    }  # fmt: skip


def _record_set(table: str) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet", "@id": table, "name": table, "description": _ABOUT[table],
        "field": [_field(f"{table}/{one.name}", one.name, one.type, f"{table}-files") for one in schema_of(table)],
    }  # fmt: skip


def _field(name: str, column: str, kind: pa.DataType, files: str) -> dict[str, Any]:
    repeated = pa.types.is_list(kind)
    inner = kind.value_type if repeated else kind
    source = {"fileSet": {"@id": files}, "extract": {"column": column}}
    made: dict[str, Any] = {"@type": "cr:Field", "@id": name, "name": name, "source": source}
    made |= {"repeated": True} if repeated else {}
    if pa.types.is_struct(inner):
        return made | {
            "subField": [
                {
                    "@type": "cr:Field", "@id": f"{name}/{part.name}", "name": f"{name}/{part.name}",
                    "dataType": _type(part.type),
                    "source": source | {"transform": {"jsonPath": f"$.{part.name}"}},
                }
                for part in inner
            ]
        }  # fmt: skip
    return made | {"dataType": _type(inner)}


def _type(kind: pa.DataType) -> str:
    for is_kind, name in (
        (pa.types.is_integer, "sc:Integer"), (pa.types.is_floating, "sc:Float"), (pa.types.is_boolean, "sc:Boolean"),
        (pa.types.is_timestamp, "sc:DateTime"),
    ):  # fmt: skip
        if is_kind(kind):
            return name
    return "sc:Text"


def _title(corpus: Corpus) -> str:
    return f"Copydesk corpus, version {corpus.version}"


def _size(rows: int) -> str:
    for limit, name in ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M")):
        if rows < limit:
            return name
    return "1M<n<10M" if rows < 10**7 else "n>10M"
