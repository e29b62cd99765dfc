"""How templates are drawn: what is kept for all pages is the same for everybody, in each language, and escaped."""

import itertools
import os

import pytest
from flask import render_template_string, url_for
from flask_babel import force_locale
from jinja2 import pass_context
from markupsafe import Markup

from portal import schema
from portal.blueprints import engine
from portal.fields import Text

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def drawn(app):
    """Draws a source as a page does."""

    def draw(source: str, **values: object) -> str:
        return render_template_string(source, **values)

    with app.test_request_context():
        yield draw


@pytest.mark.parametrize(("locale", "told"), [("zh_Hans_CN", "共 &lt;7&gt; 条"), ("en", "&lt;7&gt; in all")])
def test_words_follow_the_language_and_escape_their_values(drawn, locale, told) -> None:
    with force_locale(locale):
        assert drawn("{{ _('%(count)s in all', count=n) }}", n="<7>") == told


def test_words_without_values_are_kept_for_each_language(drawn) -> None:
    for _again in range(2):
        with force_locale("en"):
            assert drawn("{{ _('Save') }} {{ label }}", label=Text(zh="<甲>", en="<A>")) == "Save &lt;A&gt;"
        with force_locale("zh_Hans_CN"):
            assert drawn("{{ _('Save') }} {{ label }}", label=Text(zh="<甲>", en="<A>")) == "保存 &lt;甲&gt;"


def test_words_are_plain_where_a_template_escapes_nothing(app, drawn) -> None:
    source = "{% autoescape false %}{{ _('%(count)s in all', count='<7>') }} {{ _('Save') }}{% endautoescape %}"
    with force_locale("en"):
        assert drawn(source) == "<7> in all Save"


class Told:
    """Something that knows its own markup."""

    def __html__(self) -> str:
        return "<i>t</i>"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("<b>&\"'", "&lt;b&gt;&amp;&#34;&#39;"),
        (Markup("<b>"), "<b>"),
        (Text(zh="<甲>", en="<A>"), "&lt;甲&gt;"),
        (Told(), "<i>t</i>"),
        (7, "7"),
        (None, "None"),
    ],
)
def test_values_are_put_out_as_jinja_does(app, drawn, value, told) -> None:
    assert drawn("{{ value }}", value=value) == told
    assert drawn("{% autoescape false %}{{ value }}{% endautoescape %}", value=value) == str(value)


def test_a_symbol_is_kept_only_without_a_label(app) -> None:
    """A label may be anybody's text, and texts that look the same may be markup or not."""
    with app.test_request_context():
        assert "<b>" in engine.symbol("home", label=Markup("<b>"))
        assert "<b>" not in engine.symbol("home", label="<b>")
        assert engine.symbol("home") is engine.symbol("home")
        assert engine.symbol("home", "big").startswith('<svg class="icon big"')


def test_files_are_addressed_by_their_content(app, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(engine, "STATIC", tmp_path)
    monkeypatch.setitem(app.config, "DEBUG", True)
    file = tmp_path / "some.css"
    file.write_text("a {}")
    with app.test_request_context():
        first = engine.asset("some.css")
        file.write_text("a { color: red }")
        os.utime(file, (1, 1))  # two writes may fall into one tick of the file system's clock
        assert engine.asset("some.css") != first


@pytest.mark.parametrize("root", ["", "/crm"])
def test_addresses_of_records_are_those_of_the_routing_map(app, root) -> None:
    customer, order = (schema.current().entities[key] for key in ("customer", "order"))
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
        for _again, entity, id_ in itertools.product(range(2), (customer, order), (1, 42, 2**50)):
            for endpoint in ("records.show", "records.edit", "records.history"):
                told = engine.address(endpoint, entity=entity, record_id=id_)
                assert told == url_for(endpoint, entity=entity, record_id=id_)
            assert engine.address("records.index", entity=entity) == url_for("records.index", entity=entity)
            given = {"entity": entity, "record_id": id_, "tab": "a b&c"}
            assert engine.address("records.show", **given) == url_for("records.show", **given)
        assert engine.address("auth.me") == f"{root}/me"


def test_functions_and_macros_are_called_with_what_they_ask_for(app, drawn) -> None:
    """Whether a template calls a function, one that asks for the context, a method, a class or a macro."""
    macro = "{% macro m(a, b=2) %}{{ a }}{{ b }}{{ caller() if caller }}{% endmacro %}"
    calls = """{{ plain(n, b="<") }}|{{ asks("x") }}|{{ text.upper() }}|{{ kind(n) }}|{{ m(n) }}|"""
    called = "{% call m(n, b=3) %}!{% endcall %}"
    source = f"{macro}{{% block one %}}{{% for n in [1] %}}{calls}{called}{{% endfor %}}{{% endblock %}}"
    given = {"plain": lambda a, b: f"{a}{b}", "asks": pass_context(lambda c, a: f"{a}{c['text']}"), "kind": str}
    assert drawn(source, text="t", **given) == "1&lt;|xt|T|1|12|13!"


def test_macros_are_made_once(app) -> None:
    template = app.jinja_env.get_template("components/badge.html")
    assert template.module is template._get_default_module(template.new_context({"more": 1}))
