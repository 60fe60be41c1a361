"""What a person decides about staged runs: publish one that is held, or never publish one."""

from __future__ import annotations

from pipeline.errors import ConfigError, QualityError
from pipeline.models import RunState
from pipeline.stages.context import Context
from pipeline.stages.extract import done_key, held_key
from pipeline.store.leases import hold
from pipeline.store.runs import Run

__all__ = ["discard_run", "release_run"]


def release_run(context: Context, run_id: str, *, force: bool, reason: str | None) -> None:
    """Let a held run be published, for a reason that is kept with it.

    Raises:
        QualityError: the run is held and `force` or the reason is missing.
        ConfigError: the run is not known, or neither held nor staged.
    """
    with hold(context.database, "corpus", wait_s=60):
        run = _known(context, run_id)
        if run.state is RunState.STAGED:
            return
        if run.state is not RunState.HELD:
            raise ConfigError(f"run {run_id} is {run.state.value}; only runs that are held or staged can be published")
        if not force or not reason:
            raise QualityError(
                f"run {run_id} is held: {run.reason}; look at `copydesk runs show {run_id}`, then publish it with "
                "--force --reason TEXT, or discard it"
            )
        # The marker is the truth; a kill between the three leaves a run that can be released again.
        context.store.put(done_key(run_id), context.store.get(held_key(run_id)))
        context.runs.set_state(run_id, RunState.STAGED, reason=f"{run.reason}; published all the same: {reason}")
        context.store.delete(held_key(run_id))


def discard_run(context: Context, run_id: str, *, reason: str) -> None:
    """Never publish a run that is staged or held, or whose process died; its raw pages stay.

    Raises:
        ConfigError: the run is not known, or is published or empty.
        BusyError: it is at work.
    """
    with hold(context.database, "corpus", wait_s=60):
        _known(context, run_id)
        with hold(context.database, f"run:{run_id}"):
            run = _known(context, run_id)
            if run.state in (RunState.PUBLISHED, RunState.EMPTY):
                raise ConfigError(f"run {run_id} is {run.state.value}; there is nothing to discard")
            context.runs.set_state(run_id, RunState.DISCARDED, reason=reason)
            context.store.delete(done_key(run_id))
            context.store.delete(held_key(run_id))


def _known(context: Context, run_id: str) -> Run:
    run = context.runs.get(run_id)
    if run is None:
        raise ConfigError(f"no run {run_id}; see `copydesk runs list`")
    return run
