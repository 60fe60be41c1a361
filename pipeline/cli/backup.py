"""`copydesk backup` and `copydesk restore`."""

from __future__ import annotations

import click

from pipeline.cli.common import emit, json_option, say, store_option, table

__all__ = ["backup", "restore"]


@click.command()
@click.argument("place")
@click.option("--keep", type=click.IntRange(1), help="Remove all but so many of the newest backups there.")
@click.option("--list", "list_", is_flag=True, help="Only list the backups that are there.")
@json_option
@store_option
def backup(place: str, keep: int | None, list_: bool, as_json: bool, store: str | None) -> None:
    """Keep the corpus and the state database, as of one moment, at PLACE: a folder or s3://bucket/prefix.

    Crawls go on meanwhile. Further backups at the same place copy only what is new. Prefect's own database is not kept:
    schedules come back from the declarations, pauses made in the UI do not.
    """
    from pipeline.settings import load_settings
    from pipeline.stages.backup import back_up, backups_at, open_place
    from pipeline.stages.context import open_context

    settings = load_settings({"store": store}).settings
    at = open_place(settings, place)
    if list_:
        found = backups_at(at)
        emit(found, as_json=as_json, text=lambda: table("", ("backup",), [(one,) for one in found]))
        return
    with open_context(settings) as context:
        done = back_up(context, at, keep=keep)
    text = (
        f"backup {done.backup} at {at.address}: corpus version {done.version}, {done.objects} objects of "
        f"{done.total_bytes / 1e6:.1f} MB ({done.copied_bytes / 1e6:.1f} MB copied), {sum(done.state_rows.values())} "
        f"rows of state{f'; {len(done.removed)} old ones removed' if done.removed else ''}"
    )
    emit(done, as_json=as_json, text=lambda: say(text))


@click.command()
@click.argument("place")
@click.option("--backup", "name", help="Id of the backup; default: the newest one at PLACE.")
@json_option
@store_option
def restore(place: str, name: str | None, as_json: bool, store: str | None) -> None:
    """Put a backup from PLACE into the store and the state database of the settings, which must both be empty.

    Stopped in the middle, run it again: it goes on.
    """
    from pipeline.settings import load_settings
    from pipeline.stages.backup import open_place
    from pipeline.stages.backup import restore as put_back

    settings = load_settings({"store": store}).settings
    done = put_back(settings, open_place(settings, place), name)
    text = (
        f"backup {done.backup} is in {settings.store}: corpus version {done.version}, {done.objects} objects of "
        f"{done.total_bytes / 1e6:.1f} MB, {sum(done.state_rows.values())} rows of state; "
        "`copydesk corpus verify` compares it with what was written"
    )
    emit(done, as_json=as_json, text=lambda: say(text))
