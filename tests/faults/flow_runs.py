"""Kills of what `copydesk up` runs: the Prefect server, the runner, the processes of flow runs."""

from __future__ import annotations

import subprocess
import time
from contextlib import ExitStack

from tests.faults.attempts import SOURCES, Attempt, Family, phase_of
from tests.support.commands import started
from tests.support.orchestra import Up, up
from tests.support.processes import children, kill, processes, wait_until

__all__ = ["Flow", "Runner", "Server"]

_CRASHED_S = 120.0


class Server(Family):
    """Kill the Prefect server while flows run; `copydesk up` starts it again."""

    def disturb(self, attempt: Attempt) -> None:
        with up(attempt.folder) as running:
            for number in range(attempt.wanted):
                with started(attempt.folder, "collect", SOURCES[number % len(SOURCES)]) as flow:
                    _kill_during_a_flow(attempt, running, flow, "flows.server")
                    flow.wait()


class Runner(Family):
    """Kill the runner while flows run; `copydesk up` is started again by hand."""

    def disturb(self, attempt: Attempt) -> None:
        for number in range(attempt.wanted):
            source = SOURCES[number % len(SOURCES)]
            with up(attempt.folder) as running, started(attempt.folder, "collect", source) as flow:
                if _kill_during_a_flow(attempt, running, flow, "flows.serve "):
                    running.process.wait()


class Flow(Family):
    """Kill the process of a flow run, or the runner with it; then the run has to be told as crashed in two minutes."""

    def disturb(self, attempt: Attempt) -> None:
        attempt.count.more.setdefault("late", 0)
        running, killed = None, dict[str, float]()
        with ExitStack() as stack:
            for number in range(attempt.wanted):
                if running is None or running.process.poll() is not None:
                    running = stack.enter_context(up(attempt.folder))
                    _judge(attempt, running, killed)
                run_id = running.start("collect", SOURCES[number % len(SOURCES)])
                if not _kill_engine(attempt, running, run_id):
                    continue
                killed[run_id] = time.monotonic()
                if number % 2:
                    kill(next(pid for pid, line in children(running.process.pid) if "flows.serve " in f"{line} "))
                    running.process.wait()
                else:
                    _judge(attempt, running, killed)
            if killed:
                _judge(attempt, stack.enter_context(up(attempt.folder)), killed)


def _kill_engine(attempt: Attempt, running: Up, run_id: str) -> bool:
    """Kill the process of a flow run at a random instant; whether it was alive."""
    variable = f"PREFECT__FLOW_RUN_ID={run_id}"
    wait_until(lambda: processes(variable, where="environ"), seconds=240)
    time.sleep(attempt.ground.dice.uniform(0.0, 10.0))  # the random instant of the kill
    under_way = children(running.process.pid)
    mine = set(processes(variable, where="environ"))
    engines = [pid for pid, line in under_way if pid in mine and "prefect" in line]
    phase = phase_of(attempt.folder, [one for one in under_way if one[0] in mine])
    if not engines or not kill(engines[0]):
        return False
    attempt.note(phase)
    return True


def _judge(attempt: Attempt, running: Up, killed: dict[str, float]) -> None:
    """Count the runs that were not told as crashed two minutes after they were killed; Completed before is no crash."""
    for run_id, at in killed.items():
        state = running.ended(run_id)["state_type"]
        attempt.count.more["late"] += state == "CRASHED" and time.monotonic() - at > _CRASHED_S
        attempt.count.differing += state not in ("CRASHED", "COMPLETED")
    killed.clear()


def _kill_during_a_flow(attempt: Attempt, running: Up, flow: subprocess.Popen[bytes], words: str) -> bool:
    """Kill the child of `copydesk up` with these words at a random instant of a flow run; whether that was done."""
    under_way: list[tuple[int, str]] = []

    def runs() -> bool:
        under_way[:] = children(running.process.pid)
        return flow.poll() is not None or any("prefect.engine" in line for _, line in under_way)

    wait_until(runs, seconds=120)
    time.sleep(attempt.ground.dice.uniform(0.0, 8.0))  # the random instant of the kill
    if flow.poll() is not None or not runs() or flow.poll() is not None:
        return False
    phase = phase_of(attempt.folder, under_way)
    victims = [pid for pid, line in under_way if words in f"{line} "]
    if not victims or not kill(victims[0]):
        return False
    attempt.note(phase)
    return True
