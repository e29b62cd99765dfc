"""Who else is at a record: said by open pages, gone when they are silent, and never more than a hint."""

from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from redis.exceptions import RedisError

from portal import clock, records
from portal.records import visitors

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def address(people, make) -> str:
    return f"/customers/{make('customer', by=people.alice, name='在看公司').id}/visitors"


def here(more: str = "") -> str:
    return f"?since={int(clock.now().timestamp())}{more}"


def test_each_is_told_of_the_others(people, as_, address) -> None:
    alice, dora = as_(people.alice), as_(people.dora)
    assert "Alice" not in alice.get(address + here()).text
    assert "Alice is looking" in dora.get(address + here()).text
    alice.get(address + here("&edits=1"))
    assert "Alice is editing" in dora.get(address + here()).text
    assert "Dora" in alice.get(address + here()).text


def test_who_edits_is_warned_of_another_who_edits(people, as_, address) -> None:
    as_(people.dora).get(address + here("&edits=1"))
    text = as_(people.alice).get(address + here("&edits=1")).text
    assert "Dora is editing this record too." in text and "notice-warning" in text


def test_who_is_silent_is_gone_in_a_minute(people, as_, address) -> None:
    as_(people.alice).get(address + here())
    with time_machine.travel(clock.now() + timedelta(seconds=visitors.STAYS + 1)):
        assert "Alice" not in as_(people.dora).get(address + here()).text


def test_who_may_not_see_the_record_is_told_nothing(people, as_, address) -> None:
    as_(people.alice).get(address + here())
    assert as_(people.charlie).get(address + here()).status_code == 404


def test_an_old_page_stops_asking(people, as_, address) -> None:
    assert as_(people.alice).get(f"{address}?since=1").status_code == 286


def test_nobody_is_seen_while_redis_is_away(people, make) -> None:
    record = make("customer", by=people.alice, name="无缓存")
    with mock.patch.object(visitors, "redis_client", side_effect=RedisError):
        assert visitors.come(records.fetch("customer", record.id, people.alice), is_editing=True) == []


def test_the_pages_ask_and_say_whether_they_edit(people, as_, make) -> None:
    record, client = make("customer", by=people.alice, name="页面"), as_(people.alice)
    assert f"/customers/{record.id}/visitors?since=" in client.get(f"/customers/{record.id}").text
    assert "edits=1" in client.get(f"/customers/{record.id}/edit").text
    assert "/visitors?" not in client.get("/customers/new").text
