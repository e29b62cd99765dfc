"""Texts that people write: what they may say, and what they may not."""

import pytest

from portal.mail.merge import MAX_OUTPUT, MergeError, MergeTemplate


def test_fields_and_fallbacks_are_filled_in():
    template = MergeTemplate(
        '尊敬的{{ contact.name | default("客户") }}：{% if tier == "vip" %}专属顾问{% else %}您好{% endif %}'
    )
    assert template.render({"contact": {"name": "李雷"}, "tier": "vip"}) == "尊敬的李雷：专属顾问"
    assert template.render({"contact": {"name": "  "}}) == "尊敬的客户：您好"
    assert template.render({}) == "尊敬的客户：您好"
    assert template.names == {"contact.name", "tier"}


def test_html_escapes_values_and_text_does_not():
    assert MergeTemplate("<b>{{ x }}</b>", is_html=True).render({"x": "<i>"}) == "<b>&lt;i&gt;</b>"
    assert MergeTemplate("{{ x }}").render({"x": "<i>"}) == "<i>"


@pytest.mark.parametrize(
    "source",
    [
        "{{ contact.query.delete() }}",
        "{{ ''.__class__ }}",
        "{{ x['__class__'] }}",
        "{{ x|attr('y') }}",
        "{{ x|map('upper')|list }}",
        "{% set x = 1 %}",
        "{% include 'a' %}",
        "{% import 'a' as b %}",
        "{% macro f() %}{% endmacro %}",
        "{{ range(10) }}",
        "{{ 9**9**9 }}",
        "{{ 'a' * 999999999 }}",
        "{{ _x }}",
        "{{ x._y }}",
        "{{ 1 + 1 }}",
        "{% for a in x %}{% for b in a %}{% endfor %}{% endfor %}",
        "{% for a in x recursive %}{% endfor %}",
        "{{ [1] }}",
        "{{ {} }}",
        "{{ x is defined }}",
        "{{ x if y }}",
        "{{ lipsum }}{{ cycler.__init__ }}",
        "{{ x",
        "{% raw %}{% endfor %}",
        "x" * 64_001,
    ],
)
def test_anything_else_is_refused_before_it_runs(source):
    with pytest.raises(MergeError):
        MergeTemplate(source)


def test_an_error_names_its_line():
    with pytest.raises(MergeError) as caught:
        MergeTemplate("好\n{{ x|nope }}")
    assert caught.value.line == 2


def test_values_are_plain_copies_and_loops_are_bounded():
    class Row:
        def delete(self):
            raise AssertionError("reached")

        def __str__(self):
            return "row"

    assert MergeTemplate("{{ row.delete }}{{ row }}").render({"row": Row()}) == "row"
    assert MergeTemplate("{% for x in xs %}{{ x }}{% endfor %}").render({"xs": ["a"] * 500}) == "a" * 100


def test_output_is_bounded():
    template = MergeTemplate("{% for x in xs %}{{ x }}{% endfor %}")
    with pytest.raises(MergeError):
        template.render({"xs": ["好" * (MAX_OUTPUT // 50)] * 100})
