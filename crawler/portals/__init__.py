"""The families of portal software, the most telling first.

The generic one takes every page. Behind it stand the families known only from description: they lend it their names of
containers and are asked where structure is at a loss.
"""

from crawler.portal import Portal
from crawler.portals.aspnet import Aspnet
from crawler.portals.easysite import Easysite
from crawler.portals.epoint import Epoint
from crawler.portals.generic import Generic
from crawler.portals.gkmlpt import Gkmlpt
from crawler.portals.hanweb import Hanweb
from crawler.portals.ivs import Ivs
from crawler.portals.jpaas import Jpaas
from crawler.portals.jsonlist import Jsonlist
from crawler.portals.jyhcms import Jyhcms
from crawler.portals.lonsun import Lonsun
from crawler.portals.trs import Trs
from crawler.portals.ucap import Ucap
from crawler.portals.vsb import Vsb
from crawler.portals.xinhua import Xinhua

FAMILIES: tuple[Portal, ...] = (
    *(Ucap(), Hanweb(), Vsb(), Epoint(), Xinhua(), Trs()),
    Generic(),
    *(Gkmlpt(), Jpaas(), Lonsun(), Easysite(), Ivs(), Aspnet(), Jyhcms(), Jsonlist()),
)

LENT: tuple[str, ...] = tuple(name for family in FAMILIES if family.described for name in family.containers)
"""Names of containers that families known only from description lend to the generic one."""

__all__ = ["FAMILIES", "LENT"]
