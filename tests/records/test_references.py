"""Several references: the column and its table of links say the same, whoever writes and however one asks."""

import random

import pytest
import sqlalchemy as sa

from portal import clock, records, schema
from portal.errors import Invalid
from portal.extensions import db, transaction
from portal.records import link_index, tables
from portal.schema import compiled, conditions, releases
from portal.schema.check import check
from portal.security import SYSTEM
from tests.schema.docs import customer, publish, shipped, with_field

PARTNERS = (
    "partners: {type: references, to: customer, inverse: {zh: 被谁合作, en: Partner of}, label: 伙伴, filterable: true}"
)


@pytest.fixture
def partners(app):
    """Customers may have partners among the customers."""
    publish(with_field(shipped(), PARTNERS))
    compiled.forget()


def change(record, person=SYSTEM, **values):
    with transaction():
        fresh = records.fetch(record.entity.key, record.id, person, "edit")
        return records.save(fresh, values, by=person)


def linked(field) -> dict[int, set[int]]:
    """What the table of links says."""
    found: dict[int, set[int]] = {}
    for record, pointed in db.session.execute(sa.select(field.links)):
        found.setdefault(record, set()).add(pointed)
    return found


def told(field) -> dict[int, set[int]]:
    """What the column says."""
    table = tables.table_of(field.entity)
    rows = db.session.execute(sa.select(table.c.id, table.c[field.column]).where(table.c[field.column].is_not(None)))
    return {id_: set(value) for id_, value in rows}


def test_sql_and_python_agree_by_the_table_of_links(app, make):
    products = [make("product", name=f"P{at}").id for at in range(5)]
    rng = random.Random(1)
    rows = [{"name": f"C{at}", "interests": rng.sample(products, at % 4)} for at in range(16)]
    ids = records.bulk.save_many("customer", rows, by=SYSTEM).ids
    change(records.fetch("customer", ids[1], SYSTEM), interests=[products[4], products[0]])
    change(records.fetch("customer", ids[2], SYSTEM), interests=None)
    moved = [{"id": ids[3], "interests": f"{products[2]}; P3"}, {"id": ids[5], "interests": []}]
    assert not records.bulk.save_many("customer", moved, by=SYSTEM).problems
    entity = schema.current().entities["customer"]
    field = entity.fields["interests"]
    assert linked(field) == told(field) and told(field)[ids[3]] == set(products[2:4])
    known = {record.id: record.values for record in records.search("customer", SYSTEM, limit=50)}
    for operator in field.type.operators:
        for right in (products[:1], products[1:3], products):
            asked = {"has": right[0], "empty": True, "filled": True}.get(operator, right)
            for node in ({"interests": {operator: asked}}, {"not": {"interests": {operator: asked}}}):
                test = conditions.parse(node, entity)
                found = {record.id for record in records.search("customer", SYSTEM, condition=test, limit=50)}
                assert found == {id_ for id_, values in known.items() if test.matches(values, clock.now())}, node


def test_what_one_may_not_see_stays_a_number_and_stays(partners, make, people):
    mine = make("customer", by=people.alice, name="甲")
    theirs = make("customer", by=people.charlie, name="机密")
    other = make("customer", by=people.alice, name="丙")
    with pytest.raises(Invalid):
        change(mine, people.alice, partners=[theirs.id])
    change(mine, partners=[theirs.id])
    seen = records.fetch("customer", mine.id, people.alice)
    assert seen.text("partners") == f"#{theirs.id}"
    change(mine, people.alice, partners=[theirs.id, other.id])
    page = records.search("customer", people.alice, columns=["partners"])
    shown = {record.id: record.text("partners") for record in page}[mine.id]
    assert shown.startswith(f"#{theirs.id}") and shown.endswith("丙") and "机密" not in shown
    texts = [text for line in records.history(mine, people.alice) for text in (line.before, line.after)]
    assert "丙" in " ".join(texts) and "机密" not in " ".join(texts)
    with pytest.raises(conditions.ConditionError):  # a name is found by those alone who may see it
        conditions.parse({"partners": {"has": "无此名"}}, customer())


@pytest.mark.parametrize(("key", "many"), [("parent_company", False), ("partners", True)])
def test_nobody_points_at_itself(partners, make, key, many):
    one, other = make("customer", name="甲"), make("customer", name="乙")
    with pytest.raises(Invalid):
        change(one, **{key: [other.id, one.id] if many else one.id})
    assert change(one, **{key: [other.id] if many else other.id})[key] == ((other.id,) if many else other.id)


