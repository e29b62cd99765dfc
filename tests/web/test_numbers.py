"""Addresses with numbers that nobody ever gave out: there is nothing under them, and nothing breaks."""

import pytest

HUGE = "9" * 22
MOST = str(2**63 - 1)


@pytest.mark.parametrize("number", [HUGE, MOST])
def test_a_number_no_row_has_leads_nowhere(app, people, as_, number):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = as_(people.admin)
    for address in ("/customers/%s", "/jobs/%s", "/files/%s", "/campaigns/%s", "/approvals/%s", "/imports/%s"):
        assert client.get(address % number).status_code == 404, address
    for address in ("/customers?after=%s", "/audit?by=%s", "/jobs?before=%s", "/duplicates/?after=1.%s"):
        assert client.get(address % number).status_code in (200, 404), address


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_signs_that_only_look_like_digits_are_none(app, people, as_):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert as_(people.alice).get("/duplicates/?after=².1").status_code == 200
    assert as_(people.alice).get("/customers/merging?of=²-³").status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_numbers_of_many_thousand_digits_name_no_row(app, people, as_, make):
    """Python refuses to read more than 4,300 digits."""
    app.config.update(PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    customer, long = make("customer", by=people.alice, name="甲"), "9" * 5000
    client = as_(people.alice)
    picks = [f"{long}.1", f"{customer.id}.{long}"]
    for address in ("/customers/merging/choice", "/customers/confirmations", "/outside/", "/customers/bulk"):
        answer = client.post(address, data={"_pick": picks, "field": "remark", "value": "乙"})
        assert answer.status_code in (302, 303, 404, 422), address
    assert client.get(f"/duplicates/?after={long}.{long}").status_code == 200
    assert client.post(f"/customers/{customer.id}/edit", data={"version": long, "name": "丙"}).status_code == 409


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("after", ["0001-01-01T00:00:00%2B14:00~task~1", "9999-12-31T23:59:59%2B00:00~task~1"])
def test_a_timeline_has_no_place_outside_of_the_calendar(app, people, make, as_, after):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    customer = make("customer", by=people.alice, name="甲")
    make("task", by=people.alice, title="乙", customer=customer.id, due_on="2026-12-01")
    assert "乙" in as_(people.alice).get(f"/customers/{customer.id}?after={after}").text
