"""Can pages be rendered here, and if not, what is to be installed. Starts nothing and imports nothing of the extra."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

EXTRA = "scrapy_playwright"
NO_EXTRA = "pages of this site are rendered by a browser: pip install 'gongkai[browser]'"
NO_CHROMIUM = "pages of this site are rendered by Chromium: apt-get install chromium, or set GONGKAI_BROWSER to its path"


def chromium(said: str = "") -> str | None:
    """Where Chromium is: by the name or path that was set, else as `chromium` in PATH; None if it is not there."""
    return shutil.which(said or "chromium")


def missing(said: str = "") -> str | None:
    """What is to be installed before a page can be rendered, or None."""
    if find_spec(EXTRA) is None:
        return NO_EXTRA
    return None if chromium(said) else NO_CHROMIUM
