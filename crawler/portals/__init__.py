"""The families of portal software, the most telling first; the last one takes every page."""

from crawler.portal import Portal
from crawler.portals.generic import Generic
from crawler.portals.hanweb import Hanweb
from crawler.portals.trs import Trs
from crawler.portals.ucap import Ucap

FAMILIES: tuple[Portal, ...] = (Ucap(), Hanweb(), Trs(), Generic())

__all__ = ["FAMILIES"]
