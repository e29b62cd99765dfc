"""The model case: a shop's order lines with Chinese headers become customers and orders."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal import records
from portal.extensions import db
from portal.integrations import imports

CUSTOMER = ["客户 ID", "客户名称", "细分", "城市", "省/自治区", "地区"]
ORDER = ["行 ID", "订单 ID", "订单日期", "发货日期", "邮寄方式", "客户 ID", "客户名称", "产品 ID", "类别", "子类别"]
ORDER += ["产品名称", "销售额", "数量", "折扣", "利润"]
FIGURES = ("销售额", "数量", "折扣", "利润", "行 ID")


def sheet(lines: list[dict[str, str]], headers: list[str]) -> list[list[Any]]:
    return [headers, *([float(line[h]) if h in FIGURES else line[h] for h in headers] for line in lines)]


def test_customers_then_orders(
    people: Any, superstore: list[dict[str, str]], workbook: Callable[..., Path], bring: Any, through: Any
) -> None:
    lines = superstore[:1500]
    plan = bring("customer", workbook(sheet(lines, CUSTOMER), "customers.xlsx"), people.alice)
    assert {plan.headers[int(place)]: key for place, key in plan.columns.items()} == {
        "客户 ID": "external_id",
        "客户名称": "name",
        "细分": "segment",
        "城市": "city",
        "省/自治区": "province",
        **({"地区": "region"} if "region" in plan.columns.values() else {}),
    }
    plan = through(plan, people.alice)
    known = {line["客户 ID"] for line in lines}
    sums = imports.sums(plan)
    assert sums == {"created": len(known), "updated": 0, "unchanged": 0, "skipped": 1500 - len(known), "refused": 0}

    plan = bring("order", workbook(sheet(lines, ORDER), "orders.xlsx"), people.alice)
    mapped = {plan.headers[int(place)]: key for place, key in plan.columns.items()}
    assert mapped["行 ID"] == "external_id" and mapped["订单 ID"] == "number" and mapped["客户 ID"] == "customer"
    assert mapped["订单日期"] == "ordered_on" and mapped["销售额"] == "amount" and "产品 ID" not in mapped
    plan = through(plan, people.alice)
    assert imports.sums(plan)["created"] == plan.total == 1500
    table = records.tables.table_of("order")
    total = db.session.scalar(sa.select(sa.func.sum(table.c[amount_column()])))
    # A workbook keeps 16 digits of a float, so 2.3449999999999998 of the source stands there as 2.345.
    amounts = [Decimal(f"{float(line['销售额']):.16G}") for line in lines]
    expected = sum(amount.quantize(Decimal("0.01"), ROUND_HALF_UP) for amount in amounts)
    assert total == expected


def amount_column() -> str:
    from portal import schema

    return schema.current().entities["order"].fields["amount"].column
