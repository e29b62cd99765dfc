"""Layouts of roles: what they take from the base, what is wrong or careless in them, renames and the change plan."""

import pytest

from portal.schema import Entity, conditions, layers, releases, usage
from portal.schema.check import check
from portal.schema.source import read
from tests.schema.docs import CUSTOMER, publish, shipped, with_field

LAYOUTS = """\
detail:
  tabs: [contact, timeline]
layouts:
  seller:  # what sellers need at hand
    form:
      - section: {zh: 要点, en: Essentials}
        fields: [name, phone, remark]
        columns: 2
        folded: false
        wide: [remark]
    list: {columns: [name, phone], opens: board, where: {credit_rating: [a, b], owner: {is_me: true}}}
    detail: {main: [facts], rail: []}
  manager:
    list: {columns: [name, owner]}
"""


def laid_out(layouts: str = LAYOUTS) -> dict[str, str]:
    documents = shipped()
    return {**documents, CUSTOMER: documents[CUSTOMER] + layouts}


@pytest.fixture(scope="module")
def customer() -> Entity:
    result = check(laid_out())
    assert not result.problems
    return result.catalog.entities["customer"]


def test_a_role_without_a_layout_takes_the_base(customer):
    agent, nobody = customer.layout_for(("agent",)), customer.layout_for(())
    assert agent == nobody
    assert (
        agent.form == customer.form and agent.list.columns[0] == "name" and agent.detail.tabs == ("contact", "timeline")
    )


def test_a_layout_says_what_differs_and_takes_the_rest(customer):
    seller, manager = customer.layout_for(["seller"]), customer.layout_for(["manager"])
    (section,) = seller.form
    assert (section.fields, section.columns, section.folded, section.wide) == (
        ("name", "phone", "remark"), 2, False, ("remark",))  # fmt: skip
    assert seller.list.columns == ("name", "phone") and seller.list.opens == "board"
    assert seller.list.filters == customer.list.filters and seller.list.board == "status"
    assert seller.detail.main == ("facts",) and seller.detail.rail == ()
    assert manager.form == customer.form and manager.detail == customer.detail


@pytest.mark.parametrize("held", [("manager", "seller"), ("seller", "manager"), ("admin", "seller")])
def test_who_holds_several_roles_gets_the_first_that_the_document_names(customer, held):
    assert customer.layout_for(held) == customer.layouts["seller"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  manager:", "  mangler:", 'layouts.mangler: unknown role "mangler"; did you mean "manager"?'),
        ("[name, phone]", "[name, phon]",
         'layouts.seller.list.columns[2]: unknown field "phon"; did you mean "phone"?'),
        ("[contact,", "[contct,", 'detail.tabs[1]: unknown tab "contct"; did you mean "contact"?'),
        ("[facts]", "[fact]", 'layouts.seller.detail.main[1]: "fact" is not one of the choices; did you mean "facts"?'),
        ("columns: 2", "columns: 4", "layouts.seller.form[1].columns: must lie in the allowed range: le 3"),
        ("wide: [remark]", "wide: [size]", 'layouts.seller.form[1].wide[1]: "size" does not stand in this section'),
        ("phone, remark]", "phone, phone, remark]",
         'layouts.seller.form[1].fields[3]: "phone" stands here twice; the first place counts'),
        ("[name, phone, remark]", "[phone, remark]",
         'layouts.seller.form: the form leaves out "name", which must be filled in; '
         "people are asked for it below the sections"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(old, new, told):
    assert LAYOUTS.count(old) == 1
    problems = check(laid_out(LAYOUTS.replace(old, new))).problems
    assert [str(problem).partition(" ")[2] for problem in problems] == [told]
    assert problems[0].line > len(shipped()[CUSTOMER].splitlines())


def test_a_rename_reaches_the_layouts_of_roles():
    documents = laid_out()
    places = {use.path for use in usage.uses(documents, "customer", "remark")}
    assert {"layouts.seller.form[1].fields", "layouts.seller.form[1].wide"} <= {
        path.rsplit("[", 1)[0] for path in places
    }
    text = usage.renamed(documents, "customer", "remark", "memo")[CUSTOMER]
    assert "fields: [name, phone, memo]" in text and "wide: [memo]" in text
    assert "seller:  # what sellers need at hand" in text


def planned(documents: dict[str, str]) -> list[tuple[str, str]]:
    _result, plan = releases.preview(documents)
    assert plan is not None
    return [(change.kind, change.field.key if change.field else "") for change in plan.changes]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_plan_tells_of_a_layout_and_takes_no_rename_for_one(app):
    publish(laid_out())
    assert planned(laid_out()) == []
    assert planned(laid_out(LAYOUTS.replace("columns: 2", "columns: 3"))) == [("layout", "")]
    renamed = usage.renamed(laid_out(), "customer", "remark", "memo")
    assert planned({**laid_out(), **renamed}) == [("rename", "memo")]


def test_a_field_that_an_office_adds_stands_on_the_forms_of_roles_too():
    field = "entity: customer\nfields:\n  quarter: {type: text, label: 片区}\n"
    documents = {**laid_out(), "offices/chengdu/entities/customer.yml": field}
    trees = {file: read(file, text).tree for file, text in documents.items()}
    chengdu = layers.catalog(trees, {}, path=("chengdu",)).entities["customer"]
    for layout in (chengdu.layout_for(()), chengdu.layout_for(("seller",))):
        assert layout.form[-1].fields == ("quarter",)
    assert len(chengdu.layout_for(("manager",)).form) == len(chengdu.form)


def test_the_tab_of_a_relation_follows_the_rename_of_its_field():
    documents = shipped()
    product = "entities/product.yml"
    documents[product] += "detail: {tabs: [customer-wishes]}\n"
    line = "wishes: {type: references, to: product, label: 意向产品}"
    documents = with_field(documents, line)
    assert not check(documents).problems
    assert "tabs: [customer-likes]" in usage.renamed(documents, "customer", "wishes", "likes")[product]


def test_a_list_opens_with_the_filters_of_its_layout(customer):
    assert customer.list.where == conditions.Always() == customer.layout_for(["manager"]).list.where
    told = conditions.to_query(customer.layout_for(["seller"]).list.where)
    assert told == [("f.credit_rating", "in:a,b"), ("f.owner", "is_me:true")]


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("{credit_ratin: a}", 'list.where.credit_ratin: unknown field "credit_ratin"; did you mean "credit_rating"?'),
        ("{any: [{credit_rating: a}, {name: x}]}",
         'list.where: a list opens with tests that must all hold; take "any" and "not" out of it'),
    ],
)  # fmt: skip
def test_what_a_list_cannot_open_with_is_told(where, told):
    documents = shipped()
    documents[CUSTOMER] = documents[CUSTOMER].replace("  filters:", f"  where: {where}\n  filters:", 1)
    assert [str(problem).partition(" ")[2] for problem in check(documents).problems] == [told]


def test_a_rename_reaches_the_filters_that_a_list_opens_with():
    text = usage.renamed(laid_out(), "customer", "credit_rating", "grade")[CUSTOMER]
    assert "where: {grade: [a, b], owner: {is_me: true}}" in text


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_plan_tells_of_other_filters_to_open_with(app):
    publish(laid_out())
    assert planned(laid_out(LAYOUTS.replace("[a, b]", "[a]"))) == [("layout", "")]
    assert planned({**laid_out(), **usage.renamed(laid_out(), "customer", "credit_rating", "grade")}) == [
        ("rename", "grade")
    ]
