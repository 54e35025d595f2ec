

  ﻿
result({"data": [
 {"MetaDataId": "7", "puburl": "http://www.jia.gov.cn/gkml/202003/t20200324_7.html", "tip": {"title": "辰省关于印发方案的通知", "dates": "2020-03-24"}},
 {"MetaDataId": "8", "puburl": "http://www.jia.gov.cn/gkml/202003/t20200320_8.html", "tip": {"title": "辰省关于批复的通知", "dates": "2020-03-20"}}]});