def test_a_page_of_a_list_asks_for_all_names_at_once(partners, make, people):
    ids = [make("customer", by=people.alice, name=f"C{at}").id for at in range(30)]
    rows = [{"id": id_, "partners": [one for one in ids if one != id_][:10]} for id_ in ids]
    assert not records.bulk.save_many("customer", rows, by=SYSTEM).problems
    db.session.commit()
    counts = []
    for limit in (1, 2, 30):  # the first time roles and offices are asked for too
        spoken: list[str] = []
        hear = lambda c, cursor, statement, *rest, spoken=spoken: spoken.append(statement)  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", hear)
        page = records.search("customer", people.alice, columns=["name", "partners"], limit=limit)
        assert all("C" in record.text("partners") and "#" not in record.text("partners") for record in page)
        sa.event.remove(db.engine, "before_cursor_execute", hear)
        counts.append(len(spoken))
    assert counts[1] == counts[2] <= 3


def test_it_comes_and_goes_with_releases_and_loses_nothing(app, make):
    first = releases.current_number()
    publish(with_field(shipped(), PARTNERS))
    compiled.forget()
    field = customer().fields["partners"]
    one, two = make("customer", name="甲"), make("customer", name="乙")
    change(one, partners=[two.id])
    releases.rollback(first, by=SYSTEM)
    compiled.forget()
    change(one, name="甲甲")
    publish(with_field(shipped(), PARTNERS.replace("partners:", "allies:").replace("label", "was: partners, label")))
    compiled.forget()
    assert "partners" not in customer().fields
    publish(with_field(shipped(), PARTNERS))
    compiled.forget()
    back = customer().fields["partners"]
    assert back.physical == field.physical and linked(back) == told(back) == {one.id: {two.id}}
    publish(with_field(shipped(), PARTNERS.replace("partners:", "allies:").replace("label", "was: partners, label")))
    compiled.forget()
    renamed = customer().fields["allies"]
    assert renamed.physical == field.physical and linked(renamed) == {one.id: {two.id}}


def test_a_single_reference_becomes_several_and_back(app, make):
    single = "ally: {type: reference, to: customer, label: 盟友}"
    publish(with_field(shipped(), single))
    compiled.forget()
    one, two, three = (make("customer", name=name) for name in "甲乙丙")
    change(one, ally=two.id)
    publish(with_field(shipped(), single.replace("reference,", "references,")))
    compiled.forget()
    field = customer().fields["ally"]
    assert linked(field) == told(field) == {one.id: {two.id}}
    change(two, ally=[one.id, three.id])
    publish(with_field(shipped(), single))
    compiled.forget()
    values = {record.id: record["ally"] for record in records.search("customer", SYSTEM)}
    assert values == {one.id: two.id, two.id: None, three.id: None}
    publish(with_field(shipped(), single.replace("reference,", "references,")))
    compiled.forget()
    assert linked(field) == told(field) == {one.id: {two.id}, two.id: {one.id, three.id}}


def test_a_table_of_links_has_a_name_the_engine_takes():
    entity, key = "e" * 40, "k" * 40
    line = f"{key}: {{type: references, to: {entity}, label: x}}"
    text = (
        f"entity: {entity}\nlabel: x\nplural: x\nslug: x\ntitle: n\nfields:\n  n: {{type: text, label: x}}\n  {line}\n"
    )
    found = check({f"entities/{entity}.yml": text}, {entity: {key: f"{key}_f1234"}})
    field = found.catalog.entities[entity].fields[key]
    assert not found.errors and len(field.link_table) <= 60
    assert [one.key for one in link_index.fields(found.catalog.entities[entity])] == [key]


@pytest.mark.parametrize(
    ("path", "old", "new", "place"),
    [
        ("entities/contact.yml", "customer: {type: reference,", "customer: {type: references,", "parent"),
        ("entities/order.yml", "customer: {type: reference,", "customer: {type: references,", "through"),
        (
            "entities/customer.yml",
            "interests: {type: references, to: product,",
            "interests: {type: references, to: produkt,",
            "to",
        ),
    ],
)
def test_what_a_relation_cannot_be_is_told(path, old, new, place):
    documents = shipped()
    assert old in documents[path]
    told = check({**documents, path: documents[path].replace(old, new)}).errors
    assert any(place in problem.path for problem in told)
