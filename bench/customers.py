"""Customers by the thousand, the same ones in every run."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

PLACES = [
    "北京",
    "上海",
    "深圳",
    "广州",
    "杭州",
    "成都",
    "武汉",
    "南京",
    "西安",
    "苏州",
    "重庆",
    "天津",
    "青岛",
    "长沙",
    "宁波",
    "郑州",
    "厦门",
    "济南",
    "合肥",
    "福州",
]
FIRST = [
    "华",
    "鑫",
    "瑞",
    "恒",
    "金",
    "宏",
    "安",
    "东",
    "盛",
    "天",
    "中",
    "信",
    "泰",
    "同",
    "新",
    "永",
    "海",
    "嘉",
    "联",
    "德",
    "佳",
    "万",
    "国",
    "利",
    "凯",
    "博",
    "科",
    "源",
    "达",
    "正",
]
SECOND = [
    "源",
    "达",
    "丰",
    "通",
    "和",
    "利",
    "信",
    "泰",
    "邦",
    "业",
    "创",
    "诚",
    "兴",
    "隆",
    "祥",
    "宇",
    "康",
    "辉",
    "茂",
    "腾",
    "讯",
    "龙",
    "远",
    "美",
    "成",
    "力",
    "杰",
    "锋",
    "洋",
    "晟",
]
TRADES = [
    "科技",
    "贸易",
    "制造",
    "信息技术",
    "物流",
    "电子",
    "机械",
    "食品",
    "医药",
    "建材",
    "能源",
    "文化传媒",
    "网络科技",
    "实业",
    "服饰",
]
FORMS = ["有限公司", "有限公司", "有限公司", "股份有限公司", "集团", "有限责任公司"]
INDUSTRIES = [
    "manufacturing",
    "it",
    "retail",
    "finance",
    "telecom",
    "healthcare",
    "education",
    "construction",
    "logistics",
    "energy",
]
WISHES = ["none", "low", "medium", "high", "signed"]


def customers(count: int, owners: list[int], seed: int) -> Iterator[dict[str, Any]]:
    """Rows for `save_many`; one in a thousand is a 腾讯."""
    rng = random.Random(seed)
    for number in range(count):
        place = rng.choice(PLACES)
        core = "腾讯" if number % 1000 == 500 else rng.choice(FIRST) + rng.choice(SECOND) + rng.choice(SECOND)
        yield {
            "name": f"{place}{core}{rng.choice(TRADES)}{rng.choice(FORMS)}",
            "phone": f"+861{rng.choice('3578')}{rng.randrange(10**9):09d}",
            "email": f"info{seed}x{number}@example.com",
            "city": place,
            "industry": rng.choice(INDUSTRIES),
            "status": rng.choice(("prospect", "active", "dormant", "lost")),
            "employees": rng.choice((None, rng.randrange(1, 5000))),
            "last_contact_on": rng.choice((None, date(2026, 1, 1) + timedelta(days=rng.randrange(300)))),
            "owner": rng.choice(owners),
            "wish": rng.choice(WISHES),
            "score": rng.choice((None, Decimal(rng.randrange(100_000)) / 100)),
        }
