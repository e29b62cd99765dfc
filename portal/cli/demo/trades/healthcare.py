"""医疗: hospitals by grade, and the departments we serve."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from portal.cli.demo.world import Customer, Row, World

ENTITY, STEP, WITH_RECORDS = "department", 2, 300
GRADES = (  # grade, what such a house is called, beds of a department
    ("g3a", ("第一人民医院", "中心医院", "大学附属医院", "肿瘤医院"), (40, 90)),
    ("g3", ("第二人民医院", "中医医院", "妇幼保健院"), (25, 60)),
    ("g2", ("人民医院", "骨科医院", "康复医院"), (15, 40)),
    ("g1", ("社区卫生服务中心", "镇中心卫生院"), (5, 15)),
    ("clinic", ("仁和综合门诊部", "康宁口腔诊所", "博爱体检中心"), (2, 8)),
)
SPECIALTIES = {
    "cardiology": "心内科",
    "surgery": "普外科",
    "oncology": "肿瘤科",
    "imaging": "影像科",
    "laboratory": "检验科",
    "other": "康复医学科",
}
HONOURS = ("学术带头", "临床试验", "集采中选")


def fits(customer: Customer) -> bool:
    """Companies; they become houses."""
    return bool(customer.row["kind"] != "personal")


def describe(rng: Random, world: World, customer: Customer, number: int) -> None:
    """A hospital or a clinic of the customer's city."""
    grade, names, _beds = GRADES[number % len(GRADES)]
    city, district = (
        customer.row["city"],
        customer.row["address"].removeprefix(customer.row["city"]).split("路")[0][:-2],
    )
    place = city if grade == "g3a" or district == city else f"{city}{district}"
    customer.row |= {
        "name": _name(world, f"{place}{names[number // len(GRADES) % len(names)]}"),
        "short_name": None,
        "kind": "enterprise",
        "segment": "company",
        "industry": "healthcare",
        "hospital_grade": grade,
        "licence_number": f"PDY{number + 1:05d}-{rng.randint(310000, 659000)}",
        "licence_until": world.today + timedelta(days=rng.choice((10, 30, 44, 200, 400, 900, 1300))),
        "purchasing": {"g3a": "volume", "g3": "tender", "g2": "tender"}.get(grade, "direct"),
        "tags": [*customer.row["tags"], *([HONOURS[number % 3]] if grade in ("g3a", "g3") and number % 2 else [])],
    }


def _name(world: World, name: str) -> str:
    """The name, or that of another branch of a house there is already."""
    taken = world.namer.used
    ways = (f"{name}{branch}" for branch in ("", *(f"（{side}院）" for side in "东西南北新老分")))
    found = next((way for way in ways if way not in taken), name)
    taken.add(found)
    return found


def records(rng: Random, world: World, customer: Customer, number: int) -> Iterator[Row]:
    """Its departments, each with a head and beds."""
    grade, _names, (least, most) = GRADES[number % len(GRADES)]
    keys = list(SPECIALTIES)
    for place in range({"g3a": 5, "g3": 3, "g2": 2}.get(grade, 1)):
        specialty = keys[(number + place) % len(keys)]
        yield {
            "name": SPECIALTIES[specialty],
            "specialty": specialty,
            "head": world.namer(),
            "beds": 0 if specialty in ("imaging", "laboratory") else rng.randint(least, most),
            "opened_on": world.today - timedelta(days=rng.randint(60, 1600)),
        }
