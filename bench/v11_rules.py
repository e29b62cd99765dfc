"""V11: a customer saved under 20 workflows, 20 tags set by rule and 5 tiers, beside the same save without a rule."""

import itertools
import time
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML

from bench.frame import Pair, measure
from bench.world import World
from portal import records
from portal.extensions import transaction
from portal.schema import releases, source
from portal.security import SYSTEM

SAVES, WORKFLOWS, TAGS, TIERS = 40, 20, 20, 5
RULES = ("workflows/", "tags/", "tiers/", "scoring/", "assignment/", "segments/", "reports/", "metrics/", "messages/")
WARM_UP = 3  # saves after each release, which build the statements that it asks for
FILLED = ("tier", "annual_spend", "last_order_on", "last_follow_up_on", "score_band")
numbers = itertools.count(1)


@measure("V11", "rules on save", most=1.5, largest=100_000)
def rules(world: World) -> Iterator[Pair]:
    """One field of a customer is changed, which half of the rules ask for; nobody is moved, told or tagged anew."""
    documents = releases.documents(releases.current_number())
    plain, ruled = _plain(documents), _ruled()
    yield Pair("of one customer", lambda: _save(plain | ruled), lambda: _save(plain))
    _publish(documents)


def _plain(documents: Mapping[str, str]) -> dict[str, str]:
    """The documents without a rule, and the customer's without the fields that rules fill."""
    found = {path: text for path, text in documents.items() if not path.startswith(RULES)}
    tree = YAML(typ="safe").load(found["entities/customer.yml"])
    for part in ("columns", "filters"):
        tree["list"][part] = [key for key in tree["list"][part] if key not in FILLED]
    return found | {"entities/customer.yml": source.write(tree)}


def _ruled() -> dict[str, str]:
    made: dict[str, Any] = {}
    for number in range(WORKFLOWS):
        made[f"workflows/w{number}.yml"] = {
            "workflow": f"w{number}",
            "label": f"W{number}",
            "on": "customer",
            "trigger": {"event": "changed", "fields": ["score" if number % 2 else "employees"]},
            "when": {"all": [{"score": {"gt": 100_000 + number}}, {"status": "active"}]},
            "steps": [{"notify": {"to": "owner", "text": "?"}}],
        }
    for number in range(TIERS):
        levels: dict[str, Any] = {"upper": {"label": "Upper", "when": {"score": {"gt": 100_000 + number}}}}
        levels["lower"] = {"label": "Lower", "otherwise": True}
        made[f"tiers/t{number}.yml"] = {
            "tier": f"t{number}",
            "label": f"T{number}",
            "on": "customer",
            "field": f"t{number}",
            "levels": levels,
        }
    values = {f"t{n}": {"label": f"T{n}", "when": {"score": {"gt": 100_000 + n}}} for n in range(TAGS)}
    made["tags/bench.yml"] = {"tags": "bench", "label": "Bench", "on": "customer", "values": values}
    return {path: source.write(tree) for path, tree in made.items()}


def _publish(documents: Mapping[str, str]) -> None:
    number = releases.current_number()
    if releases.documents(number) != documents:
        with transaction():
            releases.publish(dict(documents), by=SYSTEM, note="V11", expected_release=number)


def _save(documents: Mapping[str, str]) -> float:
    _publish(documents)
    found = records.fetch("customer", 1 + next(numbers) % 5_000, SYSTEM)
    for at in range(WARM_UP + SAVES):
        if at == WARM_UP:
            start = time.perf_counter()
        number = next(numbers)
        found = records.save(found, {"score": number % 99_000, "employees": number % 4_000}, by=SYSTEM)
    return (time.perf_counter() - start) / SAVES
