"""How the browser is started and what a page may do in it. Values and small questions; starts nothing."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from loguru import logger

UNWANTED = frozenset({"image", "media", "font", "texttrack", "eventsource", "websocket", "manifest", "ping"})
"""What a page may ask for in vain: nothing of it is text."""

FLAGS = (
    # Names are resolved by the transport alone: in here no name has an address.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--dns-prefetch-disable",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-client-side-phishing-detection",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-pings",
    "--no-pings",
    "--no-first-run",
    "--disable-extensions",
    "--disable-speech-api",
    "--disable-notifications",
    "--disable-breakpad",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--js-flags=--max-old-space-size=512",
)

INIT_SCRIPT = """
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel", "WebSocket", "WebTransport", "EventSource"])
    try { delete window[name]; } catch (_) {}
window.open = () => null;
window.print = () => undefined;
"""


def launch_options(executable: str, port: int, fingerprint: str) -> dict[str, Any]:
    """How Playwright shall start Chromium: our proxy for everything, our key believed, a sandbox where there can be one."""
    sandboxed = os.geteuid() != 0
    if not sandboxed:
        logger.warning("the browser runs without its sandbox, for Chromium has none as root; let another user run gongkai")
    return {
        "executable_path": executable,
        "chromium_sandbox": sandboxed,
        "proxy": {"server": f"http://127.0.0.1:{port}", "bypass": "<-loopback>"},
        "args": [*FLAGS, f"--ignore-certificate-errors-spki-list={fingerprint}"],
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
        "timeout": 30_000,
        "env": _environment(),
    }


def context_options(agent: str, port: int, password: str) -> dict[str, Any]:
    """What one page lives in: nothing is left of it afterwards, and nothing of an earlier one is in it."""
    return {
        "user_agent": agent,
        "proxy": {"server": f"http://127.0.0.1:{port}", "username": "page", "password": password, "bypass": "<-loopback>"},
        "accept_downloads": False,
        "service_workers": "block",
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1280, "height": 2000},
        "reduced_motion": "reduce",
        "permissions": [],
    }


def _environment() -> dict[str, str | float | bool]:
    """Hardly anything: the settings of the home, with its passwords, are no business of a browser."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "HOME": tempfile.gettempdir()}
