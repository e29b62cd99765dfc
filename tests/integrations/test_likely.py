"""Imports and duplicates: likely ones are told, and rows about a merged record find the one that stayed."""

from typing import Any

import pytest

from portal import jobs, records
from portal.duplicates import merging
from portal.extensions import db
from tests.integrations.test_pages import form_of, sent


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """What differs by engine is tested with the index itself."""
    return str(request.param)


@pytest.fixture(autouse=True)
def no_csrf(app: Any) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


def checked(client: Any, path: Any) -> Any:
    plan = sent(client, path)
    client.post(f"/imports/{plan.id}/columns", data=form_of(plan))
    db.session.refresh(plan)
    assert jobs.run_now(plan.job_id or 0).state == "done"
    db.session.refresh(plan)
    return plan


def test_rows_like_a_record_are_told_before_they_are_stored(people, as_, make, workbook) -> None:
    there = make("customer", by=people.alice, name="苏州瑞祥机械有限公司", phone="13800138000")
    make("customer", by=people.charlie, name="成都恒达电子有限公司", phone="13900139000")
    client = as_(people.alice)
    rows = [["客户名称", "手机"], ["瑞祥机械", "138 0013 8000"], ["恒达电子", "13900139000"], ["别家商贸", None]]
    plan = checked(client, workbook(rows))
    assert [(one["row"], one["record"]) for one in plan.checked["likely"]] == [(2, there.id)]
    page = client.get(f"/imports/{plan.id}").text
    assert "Perhaps there already" in page
    assert f'<a href="/customers/{there.id}">苏州瑞祥机械有限公司</a>' in page


def test_a_row_about_a_merged_record_changes_the_one_that_stayed(people, as_, make, workbook) -> None:
    one = make("customer", by=people.alice, name="瑞祥机械", external_id="K-1")
    two = make("customer", by=people.alice, name="瑞祥机械厂", external_id="K-2")
    merging.merge("customer", one.id, two.id, by=people.alice)
    client = as_(people.alice)
    plan = checked(client, workbook([["客户编号", "客户名称", "城市"], ["K-2", "瑞祥机械", "苏州"]]))
    assert plan.checked["counts"] == {"updated": 1}
    client.post(f"/imports/{plan.id}/run")
    db.session.refresh(plan)
    assert jobs.run_now(plan.job_id or 0).state == "done"
    stayed = records.fetch("customer", one.id, people.alice)
    assert (stayed["city"], stayed["external_id"]) == ("苏州", "K-1")
