"""The watcher of `copydesk up`: a thread that turns what needs a person into alerts, and sends them."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterStartTime,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events import emit_event
from prefect.exceptions import PrefectException

from flows.flow_runs import all_runs, in_state
from flows.submit import HELD
from pipeline.errors import CopydeskError
from pipeline.models import utc_now
from pipeline.settings import Settings
from pipeline.stages.alerting import set_alerts
from pipeline.stages.context import Context, open_context
from pipeline.stages.telling import send, tell
from pipeline.stages.watch import watch_machine, watch_sources

__all__ = ["watching"]

_LOG = logging.getLogger(__name__)
_MARK = "watched_flow_runs"
_HOUR_S = 3600.0
_LATE = timedelta(hours=1)
_OVERLAP = timedelta(minutes=2)
"""An end is noted with the time that the run's process says, and may be told later than one that came after it."""
_ENDED = (StateType.COMPLETED, StateType.FAILED, StateType.CRASHED)


def watching(settings: Settings, ending: Event) -> Thread:
    """Start the watcher; it stops when `ending` is set."""
    thread = Thread(target=_Watcher(settings, ending).watch, name="watcher", daemon=True)
    thread.start()
    return thread


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the server tells of flow runs: the last of each kind that ended, those that hang, how many wait too long."""

    ended: dict[str, FlowRun]
    stuck: dict[str, str]
    late: int


class _Watcher:
    def __init__(self, settings: Settings, ending: Event) -> None:
        self._settings, self._ending = settings, ending
        self._due = {"sources": 0.0, "send": 0.0, "cry": 0.0}
        self._pause_s = settings.alerts.every_s
        self._names: dict[object, str] = {}

    def watch(self) -> None:
        """Look again and again; what goes wrong with looking is told, too, and never ends it."""
        while not self._ending.wait(self._settings.alerts.every_s):
            try:
                with open_context(self._settings) as context:
                    self._look(context)
            except Exception as error:  # noqa: BLE001 (whatever it is, the next look may go well)
                self._cry(error)

    def _look(self, context: Context) -> None:
        watch_machine(context)
        if self._is_due("sources", _HOUR_S):
            watch_sources(context)
        mark = context.runs.watermark(_MARK)
        since = datetime.fromisoformat(mark) if mark else utc_now()
        try:
            with get_client(sync_client=True) as client:
                seen = self._ask(client, since)
        except (httpx.HTTPError, OSError, PrefectException) as error:
            text = f"it does not answer ({type(error).__name__}: {error}); data/prefect/server.log says more"
            set_alerts(context, "server", {"Prefect": text})
        else:
            set_alerts(context, "server", {})
            self._note(context, seen, since)
        if time.monotonic() >= self._due["send"]:
            if tell(context, _as_event):
                self._pause_s = self._settings.alerts.every_s
            else:  # nobody takes it: ask less and less often
                self._pause_s = min(_HOUR_S, self._pause_s * 2)
                self._due["send"] = time.monotonic() + self._pause_s

    def _ask(self, client: SyncPrefectClient, since: datetime) -> _Seen:
        """Ask the server, and change nothing; `since` is when the last run ended that is known."""
        now = utc_now()
        after = FlowRunFilterEndTime(after_=since - _OVERLAP)
        ended = all_runs(client, FlowRunFilter(state=in_state(*_ENDED), end_time=after))
        started = FlowRunFilterStartTime(before_=now - timedelta(minutes=self._settings.alerts.stuck_minutes))
        running = all_runs(client, FlowRunFilter(state=in_state(StateType.RUNNING), start_time=started))
        expected = FlowRunFilterExpectedStartTime(before_=now - _LATE)
        late = all_runs(client, FlowRunFilter(state=in_state(StateType.SCHEDULED), expected_start_time=expected))
        text = f"for more than {self._settings.alerts.stuck_minutes:g} minutes; cancel it in the UI if it does nothing"
        return _Seen(
            {self._about(client, run): run for run in sorted(ended, key=lambda run: run.end_time or since)},
            {f"{self._about(client, run)} {run.name}"[:64]: f"runs {text}" for run in running},
            sum(1 for _ in late),
        )

    def _note(self, context: Context, seen: _Seen, since: datetime) -> None:
        """Failed and crashed runs are alerts until one of the same kind completes; those that hang until they end."""
        for about, run in seen.ended.items():
            state = run.state
            if state is None or state.type is StateType.COMPLETED:
                context.runs.close_alert("run", about)
            elif HELD not in (state.message or ""):  # of that the breached expectation tells
                context.runs.alert("run", about, f"{state.name}: {(state.message or '')[:500]} (flow run {run.name})")
        last = max((run.end_time for run in seen.ended.values() if run.end_time), default=since)
        context.runs.set_watermark(_MARK, max(last, since).isoformat())
        set_alerts(context, "stuck", seen.stuck)
        waiting = f"{seen.late} runs wait for more than an hour; there are more sources than this machine can crawl"
        set_alerts(context, "late", {"schedules": waiting} if seen.late else {})

    def _about(self, client: SyncPrefectClient, run: FlowRun) -> str:
        """Names all runs of a kind: the flow, and its sources where they are few."""
        if run.flow_id not in self._names:
            self._names[run.flow_id] = client.read_flow(run.flow_id).name
        sources = (run.parameters or {}).get("sources") or ()
        return " ".join((self._names[run.flow_id], *sources))[:64] if len(sources) < 3 else self._names[run.flow_id]

    def _cry(self, error: Exception) -> None:
        """Tell of what cannot be noted, once an hour; that this fails, too, is only logged."""
        ours = isinstance(error, CopydeskError)  # the state database, mostly, which alerts are kept in
        text = str(error) if ours else f"{type(error).__name__}: {error}"
        _LOG.error("the watcher could not look: %s", text, exc_info=None if ours else error)
        if self._is_due("cry", _HOUR_S):
            try:
                send(self._settings, "the watcher could not look", text)
            except Exception:  # noqa: BLE001 (a messenger's library may raise what it likes)
                _LOG.exception("this could not be sent")

    def _is_due(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now < self._due[what]:
            return False
        self._due[what] = now + every_s
        return True


def _as_event(kind: str, about: str, message: str) -> None:
    """An event that automations of a person's own can start from."""
    resource = {"prefect.resource.id": f"copydesk.{kind}.{about}", "prefect.resource.name": about}
    emit_event(f"copydesk.alert.{kind}", resource, payload={"message": message})
