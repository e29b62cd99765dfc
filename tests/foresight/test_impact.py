"""The whole look at a draft: what the job counts, what the page tells, and that nothing is written."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal import clock, foresight, jobs, records, schema
from portal.extensions import db, transaction
from portal.rules.grace import TierHold
from portal.schema import check, releases
from portal.schema.models import Release, SchemaColumn
from portal.security import SYSTEM
from portal.security.models import PersonRole
from tests.rules.stage import publish, settle
from tests.schema import docs
from tests.schema.docs import CUSTOMER, shipped, with_field
from tests.web.studio import TIER, keep, post

DEPUTY = "deputy: {type: reference, to: customer, %slabel: 代理}"
CODE = "code: {type: text, label: 编码}"


@pytest.fixture
def customers(app, make, people):
    return [
        make("customer", by=by, name=name, city=city, employees=employees)
        for by, name, city, employees in (
            (people.alice, "甲", "上海", 5),
            (people.alice, "乙", "上海", 5000),
            (people.charlie, "丙", None, None),
        )
    ]


def drafted(*changes: tuple[str, str], path: str = CUSTOMER) -> dict[str, str]:
    text = shipped()[path]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {path: text}


def looked(edits, by) -> dict:
    with transaction():
        job = foresight.impact.ask(1, edits, by)
    done = jobs.run_now(job.id)
    assert (done.state, done.error) == ("done", "")
    return done.result


def broken(result) -> list[tuple]:
    return [(one["field"], one["rule"], one["number"], one["ids"]) for one in result["breaks"]]


NEW_RULES = [
    (("min: 0, max: 5000000", "min: 0, max: 100"), ("employees", "value", 1, [1])),
    (("city: {type: text,", "city: {type: text, required: true,"), ("city", "required", 1, [2])),
    (("city: {type: text,", "city: {type: text, unique: true,"), ("city", "unique", 2, [0, 1])),
    (("city: {type: text,", "city: {type: text, pattern: '[a-z]+',"), ("city", "value", 2, [0, 1])),
    (("employees: {type: integer,", "employees: {type: percent,"), None),
]


@pytest.mark.parametrize(("change", "told"), NEW_RULES)
def test_records_that_break_a_new_rule_are_counted_and_named(customers, people, change, told):
    edits = drafted(change)
    if check.check({**shipped(), **edits}).errors:
        pytest.skip("the type has no such key")
    expected = [(*told[:3], [customers[at].id for at in told[3]])] if told else []
    assert broken(looked(edits, people.admin)) == expected


def test_values_that_would_not_convert_are_counted(customers, people):
    edits = drafted(("  province: {type: text", "  city: {type: integer, label: 市}\n  province: {type: text"))
    lines = [line for line in edits[CUSTOMER].splitlines() if not line.startswith("  city: {type: text")]
    result = looked({CUSTOMER: "\n".join(lines)}, people.admin)
    assert broken(result) == [("city", "value", 2, [customers[0].id, customers[1].id])]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_values_that_would_point_in_a_ring_are_counted_and_come_as_a_file(customers, people, as_):
    number = docs.publish(with_field(shipped(), CODE)).number
    with transaction():
        for record, at in zip(customers, (1, 0, 0), strict=True):
            held = records.fetch("customer", record.id, SYSTEM, "edit")
            records.save(held, {"code": str(customers[at].id)}, by=SYSTEM)
        edits = with_field(shipped(), "code: {type: reference, to: customer, label: 编码}")
        job = foresight.impact.ask(number, {CUSTOMER: edits[CUSTOMER]}, people.admin)
    one, other = customers[0].id, customers[1].id
    job_id = job.id
    assert broken(jobs.run_now(job_id).result) == [("code", "value", 2, [one, other])]
    file = as_(people.admin).get(f"/studio/forecasts/{job_id}/refused/0.csv").get_data(as_text=True)
    assert file.split()[1:] == [f"{one},{other}", f"{other},{one}"]


def test_an_option_taken_out_while_records_hold_it_is_told(app, people, make):
    held = make("customer", name="丁", status="dormant")
    result = looked(drafted(("      dormant: {zh: 沉睡, en: Dormant, colour: yellow}\n", "")), people.admin)
    assert broken(result) == [("status", "value", 1, [held.id])]


def test_the_look_writes_nothing(customers, people):
    tables = (Release, SchemaColumn)
    before = [db.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]
    looked(with_field(shipped(), CODE), people.admin)
    assert [db.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables] == before
    assert "code" not in schema.current().entities["customer"].fields


def test_runs_that_would_begin_today_are_counted(customers, people):
    flow = "workflow: hello\nlabel: 问候\non: customer\ntrigger: {daily: '09:00'}\nwhen: {city: 上海}\nsteps:\n"
    flow += "  - task: {title: 问候}\n"
    result = looked({"workflows/hello.yml": flow}, people.admin)
    told = {"workflow": "hello", "starts": 2, "stops": 0, "makes": {"task": [1, 1]}, "open": 0, "asked": 0}
    assert result["flows"] == [{**told, "withdrawn": 0}]


ASK = """
workflow: ask
label: 审批
on: customer
trigger: {event: created}
steps:
  - approval: {title: 同意, levels: [{to: manager}], then: [{task: {title: 做}}, {notify: {to: owner, text: 好}}]}
  - notify: {to: owner, text: 完}
