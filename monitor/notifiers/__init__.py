"""Every kind of notifier by the name that a subscriber asks for it. Makes none by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from monitor.notifier import Notifier
from monitor.notifiers.email import EmailNotifier
from monitor.settings import MonitorSettings
from storage.records import Outbound

NOTIFIERS: Mapping[str, Callable[[MonitorSettings, Outbound | None], Notifier]] = {
    "email": lambda settings, _outbound: EmailNotifier(settings),
}
"""Each entry makes one notifier from the settings and the gate's way out (None where there is none)."""
