"""Releases: published whole or not at all, brought back without touching data."""

import pytest

from portal import events, schema
from portal.audit import lines
from portal.errors import Conflict, NotFound
from portal.extensions import db
from portal.schema import releases
from portal.schema.models import Release, SchemaColumn
from portal.security import SYSTEM
from tests.schema.docs import CUSTOMER, customer, publish, shipped, with_field

INTENT = "intent: {type: choice, label: 合作意向, options: [高, 中, 低]}"


@pytest.fixture(autouse=True)
def _first(app):
    assert releases.current_number() == 1


def test_what_ships_is_in_force():
    assert schema.current().release == 1
    assert {"customer", "order", "ticket"} <= set(schema.current().entities)
    assert customer().fields["name"].physical.startswith("name_f")
    assert customer().fields["owner"].physical == "owner_id"


def test_a_new_field_gets_a_column_of_its_own():
    before = customer().fields["industry"].physical
    release = publish(with_field(shipped(), INTENT), "Ask for the intent")
    assert release.number == 2
    assert customer().fields["intent"].physical.startswith("intent_f")
    assert customer().fields["industry"].physical == before


def test_a_field_left_out_is_archived_and_comes_back_in_its_column():
    publish(with_field(shipped(), INTENT))
    physical = customer().fields["intent"].physical
    publish(shipped())
    assert "intent" not in customer().fields
    assert db.session.scalar(db.select(SchemaColumn.state).filter_by(physical=physical)) == "archived"
    publish(with_field(shipped(), INTENT))
    assert customer().fields["intent"].physical == physical


def test_a_renamed_field_keeps_its_column():
    physical = customer().fields["remark"].physical
    text = shipped()[CUSTOMER].replace("  remark: {", "  memo: {was: remark, ").replace("external_id, remark]", "memo]")
    publish({**shipped(), CUSTOMER: text})
    assert customer().fields["memo"].physical == physical
    assert "remark" not in customer().fields


def test_rollback_after_a_rename_finds_the_old_column():
    physical = customer().fields["remark"].physical
    text = shipped()[CUSTOMER].replace("  remark: {", "  memo: {was: remark, ").replace("external_id, remark]", "memo]")
    publish({**shipped(), CUSTOMER: text})
    release = releases.rollback(1, by=SYSTEM, note="back")
    assert (release.number, release.restores) == (3, 1)
    assert customer().fields["remark"].physical == physical


def test_another_type_is_another_column_and_the_old_one_comes_back():
    physical = customer().fields["city"].physical
    text = (
        shipped()[CUSTOMER]
        .replace("city: {type: text", "city: {type: integer")
        .replace(
            "filterable: true, sortable: true, max_length: 40}\n  address",
            "filterable: true, sortable: true}\n  address",
        )
    )
    publish({**shipped(), CUSTOMER: text})
    assert customer().fields["city"].physical != physical
    releases.rollback(1, by=SYSTEM)
    assert customer().fields["city"].physical == physical


def test_wrong_documents_publish_nothing():
    with pytest.raises(schema.SchemaError) as error:
        publish(with_field(shipped(), "intent: {type: choise, label: 意向, requird: true}"))
    assert len(error.value.problems) >= 2
    assert releases.current_number() == 1


def test_a_failing_storage_publishes_nothing(monkeypatch):
    def refuse(plan):
        raise RuntimeError("disk full")

    monkeypatch.setattr(releases, "_listeners", [*releases._listeners, refuse])
    with pytest.raises(RuntimeError):
        publish(with_field(shipped(), INTENT))
    assert releases.current_number() == 1
    assert "intent" not in customer().fields
    assert db.session.scalar(db.select(SchemaColumn).where(SchemaColumn.key == "intent")) is None


def test_the_second_of_two_sees_who_was_first(people):
    releases.publish(with_field(shipped(), INTENT), by=people.dora, note="mine", expected_release=1)
    with pytest.raises(Conflict) as lost:
        releases.publish(shipped(), by=people.admin, note="late", expected_release=1)
    assert (lost.value.mine, lost.value.theirs) == (1, 2)
    assert "Dora" in str(lost.value)


def test_a_release_is_told_and_written_down(people):
    publish(with_field(shipped(), INTENT), "Ask for the intent", by=people.admin)
    told = db.session.scalars(db.select(events.Event).where(events.Event.kind == "release.published")).all()[-1]
    assert told.data["number"] == 2
    assert ["add", "customer", "intent"] in told.data["changes"]
    line = db.session.scalars(lines(action="schema.published")).first()
    assert (line.by_id, line.data["note"]) == (people.admin.id, "Ask for the intent")


def test_one_document_is_published_on_top(people):
    text = "segment: mine\nlabel: 我的\non: customer\nwhen: {status: active}\n"
    releases.publish_document("segments/mine.yml", text, by=people.mary, note="Segment")
    assert schema.current().segments["mine"].when.fields() == {"status"}
    releases.publish_document("segments/mine.yml", None, by=people.mary, note="Gone")
    assert "mine" not in schema.current().segments


def test_old_catalogues_stay_readable():
    publish(with_field(shipped(), INTENT))
    assert "intent" in releases.catalog(2).entities["customer"].fields
    assert "intent" not in releases.catalog(1).entities["customer"].fields
    with pytest.raises(NotFound):
        releases.catalog(9)


def test_a_release_is_compiled_once_and_no_request_reads_yaml(monkeypatch):
    first = releases.catalog(1)
    monkeypatch.setattr("portal.schema.source.read", lambda *_: pytest.fail("YAML was read"))
    assert releases.catalog(1) is first


def test_documents_and_their_checksum_are_kept():
    release = db.session.get(Release, 1)
    assert release.documents == shipped()
    assert len(release.checksum) == 64
    assert [row.number for row in releases.rows()] == [1]
