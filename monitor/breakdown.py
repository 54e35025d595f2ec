"""Which figures of a sentence stand side by side as parts of one total, and where such a breakdown ends.

Pure reading of Chinese prose. Adds nothing up. A figure that may as well belong to another statement is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from monitor.quantities import SHARE, Quantity

_STOP = re.compile(r"[,;、:]")
_AND = re.compile(r"以及|[和及与]")
_BODY = re.compile(
    r"[\u4e00-\u9fff]{1,12}?(?:局|委|办|厅|部|院|中心|处|所|站|街道|[镇乡县区市]|公司|银行|支队|大队)"
    r"(?=主动|公开|发布|受理|收到|办理|办结|报送|制发|答复|开展|组织|完成|印发|各?$|[\d:])"
)
_OTHER_STATEMENT = re.compile(r"^(?:已|涉|共|另|还|并|同时|此外|全[年市县区省]|今年|截[至止])|(?<=[局委办厅部院县区市])共")
_NO_PART = re.compile(r"累计|合计|总计|总共|共计|[上去]年|同比|环比|增加|增长|减少|下降|上升|提高|超过")
_REST = re.compile(r"^(?:其[他它余]|剩余|另有)")
_SUCH = re.compile(r"[^,;、]{0,6}等")
_BARE_FIGURE = re.compile(r"\d\s{0,3}[,;、]")


@dataclass
class Parts:
    """Figures that stand side by side, and what each of them counts."""

    listed: bool = False  #: does a colon open the list
    counts: list[Quantity] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    whole: bool = False  #: is nothing else counted in the stretch, and no 等 behind it

    @property
    def ends_in_the_rest(self) -> bool:
        """Does the last part name whatever is left (其他), so that nothing can be missing?"""
        return bool(self.labels) and bool(_REST.match(self.labels[-1]))

    def without_last(self) -> Parts:
        """The same without the last part, which another breakdown follows: it may be a total of its own."""
        return Parts(self.listed, self.counts[:-1], self.labels[:-1])


def parts_behind(text: str, counts: Sequence[Quantity], start: int, unit: str) -> Parts:
    """The parts that stand in `text` from `start` on, as far as they count one kind of thing; `counts` are all figures there."""
    parts = Parts(listed=text[start : start + 2].lstrip(" ,").startswith(":"))
    mates = [one for one in counts if one.unit == unit]
    end = start
    for one in mates:
        between = text[end : one.start]
        label = re.sub(r"\s", "", _STOP.split(between)[-1])
        if _NO_PART.search(label) or (parts.counts and not _belongs(one, label, _join(between), parts)):
            break
        parts.counts.append(one)
        parts.labels.append(label)
        end = one.end
    all_told = len(parts.counts) == len(mates) == len(counts) and not _SUCH.match(text[end : end + 12])
    parts.whole = all_told and not _BARE_FIGURE.search(text[start:end])
    return parts


def _join(between: str) -> str:
    """How a part is joined to the one before it: by the strongest stop between them; none is no list."""
    share = SHARE.match(between)
    stops = set(_STOP.findall(between[share.end() :] if share else between))
    return next((stop for stop in ";,、" if stop in stops), "、" if _AND.search(between) else "")


def _belongs(one: Quantity, label: str, join: str, parts: Parts) -> bool:
    """Is a further figure a part of the same total, or does another statement begin with it?"""
    if not join or _OTHER_STATEMENT.search(label):
        return False
    if join == "、" or _REST.match(label):
        return True
    if _BODY.match(label):  # beside the body of which the total speaks, another body has a total of its own
        return bool(_BODY.match(parts.labels[0]))
    with_shares = one.share is not None and parts.counts[-1].share is not None
    if join == ";" and not parts.listed and not with_shares:  # it parts statements, unless a colon opened a list
        return False
    return any(_alike(label, other) for other in (parts.labels[0], parts.labels[-1]))


def _alike(one: str, other: str) -> bool:
    """Do labels name things of one kind: by their first or last words, by 为, or because both figures stand before the thing?"""
    if not one or not other:
        return one == other
    if one[-1] in "为是" and one[-1] == other[-1]:
        return True
    bare, rest = _bare(one), _bare(other)
    return len(bare) > 1 and len(rest) > 1 and (bare[:2] == rest[:2] or bare[-2:] == rest[-2:])


def _bare(label: str) -> str:
    return label.rstrip("为是有的达各了")
