"""Two admins publish at once: one wins, the other is told (F8, small)."""

import contextvars
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from portal.errors import Conflict
from portal.extensions import db
from portal.schema import releases
from portal.security import SYSTEM
from tests.faults.figures import FULL, figures
from tests.schema.docs import CUSTOMER, shipped, with_field

RACES = 200 if FULL else 50


def _publish(app, barrier, documents, expected):
    def run():
        with app.app_context():
            barrier.wait()
            try:
                releases.publish(documents, by=SYSTEM, note="race", expected_release=expected)
                return "won"
            except Conflict as lost:
                assert lost.theirs == expected + 1
                return "lost"
            finally:
                db.session.remove()

    return contextvars.Context().run(run)


@pytest.mark.fault
def test_of_two_publishers_one_wins_each_race(app):
    documents = shipped()
    db.session.commit()
    field = with_field(documents, "race: {type: text, label: 竞争}")
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, RACES + 1):
            barrier = Barrier(2)
            each = [documents, field] if number % 2 else [{**documents, CUSTOMER: documents[CUSTOMER] + "\n"}, field]
            outcomes = list(pool.map(lambda docs, n=number, b=barrier: _publish(app, b, docs, n), each))
            assert sorted(outcomes) == ["lost", "won"]
    db.session.rollback()
    assert releases.current_number() == RACES + 1
    figures(f"F8 {db.engine.dialect.name}: {RACES} races of two who publish: one wins each, the other is told")
    assert sorted(row.number for row in releases.rows(RACES + 1)) == list(range(1, RACES + 2))
