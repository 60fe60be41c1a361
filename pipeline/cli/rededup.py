"""`copydesk rededup`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.common import count_up, emit, json_option, say, store_option, table

if TYPE_CHECKING:
    from pipeline.stages.rededup import Rededuplicated

__all__ = ["rededup"]


@click.command()
@click.option("--publish", is_flag=True, help="Make what is decided the next corpus version; without it, show it.")
@click.option("--keep-furniture", is_flag=True, help="Do not learn anew what sources put on all their pages.")
@click.option("--workers", type=click.IntRange(1), help="Local processes; default: rededup.workers, else one a core.")
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler to work on instead; default: rededup.cluster.")
@json_option
@store_option
def rededup(
    publish: bool, keep_furniture: bool, workers: int | None, cluster: str | None, as_json: bool, store: str | None
) -> None:
    """Decide every story of the corpus anew, and show what would change.

    What is done is kept in the store: a job that was stopped or killed goes on where it was, and --publish after a
    look decides nothing twice.
    """
    from pipeline.settings import load_settings
    from pipeline.stages.context import open_context
    from pipeline.stages.rededup import rededuplicate

    flags = {"store": store, "rededup.workers": workers, "rededup.cluster": cluster}
    with open_context(load_settings(flags).settings) as context:
        try:
            done = rededuplicate(context, count_up, publish=publish, keep_furniture=keep_furniture, wait_s=600)
        finally:
            count_up("", 0, 0)
    emit(done, as_json=as_json, text=lambda: _print(done))


def _print(done: Rededuplicated) -> None:
    changes = (
        f"{done.merged} take others in, {done.split} are split, {done.changed} change, {done.added} are new, "
        f"{done.ended} end; {done.relations} relations differ"
    )
    print(f"{done.documents} documents, {done.stories_before} stories before, {done.stories_after} after: {changes}")
    if done.biggest:
        rows: list[tuple[object, ...]] = [
            (one.story_id, one.op, one.members_before, one.members_after, one.title or "") for one in done.biggest
        ]
        table("The biggest that change", ("story", "what", "before", "after", "title"), rows)
    if done.published == done.base:
        say(f"corpus version {done.base} stays as it is: nothing differs")
    elif done.published is not None:
        say(f"published as corpus version {done.published}")
    else:
        say(f"nothing was published; `copydesk rededup --publish` makes corpus version {done.base + 1} of it")
