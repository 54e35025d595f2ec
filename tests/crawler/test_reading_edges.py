"""What templates print above and below a text is no part of it, whether it stands inside the text's element or beside it."""

from __future__ import annotations

import pytest

from crawler.reader import PageReader
from storage.records import Reading

SENTENCE = "我局今年主动公开政府信息一千二百条，受理依申请公开三十件，均按期答复，没有发生行政复议和行政诉讼。"
BODY = ("各有关单位：", SENTENCE, f"一、{SENTENCE}", f"二、{SENTENCE}", "某某局", "2024年5月1日")
HEADS = {
    "one line": "<p>发布日期：2024-05-06 来源：某局 字号：[大 中 小] 打印</p>",
    "spans": "<div><span>时间：2024-05-06 10:20</span><span>作者：某人</span><span>点击数：<em>123</em>次</span></div>",
    "no label": "<p>2024-05-06　　来源：某局　　浏览次数：12</p>",
    "type sizes, then the time": "<div>【字体：大 中 小】</div><div>2024年05月06日 08:01</div>",
    "a block": "<p>索引号：00234/2024-0012</p><p>发布日期：2024-05-06</p><p>发布机构：某局</p><p>文号：某发〔2024〕1号</p>",
    "a table": """<table><tr><td>索 引 号</td><td>00234</td><td>主题分类</td><td>综合</td></tr><tr><td>发布机构</td><td>某局</td>
        <td>发文日期</td><td>2024年05月01日</td></tr><tr><td>名　　称</td><td>关于某项工作的通知</td>
        <td>发布日期</td><td>2024-05-06</td></tr>
        </table>""",
    "buttons": """<div>信息来源： 某局<i></i>发布时间：2024-05-06 浏览量：<span id=hits></span> 【<a href=#>大</a>
        <a href=#>中</a>
        <a href=#>小</a>】 【<a href=javascript:window.print()>打印</a>】</div>""",
}
TAILS = {
    "editor": "<p>（责任编辑：某人）</p>",
    "checked by": "<p>信息审核：某人</p><p>网络编辑：某人</p>",
    "neighbours": "<p>上一篇：<a href=a.html>关于甲的通知</a></p><p>下一篇：<a href=b.html>关于乙的通知</a></p>",
    "related": "<div>相关文章</div><ul><li><a href=a.html>关于甲的通知</a></li><li><a href=b.html>关于乙的通知</a></li></ul>",
    "explained": "<div>政策解读</div><div><a href=j.html>一图读懂某项工作</a></div>",
    "share": "<div class=share>分享到： <a>微信</a><a>微博</a></div>",
    "brackets": "<p>【打印本页】【关闭窗口】</p>",
    "bars": "<div>收藏 | 打印 | 关闭</div>",
    "type sizes": "<p>[ 打印 ] [ 关闭 ]</p><p>字体：大 中 小</p>",
    "telephone": "<p>扫一扫在手机打开当前页</p>",
    "leaving": "<p>您访问的链接即将离开“某市人民政府门户网站”，是否继续？</p>",
    "imprint": "<p>主办：某市人民政府 承办：某办 ICP备12345号 网站标识码：1234567890</p>",
    "comments": "<div>用户评论</div><p>暂无评论</p>",
}
CONTAINERS = ("class=TRS_Editor", "class=neirong", "id=content")


def read(head: str, tail: str, container: str, *, inside: bool) -> Reading:
    title, text = "<h1>关于某项工作的通知</h1>", "".join(f"<p>{line}</p>" for line in BODY)
    page = f"<div {container}>{title}{head}{text}{tail}</div>" if inside else f"{title}{head}<div {container}>{text}</div>{tail}"
    frame = f"<div class=nav><a href=/>首页</a></div><div class=w>{page}</div><div class=foot><p>版权所有：某市人民政府</p></div>"
    whole = f"<html><head><title>关于某项工作的通知_某市人民政府</title></head><body>{frame}</body></html>"
    return PageReader().read(whole.encode(), url="http://www.x.gov.cn/a/b.html")


@pytest.mark.parametrize("inside", [False, True], ids=["beside", "inside"])
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("head", HEADS)
def test_title_day_and_text_are_read_and_nothing_else(head: str, container: str, inside: bool) -> None:
    for name, tail in TAILS.items():
        reading = read(HEADS[head], tail, container, inside=inside)
        assert reading.body == BODY, name
        assert (reading.title, (reading.dates.shown or "")[:10]) == ("关于某项工作的通知", "2024-05-06"), name
