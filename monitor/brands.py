"""Names of gambling sites as they are put into copied official pages, and the words that make a name such a brand.

Data only. Collected from defaced copies of official papers and from the word list of the scanner aljcscan by pant0m on GitHub,
each word looked at by hand. Lawful words of official pages (福彩, 体彩, 开奖, 亚洲杯) are left out on purpose.
"""

from __future__ import annotations

ALONE = ("威廉希尔", "beat365", "bet365", "365bet", "澳门博彩")
"""Brands by themselves."""

WITH_TRADE = (
    "必赢", "亚博", "万博", "金沙", "永利", "银河", "皇冠", "太阳城", "维加斯", "葡京", "新葡京", "威尼斯人", "欧洲杯", "世界杯",
)  # fmt: skip
"""Brands only with a trade behind them: 金沙 is a county, 万博 a business district, 必赢 a word of every campaign."""

TRADES = ("体育", "博彩", "娱乐", "赌场", "棋牌", "竞猜", "投注", "买球", "下注", "真人", "app")
"""What such brands trade in."""

BEFORE_GOVERNMENTS = ("百家乐", "时时彩", "六合彩", "北京赛车", "分分彩", "真人娱乐", "老虎机", "新葡京", "威尼斯人")
"""Games and names that official papers speak of too: they count only right before the name of a government."""

LURES = ("娱乐城", "真人视讯", "真人娱乐", "体育投注", "买足球", "电子游艺", "足球竞猜", "博彩平台", "时时彩平台", "开户送彩金")
"""What is put before an official title to be found by it."""
