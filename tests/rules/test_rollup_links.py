"""Figures through a field of several references: each record that is pointed at has the whole of the figure."""

from typing import Any

import pytest
import sqlalchemy as sa

from portal import records, rules, schema
from portal.extensions import db, transaction
from portal.records import tables
from portal.schema import SchemaError
from portal.security import SYSTEM
from tests.records.test_provision import publish
from tests.schema.docs import publish as publish_documents
from tests.schema.docs import shipped


def figure(key: str, **options: Any) -> Any:
    told = {"type": "rollup", "label": key, "of": "customer", "through": "interests", "filterable": True}
    return lambda tree: tree["fields"].update({key: {**told, **options}})


def figures_of_products(tree: Any) -> None:
    for change in (
        figure("fans", how="count"),
        figure("staff", how="sum", field="employees"),
        figure("biggest", how="max", field="employees"),
        figure("newest", how="latest", field="city", at="created_at"),
        figure("active_fans", how="count", when={"status": "active"}),
    ):
        change(tree)


@pytest.fixture
def products(app: Any, make: Any) -> list[int]:
    publish(figures_of_products, "entities/product.yml")
    return [make("product", name=f"P{at}").id for at in range(3)]


def told(product: int) -> list[Any]:
    db.session.expire_all()
    found = records.fetch("product", product, SYSTEM)
    return [found[key] for key in ("fans", "staff", "biggest", "newest", "active_fans")]


def change(record: Any, **values: Any) -> None:
    with transaction():
        records.save(records.fetch("customer", record.id, SYSTEM), values, by=SYSTEM)


def test_each_that_is_pointed_at_follows_every_change(products: list[int], make: Any) -> None:
    one, two, three = products
    big = make("customer", name="A", employees=100, city="上海", status="active", interests=[one, two])
    make("customer", name="B", employees=10, city="北京", status="lost", interests=[two])
    assert told(one) == [1, 100, 100, "上海", 1]
    assert told(two) == [2, 110, 100, "北京", 1]
    assert not any(told(three)), "nobody has pointed at it yet"
    change(big, interests=[two, three])
    assert told(one)[:2] == [0, 0] and told(three)[:2] == [1, 100]
    change(big, employees=200)
    assert told(two)[1:3] == [210, 200] and told(one)[:2] == [0, 0]
    done = records.bulk.save_many("customer", [{"id": big.id, "interests": [one]}], by=SYSTEM)
    assert not done.problems
    assert [told(product)[0] for product in products] == [1, 1, 0], "those it pointed at before count anew too"
    with transaction():
        records.archive(records.fetch("customer", big.id, SYSTEM), by=SYSTEM)
    assert told(one) == [0, 0, None, None, 0]


def test_a_change_writes_only_those_it_points_at(products: list[int], make: Any) -> None:
    one, two, three = products
    customer = make("customer", name="A", employees=5, interests=[one])
    make("customer", name="B", employees=5, interests=[two])
    table = tables.table_of("product")
    with transaction():
        column = schema.current().entities["product"].fields["staff"].column
        db.session.execute(sa.update(table).where(table.c.id.in_([two, three])).values({column: 777}))
    change(customer, employees=6)
    assert [told(product)[1] for product in products] == [6, 777, 777]
    rules.metrics.recompute()
    assert [told(product)[1] for product in products] == [6, 5, 0]


def test_a_plain_metric_may_go_through_several_references_too(app: Any, make: Any) -> None:
    text = (
        "metric: reach\nlabel: 触达\non: product\ntype: integer\nfrom: customer\nthrough: interests\n"
        "measure: {count: id}\nwhen: {status: active}\n"
    )
    publish_documents({**shipped(), "metrics/reach.yml": text})
    product = make("product", name="P")
    make("customer", name="A", status="active", interests=[product.id])
    assert records.fetch("product", product.id, SYSTEM)["reach"] == 1
    with pytest.raises(SchemaError, match="through: "):
        publish_documents({**shipped(), "metrics/reach.yml": text.replace("through: interests", "through: city")})
