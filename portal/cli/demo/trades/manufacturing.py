"""制造: factories, and the machines that stand in their halls."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random

from portal.cli.demo import words
from portal.cli.demo.world import Customer, Row, World

ENTITY, STEP, WITH_RECORDS = "equipment", 2, 200
MODELS = (
    "XT-850 立式加工中心",
    "LH-630 卧式加工中心",
    "KM-200 伺服注塑机",
    "KM-480 二板式注塑机",
    "RS-12 六轴焊接机器人",
    "AX-3 桁架上下料机械手",
    "PD-90 粉体喷涂线",
    "VT-5 视觉检测站",
)
HALLS = ("一号车间 A 线", "一号车间 B 线", "二号车间 冲压线", "二号车间 装配线", "三号车间 注塑线", "新厂 机加工线")
PROCESSES = ("machining", "moulding", "assembly", "chemical")
WISHES = ("扩产计划", "备件大户", "智能化改造")
COUNTS = (1, 1, 2, 3, 4, 5, 6, 8, 11, 0, 2, 24)


def fits(customer: Customer) -> bool:
    """Companies."""
    return bool(customer.row["kind"] != "personal")


def describe(rng: Random, world: World, customer: Customer, number: int) -> None:
    """A factory with its process and its certificates."""
    systems = ["iso9001", *(["iatf16949"] if number % 3 == 0 else []), *(["iso13485"] if number % 7 == 0 else [])]
    city, trade = customer.row["city"].removesuffix("市"), words.INDUSTRIES["manufacturing"][1]
    customer.row |= {
        "name": f"{city}{customer.row['short_name']}{trade[number % len(trade)]}有限公司",
        "industry": "manufacturing",
        "process": PROCESSES[number % len(PROCESSES)],
        "quality_system": systems,
        "yearly_output": Decimal(rng.randint(300, 42_000)) * 10_000,
        "tags": [*customer.row["tags"], *([WISHES[number % 3]] if number % 5 < 2 else [])],
    }


def records(rng: Random, world: World, customer: Customer, number: int) -> Iterator[Row]:
    """The machines: some new, some whose warranty ends within the month, some in repair."""
    for place in range(COUNTS[number % len(COUNTS)]):
        age = rng.choice((60, 200, 400, 703, 715, 725, 900, 1500))
        delivered = world.today - timedelta(days=age + rng.randint(0, 4))
        yield {
            "serial": f"EQ{delivered:%y%m}-{number + 1:03d}{place + 1:02d}",
            "model": MODELS[(number + place) % len(MODELS)],
            "line": rng.choice(HALLS),
            "delivered_on": delivered,
            "warranty_until": delivered + timedelta(days=730),
            "service_on": world.today + timedelta(days=rng.randint(-10, 170)),
            "condition": rng.choices(("running", "repair", "retired"), (88, 7, 5))[0],
        }
