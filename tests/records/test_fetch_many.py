"""Some records at once: the same that `fetch` gives one by one, and none that it refuses."""

from portal import records
from portal.errors import NotFound
from portal.security import SYSTEM


def test_some_records_come_as_one_by_one_and_only_those_within_reach(people, make) -> None:
    mine = make("customer", owner=people.alice.id, name="甲", phone="13800138000", credit_rating="aaa", employees=5)
    theirs = make("customer", by=people.charlie, name="乙", phone="13900139000")
    archived = make("customer", by=people.alice, name="丙")
    records.archive(records.fetch("customer", archived.id, SYSTEM, "archive"), by=SYSTEM)
    ids = [mine.id, theirs.id, archived.id, 999_999]
    for person in (people.alice, people.charlie, people.erin, people.mary, people.admin, SYSTEM):
        alone = {}
        for id_ in ids:
            try:
                alone[id_] = records.fetch("customer", id_, person)
            except NotFound:
                continue
        many = records.fetch_many("customer", ids, person)
        assert many.keys() == alone.keys()
        for id_, record in many.items():
            fields = record.entity.fields
            assert {key: record.text(key) for key in fields} == {key: alone[id_].text(key) for key in fields}
            assert [record.access(key) for key in fields] == [alone[id_].access(key) for key in fields]
            assert record.may("edit") == alone[id_].may("edit") and record.is_archived == alone[id_].is_archived
    assert theirs.id not in records.fetch_many("customer", ids, people.alice)
    assert records.fetch_many("customer", [], people.alice) == {}
