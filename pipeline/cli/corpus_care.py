"""Commands of `copydesk corpus` that check, keep and mend."""

from __future__ import annotations

import click

from pipeline.cli.common import emit, json_option, safe, store_option
from pipeline.errors import CorruptDataError

__all__ = ["verify"]


@click.command()
@json_option
@store_option
def verify(as_json: bool, store: str | None) -> None:
    """Compare every object with what was written: versions, tables, archives, staged runs, snapshots.

    Reads the whole store and changes nothing. Each line says what is wrong and what to do.
    """
    from pipeline.settings import load_settings
    from pipeline.stages.verify import verify as verify_store
    from pipeline.store.objects import open_store

    found = verify_store(open_store(load_settings({"store": store}).settings))

    def text() -> None:
        for one in found.findings:
            print(safe(f"{one.thing}: {one.problem}; {one.remedy}"))
        counts = ", ".join(f"{count} {kind}" for kind, count in found.checked.items())
        print(f"corpus version {found.version}: {counts} compared, {len(found.findings) or 'nothing'} wrong")

    emit(found, as_json=as_json, text=text)
    if found.findings:
        raise CorruptDataError(f"{len(found.findings)} findings; what each is and what to do is said on stdout")
