"""Telling people: open alerts, and their end, go to the addresses of the settings, by webhook, e-mail or messenger."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Sequence

from pipeline.errors import ConfigError
from pipeline.settings import Settings
from pipeline.stages.context import Context
from pipeline.store.alerts import Alert, Alerts

__all__ = ["check_addresses", "send", "tell"]

_LOG = logging.getLogger(__name__)
_MOST = 20


def tell(context: Context, told: Callable[[str, str, str], None] | None = None) -> bool:
    """Send what was not sent yet, in one message; without addresses it is only noted.

    What nobody took is tried again the next time.

    Args:
        context: state and settings.
        told: called with (kind, about, message) of each alert that is new.

    Returns:
        Whether everything is told.
    """
    alerts = Alerts(context.database)
    news = alerts.unsent()
    if not news:
        return True
    for one in news:
        _LOG.warning("alert %s", _line(one))
    shown = [_line(one) for one in news[:_MOST]]
    more = f"\nand {len(news) - _MOST} more" if len(news) > _MOST else ""
    subject = shown[0] if len(news) == 1 else f"{len(news)} alerts"
    if not send(context.settings, subject[:150], "\n".join(shown) + more):
        return False
    alerts.mark_sent(news)
    for one in news:
        if told is not None and one.closed_at is None:
            told(one.kind, one.about, one.message)
    return True


def send(settings: Settings, subject: str, text: str) -> bool:
    """Send a message to all addresses; whether one of them took it, or there is none.

    Raises:
        ConfigError: an address is of no known kind.
    """
    addresses = check_addresses(settings)
    if not addresses:
        return True
    from apprise import Apprise

    title = f"Copydesk on {socket.gethostname()}: {subject}"
    took = 0
    for one in addresses:
        if Apprise(one).notify(title=title, body=text):
            took += 1
        else:
            _LOG.error("no alert could be sent to %s://…; look at the setting alerts.to", one.partition("://")[0])
    return took > 0


def check_addresses(settings: Settings) -> Sequence[str]:
    """The addresses that alerts go to.

    Raises:
        ConfigError: one is of no known kind; it is named by its beginning alone, since it may hold a password.
    """
    addresses = settings.alerts.to.split()
    if addresses:
        from apprise import Apprise

        for one in addresses:
            if not Apprise().add(one):
                raise ConfigError(
                    f"alerts.to: {one.partition('://')[0]}://… is no address that Apprise knows; examples: "
                    "json://host/path (webhook), mailto://user:password@host?to=who@where (e-mail)"
                )
    return addresses


def _line(one: Alert) -> str:
    over = "over: " if one.closed_at is not None else ""
    return f"{over}{one.kind}, {one.about}: {one.message} (since {one.created_at:%Y-%m-%d %H:%M} UTC)"
