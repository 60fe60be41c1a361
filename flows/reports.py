"""Where the server of a flow run gives the page about a run."""

from __future__ import annotations

from prefect.settings import get_current_settings

__all__ = ["report_link"]


def report_link(run_id: str) -> str:
    """Markdown: the page about a run on the server that this flow run belongs to."""
    base = (get_current_settings().api.url or "").removesuffix("/api")
    return f"[The page about run {run_id}]({base}/reports/{run_id}.html)"
