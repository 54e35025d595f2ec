"""The words by which reading decides: tags, names of containers, wall phrases. Holds no logic and no sentence of any page.

Container names were counted over public spiders and saved pages; wall phrases over public themes, plug-ins and readers.
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


INLINE_TAGS = frozenset(
    _words("""
    a abbr acronym b bdo big button cite code del dfn em font i img ins kbd label mark nobr q rp rt ruby s samp small span
    strike strong sub sup time tt u var wbr
    """)
)

UNSEEN_TAGS = frozenset(
    _words("""
    applet area audio canvas datalist embed head iframe input link map meta noscript object option script select style svg
    template textarea title video
    """)
)

CONTAINERS = _words("""
    TRS_Editor TRS_UEDITOR trs_editor_view TRS_PreAppend Custom_UnionStyle UCAP-CONTENT ucapcontent zoom Zoom zoomcon
    fontzoom ivs_content vsb_content vsb_content_2 v_news_content cmsArticleContent con_con News_Body_Txt_A detailCnt
    easysiteText easysite-news-text easysite-news-peruse nw_detail content_body content_body_xxgk downloadContent
    j-show-body j-fontContent articleWrap article-content article_content article-con article_con articleBox article-box
    article-body article-detail articlecontent pages_content bt_content main-txt mainTextBox ewb-article
    ewb-article-info wzcon page_text grey14_30
""")
"""Ids, classes and tags that hold the text on many hosts."""

STRONG_WALLS = _words("""
    此处内容需要权限查看 此处内容为VIP专属 您还没有获得查看权限 登录后免费查看 会员免费查看 登录后购买
    升级VIP免费查看 暂无购买权限 此处内容需要购买后查看 请付费后查看 终身会员可免费查看 年费会员可免费查看
    月费会员可免费查看 隐藏部分付费内容 付费查看部分内容 付费查看所有内容 付费查看全文 登录后查看全文 请登录后阅读
    登录后继续阅读 登录后查看完整内容 登录后查看完整 登录后可阅读全文 此内容需要登录 开通会员后查看
    继续阅读需登录 请登录后查看全文 请登录账户以查看全文 登录即可查看完整内容 登录以阅读 开通会员查看全文
    会员专享文章 VIP专享文章 订阅后阅读全文 订阅后可阅读 请订阅后阅读 本文为会员文章 付费后可阅读全文
    付费后可阅读 付费解锁 付费阅读剩余 购买后阅读全文 购买后阅读 购买专栏解锁 内容已锁定 试读结束 试读已结束
    本章为VIP 本章为付费 该文档为付费文档 该文档为VIP文档 阅读全文需 下载后可阅读全文
""")
"""Said by nothing but a wall; one alone makes a gap."""

BARE_WALLS = _words("""
    可免费查看 登录后可查看 登录后可见 需要登录后可 仅限会员
""")
"""A wall's words where a line says nothing else; in a sentence they tell how a public service or an archive is used."""

WEAK_WALLS = _words("""
    隐藏内容 付费内容 登录后查看 登录后阅读 登录后获取更多权限 请先登录 扫码登录后 开通VIP后 开通VIP 升级VIP 开通SVIP
    加入VIP 成为VIP 开通会员 成为会员 会员阅读 未开通会员 订阅后继续 订阅以继续 马上订阅 立即订阅 立即购买本专栏 立即购买
    立即开通 立即登录 登录购买 剩余下载次数 购买本书 付费章节 试读章节 论文部分内容阅读 下载资源需要 下载积分
    下载本文档将扣除 预览文档经过压缩 预览过于频繁
""")
"""Ordinary interface text; counts only together with a jump in the numbering or in a very short text."""

EXPANDERS = _words("""
    点击查看更多 展开全文 展开阅读全文 查看完整 继续阅读 阅读全文
""")
"""What opens the rest of a text that is often there already: weak, and in a short text only behind a sentence without an end."""

WALL_BLOCKS = frozenset(_words("article-paywall pay_read_area js_pay_content ripay-content"))
"""Classes and ids of the blocks that themes put in the place of text."""

EXPANDER_BLOCKS = frozenset(_words("hide-article-box"))
"""Classes of blocks that lie over the end of a text; the rest may be there."""

OTHER_DATES = _words("""
    成文 印发 施行 实施 生效 截止 截至 报名 活动 会议 举办 考试 开始 结束 办理 受理 征集 生成 当前 现在 系统 访问
    服务 工作 上班 有效 失效 废止 发文 制发 公示 开标 签署 签订 投标 递交 成交 中标 竣工 开工 立案 处罚 决定 批准 核准 许可
    登记 注册 成立 到期 终止 发生 检查 抽样 生产 采购 任职 颁证 发证
""")
"""What stands before 日期 or 时间 when another date than that of publication is meant."""