"""


def test_approvals_and_what_else_a_draft_asks_of_people_are_counted(people, make):
    publish("ask", ASK)
    make("customer", name="戊", owner=people.alice.id)
    settle()
    changed = ASK.replace("  - approval:", "  - wait: {for: 1 day}\n  - approval:")
    (told,) = looked({"workflows/ask.yml": changed}, people.admin)["flows"]
    makes = {"approval": [1, 1], "task": [0, 1], "notify": [1, 2]}
    assert told["makes"] == makes
    assert (told["starts"], told["open"], told["asked"], told["withdrawn"]) == (None, 1, 1, 1)
    (gone,) = looked({"workflows/ask.yml": None}, people.admin)["flows"]
    assert (gone["starts"], gone["makes"], gone["asked"], gone["withdrawn"]) == (0, {}, 1, 1)


SPENT = "tiers/customer_tier.yml"


def test_a_changed_figure_is_worked_out_anew_for_the_matrix(app, people, make):
    customer = make("customer", name="己", owner=people.alice.id)
    for number, days in enumerate((10, 500)):
        on = clock.today() - timedelta(days=days)
        make("order", number=f"N{number}", customer=customer.id, ordered_on=on, amount="60000", status="completed")
    held = records.fetch("customer", customer.id, SYSTEM)["tier"]
    path = "metrics/annual_spend.yml"
    (tier,) = looked(drafted(("window: 365 days", "window: 3650 days"), path=path), people.admin)["tiers"]
    assert (tier["all"], tier["anew"]) == ([[held, "key", 1]], ["annual_spend"])
    assert records.fetch("customer", customer.id, SYSTEM)["annual_spend"] == 60000


def test_moves_that_wait_for_grace_stand_apart(customers, people, make):
    rule = shipped()[SPENT].replace("field: tier\n", "field: tier\ngrace: 30 days\n", 1)
    rule = rule[: rule.index("tests:")]
    releases.publish_document(SPENT, rule, by=SYSTEM, note="test")
    with transaction():
        entity, table = schema.current().entities["customer"], records.tables.table_of("customer")
        db.session.execute(sa.update(table).values({records.tables.column(table, entity, "tier"): "vip"}))
        first = customers[0].id
        since = clock.now() - timedelta(days=31)
        told = {"tier": "customer_tier", "entity": "customer", "record_id": first, "since": since}
        db.session.add(TierHold(**told, until=clock.now() - timedelta(days=1)))
    _result, plan = releases.preview({**shipped(), SPENT: rule.replace("gte: 30%", "gte: 31%", 1)})
    matrix = foresight.effects.matrix(plan, "customer_tier")
    assert (matrix.moved, matrix.later) == (3, 2)
    assert matrix.waiting == {("vip", "standard"): 2}


def test_permissions_gained_and_lost_are_told_by_role(app):
    seller = shipped()["roles/seller.yml"]
    seller = seller.replace("may: [import, export,", "may: [import, audit.read,")
    seller = seller.replace("customer: {view: team,", "customer: {view: all,").replace(
        "credit_rating: read", "credit_rating: mask"
    )
    new = check.check({**shipped(), "roles/seller.yml": seller}).catalog
    told = {(one.what, one.before, one.after, one.gained) for one in foresight.rights(schema.current(), new)}
    assert told == {
        ("audit.read", "", "✓", True),
        ("export", "✓", "", False),
        ("customer view", "team", "all", True),
        ("customer.credit_rating", "read", "mask", False),
    }


def test_each_change_is_classed_with_its_statement(app):
    edits = drafted(
        ("  remark: {type: long_text, label: {zh: 备注, en: Remark}}\n", "  " + CODE + "\n"),
        ("external_id, remark]", "external_id]"),
    )
    _result, plan = releases.preview({**shipped(), **edits})
    told = [(step.kind, step.care) for step in foresight.storage.steps(plan)]
    assert told == [("archive", "hides"), ("add", "safe"), ("layout", "safe")]
    assert foresight.storage.steps(plan)[1].statement.startswith("ALTER TABLE record_customer ADD COLUMN code_f")


def test_a_relation_is_a_column_and_a_table_beside_it(app):
    partners = "  partners: {type: references, to: customer, label: 伙伴}\n"
    head = "\nfields:\n"
    _result, plan = releases.preview({**shipped(), **drafted((head, head + partners))})
    (step,) = foresight.storage.steps(plan)
    assert step.kind == "add" and "CREATE TABLE record_customer$partners_f" in step.statement
    _result, plan = releases.preview(
        {**shipped(), **drafted(("label: {zh: 意向产品, en: Products of interest}, filterable: true", "label: 意向"))}
    )
    assert not any(step.statement for step in foresight.storage.steps(plan))


def test_an_index_is_named_as_this_engine_builds_it(app, engine_name):
    edits = drafted(
        ("city: {type: text,", "city: {type: text, unique: true,"),
        ("employees: {type: integer,", "employees: {type: integer, filterable: true,"),
    )
    _result, plan = releases.preview({**shipped(), **edits})
    told = [step.statement for step in foresight.storage.steps(plan) if step.kind == "index"]
    assert any(line.startswith("CREATE INDEX") and "employees_f" in line for line in told)
    assert all(("CONCURRENTLY" in line) == (engine_name == "postgresql") and "UNIQUE" not in line for line in told)


def test_a_draft_with_errors_is_told_so(customers, people, as_):
    """A lower threshold breaks a test of the tier, so there is nothing to look at yet."""
    admin = as_(people.admin)
    keep(admin, TIER, ("repurchase_rate: {gte: 15%}", "repurchase_rate: {gte: 1%}"))
    answer = post(admin, "/studio/forecasts")
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert "Counting" in admin.get(address).text
    assert jobs.run_now(int(address.rpartition("/")[2])).state == "done"
    assert "Mend the errors and look again" in admin.get(address).text


def test_a_file_of_refused_records(customers, people, as_):
    admin = as_(people.admin)
    keep(admin, "/studio/documents/entities/customer", ("min: 0, max: 5000000", "min: 0, max: 100"))
    address = post(admin, "/studio/forecasts").headers["Location"]
    jobs.run_now(int(address.rpartition("/")[2]))
    page = admin.get(address)
    assert (page.status_code, "a value the field no longer takes" in page.text) == (200, True)
    file = admin.get(f"{address}/refused/0.csv")
    assert file.get_data(as_text=True).split() == ["\ufeffid,employees", f"{customers[1].id},5000"]
    assert admin.get(f"{address}/refused/7.csv").status_code == 404


def test_no_record_out_of_reach_is_named(customers, people, as_):
    docs.publish(docs.designer())
    people.charlie.roles = [PersonRole(role_key="designer")]
    abroad = as_(people.charlie)
    keep(abroad, "/studio/documents/entities/customer", ("min: 0, max: 5000000", "min: 0, max: 1"))
    address = post(abroad, "/studio/forecasts").headers["Location"]
    found = jobs.run_now(int(address.rpartition("/")[2])).result
    assert broken(found) == [("employees", "value", 2, [customers[0].id, customers[1].id])]
    page = abroad.get(address).text
    assert "a value the field no longer takes" in page
    assert f"#{customers[0].id}" not in page
    file = abroad.get(f"{address}/refused/0.csv").get_data(as_text=True)
    assert file.split() == ["\ufeffid,employees"]


def test_where_used_and_another_key(people, as_):
    admin = as_(people.admin)
    assert "/studio/entities/customer/fields/status" in admin.get("/studio/entities/customer/fields").text
    page = admin.get("/studio/entities/customer/fields/status").text
    assert "key_customer_silence" in page
    assert post(admin, "/studio/entities/customer/fields/status/renaming", {"new": "state"}).status_code == 303
    review = admin.get("/studio/review").text
    assert "workflows/key_customer_silence.yml" in review and "Renamed" in review


def test_a_formula_tells_that_postgresql_writes_the_table_anew(app, engine_name):
    twice = "twice: {type: formula, label: 两倍, formula: 'employees * 2', result: integer}"
    edits = drafted(("  remark: {type: long_text,", f"  {twice}\n  remark: {{type: long_text,"))
    _result, plan = releases.preview({**shipped(), **edits})
    (step,) = foresight.storage.steps(plan)
    kept, care = {"postgresql": ("STORED", "fills"), "sqlite": ("VIRTUAL", "safe")}[engine_name]
    assert (step.kind, step.care) == ("add", care)
    assert step.statement.endswith(f"GENERATED ALWAYS AS (…) {kept}")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_rings_that_are_no_longer_allowed_are_counted_and_named(customers, people, as_):
    number = docs.publish(with_field(shipped(), DEPUTY % "rings: true, ")).number
    ids = [record.id for record in customers]
    with transaction():
        for record, at in zip(customers, (1, 0, 0), strict=True):
            records.save(records.fetch("customer", record.id, SYSTEM, "edit"), {"deputy": ids[at]}, by=SYSTEM)
        edits = with_field(shipped(), DEPUTY % "")
        job = foresight.impact.ask(number, {CUSTOMER: edits[CUSTOMER]}, people.admin)
    job_id = job.id
    assert broken(jobs.run_now(job_id).result) == [("deputy", "value", 2, ids[:2])]
