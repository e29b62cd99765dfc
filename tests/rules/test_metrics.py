"""Metrics and tiers of real orders equal an independent computation, at once and record by record."""

import threading
import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from portal import clock, records
from portal.extensions import db, transaction
from portal.rules import metrics
from portal.rules.tiers import TierMove
from portal.security import SYSTEM
from tests.rules import orders as cdnow


def load(frame: pd.DataFrame) -> dict[int, int]:
    """Save customers and orders in bulk; return number of the sample → id."""
    numbers = sorted(frame["customer"].unique())
    with transaction():
        saved = records.bulk.save_many("customer", [{"name": f"客户{n:04d}"} for n in numbers], by=SYSTEM)
        ids = dict(zip(numbers, saved.ids, strict=True))
        rows = [
            {
                "number": f"O{i}",
                "customer": ids[row.customer],
                "ordered_on": row.day,
                "amount": Decimal(str(row.amount)),
            }
            for i, row in enumerate(frame.itertuples())
        ]
        assert not records.bulk.save_many("order", rows, by=SYSTEM).problems
    return ids


def expected(frame: pd.DataFrame, today: date) -> pd.DataFrame:
    """Compute the figures by pandas, from the definitions in words."""
    year = frame[frame["day"] > today - timedelta(days=365)]
    days = year.groupby("customer")["day"].nunique()
    figures = pd.DataFrame(index=sorted(frame["customer"].unique()))
    figures["annual_spend"] = year.groupby("customer")["amount"].sum().round(2)
    figures["order_count"] = year.groupby("customer")["amount"].count()
    figures["repurchase_rate"] = ((days - 1) / days).round(4)
    figures = figures.fillna(0)
    figures["lifetime_spend"] = frame.groupby("customer")["amount"].sum().round(2)
    figures["last_order_on"] = frame.groupby("customer")["day"].max()
    figures["tier"] = [level(row) for _, row in figures.iterrows()]
    return figures


def level(row: "pd.Series[Any]") -> str:
    """The table of the trade, with its gap closed as the shipped tier says."""
    if row["annual_spend"] >= 100_000 and row["repurchase_rate"] >= 0.30:
        return "vip"
    if row["annual_spend"] >= 100_000 or (row["annual_spend"] >= 50_000 and row["repurchase_rate"] >= 0.15):
        return "key"
    return "standard"


def stored(ids: dict[int, int]) -> dict[int, Any]:
    """Read the figures back, without the code under test."""
    entity, table = records.tables.entity_of("customer"), records.tables.table_of("customer")
    keys = ("annual_spend", "order_count", "repurchase_rate", "lifetime_spend", "last_order_on", "tier")
    columns = [table.c[entity.fields[key].column].label(key) for key in keys]
    rows = {row.id: row for row in db.session.execute(sa.select(table.c.id, *columns))}
    return {number: rows[id_] for number, id_ in ids.items()}


def assert_equal(found: dict[int, Any], figures: pd.DataFrame) -> None:
    for number, wanted in figures.iterrows():
        row = found[number]
        assert row.annual_spend == Decimal(str(wanted["annual_spend"])).quantize(Decimal("0.01"))
        assert row.lifetime_spend == Decimal(str(wanted["lifetime_spend"])).quantize(Decimal("0.01"))
        assert row.order_count == wanted["order_count"]
        assert float(row.repurchase_rate) == pytest.approx(wanted["repurchase_rate"], abs=1e-9)
        assert row.last_order_on == wanted["last_order_on"]
        assert row.tier == wanted["tier"]


def test_bulk_and_from_scratch_equal_pandas(app: Any) -> None:
    today = clock.today()
    frame = cdnow.frame(today)
    ids = load(frame)
    figures = expected(frame, today)
    assert set(figures["tier"]) == {"vip", "key", "standard"}
    assert_equal(stored(ids), figures)

    table = records.tables.table_of("customer")
    entity = records.tables.entity_of("customer")
    names = [entity.fields[key].column for key in ("annual_spend", "tier", "order_count", "last_order_on")]
    db.session.execute(sa.update(table).values(dict.fromkeys(names)))
    db.session.commit()
    assert metrics.recompute() > 0
    assert_equal(stored(ids), figures)
    assert metrics.recompute() == 0, "a second pass finds nothing to write"


def test_an_order_touches_its_customer_only(app: Any, make: Any) -> None:
    today = clock.today()
    ids = load(cdnow.frame(today, 40))
    before = stored(ids)
    make("order", number="N1", customer=ids[7], ordered_on=today, amount="123456.78")
    after = stored(ids)
    changed = [number for number in ids if before[number] != after[number]]
    assert changed == [7]
    assert after[7].annual_spend == before[7].annual_spend + Decimal("123456.78")


def test_change_move_archive_and_restore_of_an_order(app: Any, make: Any) -> None:
    one, two = make("customer", name="甲"), make("customer", name="乙")
    order = make("order", number="A", customer=one.id, ordered_on=clock.today(), amount="60000")
    make("order", number="B", customer=one.id, ordered_on=clock.today() - timedelta(days=9), amount="50000")

    def spend(customer: Any) -> tuple[Any, ...]:
        found = records.fetch("customer", customer.id, SYSTEM)
        return found["annual_spend"], found["order_count"], found["repurchase_rate"], found["tier"]

    assert spend(one) == (Decimal("110000.00"), 2, Decimal("0.5000"), "vip")
    order = records.save(records.fetch("order", order.id, SYSTEM), {"customer": two.id}, by=SYSTEM)
    assert spend(one) == (Decimal("50000.00"), 1, Decimal("0.0000"), "standard")
    assert spend(two) == (Decimal("60000.00"), 1, Decimal("0.0000"), "standard")
    records.archive(records.fetch("order", order.id, SYSTEM), by=SYSTEM)
    assert spend(two) == (Decimal("0.00"), 0, Decimal("0.0000"), "standard")
    records.archive(records.fetch("order", order.id, SYSTEM), by=SYSTEM, undo=True)
    assert spend(two)[0] == Decimal("60000.00")
    moves = db.session.execute(
        sa.select(TierMove.before, TierMove.after).where(TierMove.record_id == one.id).order_by(TierMove.id)
    ).all()
    assert [tuple(move) for move in moves] == [(None, "standard"), ("standard", "vip"), ("vip", "standard")]


def test_a_window_that_moves_is_mended_by_the_nightly_pass(
    app: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = make("customer", name="甲")
    make("order", number="A", customer=customer.id, ordered_on=clock.today() - timedelta(days=364), amount="120000")
    assert records.fetch("customer", customer.id, SYSTEM)["tier"] == "key"
    later = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    metrics.recompute()
    found = records.fetch("customer", customer.id, SYSTEM)
    assert (found["annual_spend"], found["tier"]) == (Decimal("0.00"), "standard")
    assert found["lifetime_spend"] == Decimal("120000.00")


def test_two_orders_saved_at_once_are_both_counted(app: Any, make: Any) -> None:
    customer = make("customer", name="甲")
    begun = threading.Barrier(2)

    def buy(number: int) -> None:
        with app.app_context():
            begun.wait()
            values = {"number": f"T{number}", "customer": customer.id, "ordered_on": clock.today(), "amount": "100"}
            with transaction():
                records.save(records.new("order", SYSTEM), values, by=SYSTEM)
                time.sleep(0.2)
            db.session.remove()

    for start in range(0, 6, 2):
        threads = [threading.Thread(target=buy, args=(start + number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    db.session.rollback()
    assert records.fetch("customer", customer.id, SYSTEM)["annual_spend"] == Decimal("600.00")
