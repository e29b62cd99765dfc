"""Overlays of offices: what they may say, what is refused and where, and that they never loosen."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.schema import check, deviations, directory, layers, usage
from portal.schema.source import read
from tests.schema.docs import shipped

CUSTOMER, SELLER = "offices/shanghai/entities/customer.yml", "offices/shanghai/roles/seller.yml"
GOOD = """# 上海: the words of the branch
label: {zh: 客商}
fields:
  industry: {required: true, options: {marine: {zh: 海工, en: Marine}, it: {zh: 软件}}}
  employees: {max: 1000}
  bund: {type: text, label: {zh: 外滩编号, en: Bund number}, filterable: true}
"""
RIGHTS = "may: [import]\nentities: {customer: {export: none}}\nfields: {customer.phone: mask}\n"


def found(text: str, path: str = CUSTOMER) -> list[str]:
    """The problems of the shipped documents with one overlay."""
    return [str(problem) for problem in check.check({**shipped(), path: text}).problems]


def catalog(documents: dict[str, str], *offices: str):
    """The catalogue as the offices have it."""
    return layers.catalog({path: read(path, text).tree for path, text in documents.items()}, {}, path=offices)


def test_an_office_relabels_adds_and_tightens():
    documents = {**shipped(), CUSTOMER: GOOD, SELLER: RIGHTS}
    assert not check.check(documents).problems
    base, own = catalog(documents), catalog(documents, "shanghai")
    ours = own.entities["customer"]
    assert (ours.label.zh, ours.label.en) == ("客商", "Customer")
    assert ours.fields["industry"].required and not base.entities["customer"].fields["industry"].required
    assert dict(ours.fields["industry"].type.choices())["it"].zh == "软件"
    assert ours.fields["employees"].type.max == 1000
    assert ours.form[-1].fields == ("bund",)
    assert "bund" not in base.entities["customer"].fields
    assert "bund" in base.stored["customer"].fields
    assert own.roles["seller"].may == ("import",)
    assert own.roles["seller"].entities["customer"].export == "none"
    assert own.roles["seller"].entities["customer"].edit == "own"
    assert base.overlaid == {"shanghai"}


def test_an_option_of_an_office_is_read_everywhere_and_offered_only_there():
    documents = {**shipped(), CUSTOMER: GOOD}
    base = catalog(documents).entities["customer"].fields["industry"].type
    assert base.text("marine") == "海工"
    assert "marine" not in dict(base.choices()) and not base.is_offered("marine")
    assert base.is_offered("marine", "marine")  # what is held may stay
    own = catalog(documents, "shanghai").entities["customer"].fields["industry"].type
    assert "marine" in dict(own.choices()) and own.is_offered("marine")


@pytest.mark.parametrize(
    ("text", "path", "told"),
    [
        ("fields:\n  name: {required: false}\n", CUSTOMER, ":2 fields.name.required: an office may not loosen this"),
        (
            "fields:\n  name:\n    max_length: 500\n",
            CUSTOMER,
            ":3 fields.name.max_length: an office may narrow a range",
        ),
        ("fields:\n  short_name: {max_length: 90}\n", CUSTOMER, "the limit above is 60"),
        ("fields:\n  employees: {min: -5}\n", CUSTOMER, "the limit above is 0"),
        ("fields:\n  city: {max_length: null}\n", CUSTOMER, "an office may not take a limit away"),
        (
            "fields:\n  industry:\n    options: {it: }\n",
            CUSTOMER,
            ":3 fields.industry.options.it: an office may not take this away",
        ),
        ("fields:\n  industry: {options: {it: {archived: true}}}\n", CUSTOMER, "an office may not change this"),
        ("fields:\n  name: {type: long_text}\n", CUSTOMER, ":2 fields.name.type: an office may not change this"),
        ("fields:\n  name: {visible_when: {kind: personal}}\n", CUSTOMER, "an office may not change this"),
        ("fields:\n  credit_rating: {sensitivity: public}\n", CUSTOMER, 'above it is "sensitive"'),
        ("fields:\n  phoen: {label: 电话}\n", CUSTOMER, 'unknown field "phoen"; did you mean "phone"?'),
        ("fields:\n  no_one: {type: auto_number, label: x}\n", CUSTOMER, "an office cannot add a field of this type"),
        ("fields:\n  mine: {type: txt, label: x}\n", CUSTOMER, ':2 fields.mine.type: unknown type "txt"'),
        ("form:\n  - {section: x, fields: [nope]}\n", CUSTOMER, ':2 form[1].fields[1]: unknown field "nope"'),
        ("list: {sort: [name]}\n", CUSTOMER, "list.sort: an office may not change this"),
        ("entity: order\n", CUSTOMER, 'the document below is called "customer"'),
        ("may: [import, admin]\n", SELLER, "an office may not give a right that the role does not have: admin"),
        ("entities: {customer: {view: all}}\n", SELLER, 'above it is "team"'),
        ("entities: {order: {archive: own}}\n", SELLER, 'above it is "none"'),
        ("fields: {customer.credit_rating: write}\n", SELLER, 'above it is "read"'),
        ("entities: {product: {create: true}}\n", SELLER, "an office may not give a right"),
        ("levels: {vip: {when: {status: lost}}}\n", "offices/a/tiers/customer_tier.yml", "may not change this"),
        ("label: x\n", "offices/a/tiers/vip.yml", 'unknown document "tiers/vip.yml"'),
        ("label: x\n", "offices/a/calendars/cn_office.yml", "an office has no such folder"),
        ("label: x\n", "offices/customer.yml", "an office has no such folder"),
        ("- a\n", CUSTOMER, "must be a mapping"),
    ],
)
def test_a_loosening_is_refused_in_its_line(text, path, told):
    problems = found(text, path)
    assert any(problem.startswith(path) and told in problem for problem in problems), problems


def test_two_offices_share_a_field_of_one_key_only_when_it_is_of_one_type():
    one, other = "fields: {site: {type: text, label: A}}\n", "fields: {site: {type: date, label: B}}\n"
    beijing = CUSTOMER.replace("shanghai", "beijing")
    assert not check.check({**shipped(), CUSTOMER: one, beijing: one}).problems
    (problem,) = check.check({**shipped(), CUSTOMER: one, beijing: other}).problems
    assert "another office has a field" in str(problem)


def test_offices_below_an_office_inherit_and_the_tighter_word_holds():
    below = CUSTOMER.replace("shanghai", "pudong")
    documents = {**shipped(), CUSTOMER: GOOD, below: "fields: {employees: {max: 5000}, bund: {required: true}}\n"}
    documents[below] = "fields: {employees: {max: 5000}}\n"
    ours = catalog(documents, "shanghai", "pudong").entities["customer"]
    assert ours.fields["employees"].type.max == 1000 and "bund" in ours.fields
    assert catalog(documents, "pudong").entities["customer"].fields["employees"].type.max == 5000


def test_every_value_says_its_layer(tmp_path):
    documents = {**shipped(), CUSTOMER: GOOD}
    trees = {path: read(path, text).tree for path, text in documents.items()}
    (said,) = deviations.deviations(trees, "shanghai")
    kinds = {value.name: value.leaf.kind for value in said.values}
    assert kinds["label"] == "relabels" and kinds["fields.bund"] == "adds"
    assert kinds["fields.industry.options.marine"] == "adds" and kinds["fields.employees.max"] == "tightens"
    below = deviations.values(trees, layers.Overlay("pudong", "entities/customer.yml"), ("shanghai",))
    sources = {value.name: (value.source, value.leaf.base) for value in below}
    assert sources["fields.employees.max"] == ("shanghai", 1000)
    assert sources["fields.employees.min"] == ("", 0)
    directory.export(documents, tmp_path)
    assert directory.load(tmp_path) == documents


def test_where_used_and_rename_know_overlays():
    documents = {**shipped(), SELLER: RIGHTS, CUSTOMER: "fields: {phone: {label: 手机}}\nlist: {columns: [phone]}\n"}
    places = {(use.file, use.path) for use in usage.uses(documents, "customer", "phone")}
    assert {(SELLER, "fields.customer.phone"), (CUSTOMER, "list.columns[1]")} <= places
    changed = usage.renamed(documents, "customer", "phone", "mobile")
    assert changed[CUSTOMER] == "fields: {mobile: {label: 手机}}\nlist: {columns: [mobile]}\n"
    assert "customer.mobile: mask" in changed[SELLER]
    assert not check.check({**documents, **changed}).errors


SCOPES = st.sampled_from(["none", "own", "team", "office", "all"])
GRANT = st.fixed_dictionaries(
    {}, optional={"view": SCOPES, "create": st.booleans(), "edit": SCOPES, "archive": SCOPES, "export": SCOPES}
)
ROLE = st.fixed_dictionaries(
    {},
    optional={
        "may": st.lists(st.sampled_from(["import", "export", "reports.run", "admin"]), unique=True),
        "entities": st.dictionaries(st.sampled_from(["customer", "order", "product", "holding"]), GRANT, max_size=3),
        "fields": st.dictionaries(
            st.sampled_from(["customer.phone", "customer.credit_rating", "order.profit"]),
            st.sampled_from(["hide", "mask", "read", "write"]),
        ),
    },
)
FIELD = st.fixed_dictionaries(
    {},
    optional={
        "required": st.booleans(),
        "min": st.integers(-10, 6_000_000),
        "max": st.integers(-10, 6_000_000),
        "min_length": st.integers(0, 200),
        "max_length": st.integers(1, 500),
        "options": st.dictionaries(st.sampled_from(["it", "retail", "marine"]), st.just({"zh": "词"}), max_size=2),
    },
)
ENTITY = st.fixed_dictionaries(
    {"fields": st.dictionaries(st.sampled_from(["name", "short_name", "employees", "industry"]), FIELD, max_size=3)}
)
VALUES = st.fixed_dictionaries(
    {
        "name": st.text("客户名", max_size=160),
        "short_name": st.text("简", max_size=90),
        "employees": st.integers(-20, 6_000_000),
        "industry": st.sampled_from([None, "it", "retail", "marine", "moon"]),
    }
)


def is_valid(entity, values) -> bool:
    """Whether the values can be read and nothing that is asked for is missing."""
    from portal.fields import FieldError

    try:
        read_ = {key: entity.fields[key].type.parse(value) for key, value in values.items()}
    except FieldError:
        return False
    return all(not entity.fields[key].required or read_[key] is not None for key in values)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(role=ROLE, customer=ENTITY, above=ENTITY, records=st.lists(VALUES, max_size=4))
def test_an_overlay_never_loosens(babel_app, role, customer, above, records):
    """Whatever passes the check: a record valid by it is valid by the base, a right granted by it the base grants."""
    from portal.schema.source import write

    documents = {**shipped(), SELLER: write(role or {"label": "x"}), CUSTOMER: write(customer)}
    documents["offices/east/entities/customer.yml"] = write(above)
    with babel_app.app_context():
        if check.check(documents).errors:
            return
        base, own = catalog(documents), catalog(documents, "east", "shanghai")
        for values in records:
            if is_valid(own.entities["customer"], values):
                assert is_valid(base.entities["customer"], values)
                assert is_valid(catalog(documents, "east").entities["customer"], values)
    assert_no_right_gained(base, own)


def assert_no_right_gained(base, own) -> None:
    """Every right of every role that the office has is one the base gives."""
    scale = ["none", "own", "team", "office", "all"]
    for key, role in own.roles.items():
        below = base.roles[key]
        assert set(role.may) <= set(below.may)
        for entity in own.entities:
            ours, theirs = (one.entities.get(entity) or one.entities.get("any") for one in (role, below))
            for action in ("view", "edit", "archive", "export") if ours else ():
                reach = getattr(theirs, action) if theirs else "none"
                assert scale.index(getattr(ours, action)) <= scale.index(reach)
            assert not (ours and ours.create) or theirs.create
        for path, way in role.fields.items():
            words = ["hide", "mask", "read", "write"]
            assert words.index(way) <= words.index(below.fields.get(path, "read"))
