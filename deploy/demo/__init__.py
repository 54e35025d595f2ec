"""The made-up region: nine invented portals that live through fourteen simulated months, and the truth about them.

Nothing here reaches beyond loopback, and no name, number or sentence belongs to a real body. The region only publishes and
tells what was true; it never crawls, judges or sends.
"""

from __future__ import annotations

from deploy.demo.live import Progress, Row, Score, Steps, live
from deploy.demo.region import Region
from deploy.demo.server import Server
from deploy.demo.truth import Truth

__all__ = ["Progress", "Region", "Row", "Score", "Server", "Steps", "Truth", "live"]
