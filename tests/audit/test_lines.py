"""Audit lines are written with the deed and found by whom and what."""

from types import SimpleNamespace

import pytest

from portal import audit
from portal.extensions import db, transaction


def test_lines_are_found_by_subject_person_and_action(people: SimpleNamespace) -> None:
    with transaction():
        audit.record("record.changed", by=people.alice, entity="customer", record_id=1, data={"a": [1, 2]})
        audit.record_many("record.created", by=people.bob, entity="customer", lines=[(1, None), (2, {"b": 1})])
        audit.record("report.run", by=None, reason="the clock")

    def actions(**named: object) -> list[str]:
        return [line.action for line in db.session.scalars(audit.lines(**named))]  # type: ignore[arg-type]

    assert actions(entity="customer", record_id=1) == ["record.created", "record.changed"]
    assert actions(by_id=people.alice.id) == ["record.changed"]
    assert actions(action="record.*") == ["record.created", "record.created", "record.changed"]
    assert actions(action="report.run") == ["report.run"]
    (line,) = db.session.scalars(audit.lines(action="report.run"))
    assert (line.by_id, line.by_name, line.reason) == (None, "system", "the clock")


def test_a_deed_undone_leaves_no_line(people: SimpleNamespace) -> None:
    before = len(db.session.scalars(audit.lines()).all())
    with pytest.raises(RuntimeError), transaction():
        audit.record("record.changed", by=people.alice)
        raise RuntimeError
    assert len(db.session.scalars(audit.lines()).all()) == before
