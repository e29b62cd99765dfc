"""Make the demo data from public files of permissive licences (see portal/cli/demo/data/LICENSES.md).

    python tools/make_demo_data.py PUBLIC_DATA_DIR portal/cli/demo/data

The 2,357 purchase histories of CDNOW keep their rhythm. Each is moved by a number of days that leaves it whole within
the 18 months before today, so newcomers arrive all the time; dollars become yuan on a curve that gives the usual
tiers (one customer in twenty above 100,000 a year). Company names are short names of two or three characters of good
omen. Every file is sorted and written without a time stamp, so the same input gives the same bytes.
"""

import csv
import gzip
import io
import random
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

END = date(1998, 6, 30)
COMPANIES = 2_400
GOOD = set(
    "华锐汉昆君亮金珀紫茂益瑞祥鑫源宏达泰安康恒盛昌隆兴旺福禄嘉德明远志诚信和顺通海天宇星辰光辉晨曦旭日东方南北中正大新力创智慧联合"
    "众诺亚欧佳丽雅致思博文艺林森清泉山川江河湖洋云雪松竹梅兰蓝青朱玉珠晶石磐铭钧鼎鸿雁鹏飞翔龙凤骏腾跃卓越优尚善仁义智欣喜庆吉裕丰荣誉凯"
    "旋捷迅航道桥基业建工科电源动热核卫健育本元立成功绩率先领航标精密永久长春景维特普尔森凡迪朗格伦赛迈威克帝冠锦绮罗品蜜橙果禾稻米"
)
AVOIDED = {
    "宝马",
    "金龙",
    "中华",
    "华为",
    "联通",
    "大众",
    "福特",
    "东方",
    "中国",
    "中科",
    "大江",
    "天天",
    "长江",
    "青海",
}

Rows = list[list[object]]


def lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode("utf-8-sig").splitlines()


def histories(source: Path) -> list[list[tuple[int, int, float]]]:
    """Purchases of each customer as (days before today, pieces, yuan)."""
    rng = random.Random(7)
    bought: dict[str, list[tuple[date, int, float]]] = defaultdict(list)
    for line in lines(source / "cdnow" / "CDNOW_sample.txt.gz"):
        customer, _, day, pieces, dollars = line.split()
        bought[customer].append((date.fromisoformat(day), int(pieces), float(dollars)))
    return [moved(purchases, rng) for _, purchases in sorted(bought.items())]


def moved(purchases: list[tuple[date, int, float]], rng: random.Random) -> list[tuple[int, int, float]]:
    spare = (END - max(day for day, _, _ in purchases)).days
    shift = rng.randint(0, spare)
    ages = [(END - day).days - shift for day, _, _ in purchases]
    year = sum(dollars for age, (_, _, dollars) in zip(ages, purchases, strict=True) if age < 365)
    total = year or sum(dollars for _, _, dollars in purchases)
    factor = 100_000 * (total / 284.6) ** 0.65 / total if total else 350
    return [
        (age, pieces, round(dollars * factor, 1)) for age, (_, pieces, dollars) in zip(ages, purchases, strict=True)
    ]


def orders(source: Path) -> Rows:
    return [
        [number, age, pieces, f"{yuan:.2f}"]
        for number, history in enumerate(histories(source))
        for age, pieces, yuan in sorted(history, reverse=True)
    ]


def companies(source: Path) -> Rows:
    names = {name.strip() for name in lines(source / "cn" / "company_short_names_a.txt.gz")} - AVOIDED
    good = sorted(name for name in names if 2 <= len(name) <= 3 and set(name) <= GOOD and len(set(name)) == len(name))
    return [[name] for name in random.Random(7).sample(good, COMPANIES)]


def cities(source: Path) -> Rows:
    """City, its province, and its districts; the four municipalities stand for themselves."""
    table = {
        kind: list(csv.DictReader(lines(source / "cn" / f"divisions_{kind}.csv.gz")))
        for kind in ("provinces", "cities", "areas")
    }
    provinces = {row["code"]: row["name"] for row in table["provinces"]}
    districts: dict[str, list[str]] = defaultdict(list)
    for area in table["areas"]:
        districts[area["cityCode"]].append(area["name"])
    return [
        [
            provinces[row["provinceCode"]] if row["name"] == "市辖区" else row["name"],
            provinces[row["provinceCode"]],
            " ".join(districts[row["code"]][:12]),
        ]
        for row in table["cities"]
        if row["name"] not in ("县", "省直辖县级行政区划", "自治区直辖县级行政区划") and districts[row["code"]]
    ]


def holidays(source: Path) -> Rows:
    rows = csv.DictReader(lines(source / "cn" / "holiday_cn_2007_2026.csv.gz"))
    return [[row["date"], row["name"], row["isOffDay"]] for row in rows if row["date"] >= "2025"]


def write(path: Path, rows: Rows) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))


def main(source: Path, target: Path) -> None:
    for make in (orders, companies, cities, holidays):
        write(target / f"{make.__name__}.csv.gz", make(source))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
