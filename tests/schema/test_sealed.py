"""What speaks against an encrypted field, on its line."""

import pytest

from portal.schema.check import check

WORLD = """entity: person
label: {{zh: 人, en: Person}}
plural: {{zh: 人, en: People}}
slug: humans
title: name
search: [name, card]
fields:
  name: {{type: text, label: 姓名}}
  card: {{type: text, label: 证件, sensitivity: sensitive, purpose: x, retention: 1 year{card}}}
{more}"""


def told(card="", more="", **documents):
    files = {"entities/person.yml": WORLD.format(card=card, more=more), **documents}
    return [f"{problem.line} {problem.path}: {problem.message}" for problem in check(files).problems]


def test_a_sensitive_text_should_be_encrypted():
    assert told() == ["9 fields.card: a sensitive field that is not encrypted"]
    assert told(", encrypted: true, unique: true, filterable: true") == []


@pytest.mark.parametrize(
    ("card", "more", "line"),
    [
        (", sortable: true", "", "9 fields.card.sortable: an encrypted field cannot be sorted by"),
        ("", "list: {sort: [-card]}", "10 list.sort[1]: an encrypted field cannot be sorted by"),
        (
            "",
            "  both: {type: formula, label: 全, result: text, formula: 'concat(card, name)'}",
            "10 fields.both.formula: an encrypted field cannot stand in a formula: card",
        ),
        (
            "",
            "  age: {type: integer, label: 年龄, encrypted: true}",
            "10 fields.age.encrypted: a field of this type cannot be encrypted",
        ),
    ],
)
def test_what_needs_the_value_is_refused(card, more, line):
    assert line in told(f", encrypted: true{card}", more)


def test_conditions_may_ask_only_what_it_is():
    segment = "segment: some\nlabel: 一些\non: person\nwhen: {{card: {{{operator}: x}}}}\n"
    said = {
        operator: told(", encrypted: true", **{"segments/some.yml": segment.format(operator=operator)})
        for operator in ("eq", "contains", "starts")
    }
    assert said["eq"] == []
    assert said["contains"][0].startswith('4 when.card.contains: unknown operator "contains"')
    assert said["starts"]
