"""Many at once: one winner each, no lost update, no "database is locked"."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from portal import records
from portal.errors import Conflict, Invalid
from portal.extensions import db, transaction
from portal.records.tables import table_of
from portal.security import SYSTEM


def together(app: Any, tasks: list[Callable[[], Any]]) -> list[Any]:
    """Run the tasks at the same moment, each in its thread and on its own connection; results or exceptions."""
    db.session.commit()
    gate, results = threading.Barrier(len(tasks)), [None] * len(tasks)

    def run(at: int, task: Callable[[], Any]) -> None:
        with app.app_context():
            gate.wait()
            try:
                results[at] = task()
            except Exception as error:
                results[at] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.fault
def test_of_two_who_edit_one_record_one_wins(app, make):
    """F8, small: 200 races."""
    customer = make("customer", name="start")
    barrier = threading.Barrier(2)
    wins: list[str] = []
    losses: list[Conflict] = []

    def edit(who: str) -> None:
        for race in range(200):
            held = records.fetch("customer", customer.id, SYSTEM, "edit")
            db.session.commit()
            barrier.wait(60)
            try:
                records.save(held, {"name": f"{who} {race}"}, by=SYSTEM)
                wins.append(f"{who} {race}")
            except Conflict as lost:
                losses.append(lost)
            db.session.rollback()
            barrier.wait(60)

    results = together(app, [lambda: edit("left"), lambda: edit("right")])
    assert results == [None, None]
    assert (len(wins), len(losses)) == (200, 200)
    assert len({win.rpartition(" ")[2] for win in wins}) == 200
    assert all(lost.mine["name"] != lost.theirs["name"] for lost in losses)
    last = records.fetch("customer", customer.id, SYSTEM)
    assert (last.version, last["name"]) == (201, wins[-1])


@pytest.mark.fault
def test_twenty_writers_never_see_a_locked_database(app):
    """F14, small."""

    def write(who: int) -> int:
        for n in range(10):
            records.save(records.new("customer", SYSTEM), {"name": f"{who}-{n}"}, by=SYSTEM)
        return who

    assert together(app, [lambda who=who: write(who) for who in range(20)]) == list(range(20))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(table_of("customer"))) == 200


@pytest.mark.fault
def test_of_many_with_one_external_id_one_is_stored(app):
    def create() -> Any:
        return records.save(records.new("customer", SYSTEM), {"name": "A", "external_id": "ONE"}, by=SYSTEM)

    results = together(app, [create] * 8)
    assert sum(isinstance(result, Invalid) for result in results) == 7


@pytest.mark.fault
def test_numbers_are_given_once(app, make):
    customer = make("customer", name="A")

    def create() -> Any:
        with transaction():
            draft = records.new("ticket", SYSTEM)
            return records.save(draft, {"subject": "T", "customer": customer.id}, by=SYSTEM)

    results = together(app, [create] * 8)
    automatic = [key for key, field in results[0].entity.fields.items() if field.type.is_automatic]
    assert all(len({ticket[key] for ticket in results}) == 8 for key in automatic)
