"""A document as a form: what is shown is what stands there, and what is not touched stays to the letter."""

from difflib import SequenceMatcher
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from werkzeug.datastructures import MultiDict

from portal.forms import document
from portal.schema import check, directory, source
from portal.security import SYSTEM
from tests.forms.sent import sent_lines

SHIPPED = directory.load()


@pytest.fixture(params=["sqlite"])
def engine_name(request):
    """Nothing here asks the database."""
    return request.param


TIER = "tiers/customer_tier.yml"
FLOW = "workflows/key_customer_silence.yml"
NEVER = ("100000}\n    strategy", "100000}\n        - not: {always: true}\n    strategy")
"""A change that brings a condition into the tier which no line of the builder says."""


def form_of(path, text=None, at=None):
    documents = {**SHIPPED, path: text or SHIPPED[path]}
    result = check.check(documents)
    kind, _, key = path.removesuffix(".yml").partition("/")
    tree = result.trees[path]
    mine = [problem for problem in result.problems if problem.file == path]
    setting = document.Setting(result.catalog, SYSTEM, mine).about(tree.get("on"))
    return document.part(kind, key, tree, at, setting) if at else document.whole(kind, key, tree, setting)


def sent_by(control) -> MultiDict:
    """What a browser sends of the form as it is shown."""
    sent = MultiDict()
    _send(control, sent)
    return sent


def _send(control, sent) -> None:
    name = control.name
    match control.template:
        case "line" | "long" | "pick" | "raw":
            sent[name] = control.shown.replace("\n", "\r\n")
        case "tick":
            sent[f"{name}!"] = "1"
            if control.is_on:
                sent[name] = "y"
        case "label":
            sent[f"{name}/zh"], sent[f"{name}/en"] = control.zh, control.en
        case "words":
            sent[f"{name}!"] = "1"
            sent.setlist(name, control.chosen)
        case "rule":
            _send_rule(control, sent)
    for child in control.inner():
        if control.template != "group" or child in control.shown:
            _send(child, sent)


def _send_rule(control, sent) -> None:
    if control.builder is None:
        sent[control.name] = control.shown
        return
    sent[f"{control.name}/shown"] = "1"
    for name, value in sent_lines(control.builder):
        sent.add(name, value)


def test_a_form_sent_back_as_it_is_shown_changes_nothing(app):
    with app.test_request_context():
        for path in sorted(SHIPPED):
            form = form_of(path)
            assert document.kept(SHIPPED[path], form, sent_by(form)) == SHIPPED[path], path


def test_every_field_has_a_form_that_changes_nothing_by_itself(app):
    with app.test_request_context():
        for path in ("entities/customer.yml", "entities/task.yml"):
            for key in source.read(path, SHIPPED[path]).tree["fields"]:
                form = form_of(path, at=("fields", key))
                assert document.kept(SHIPPED[path], form, sent_by(form)) == SHIPPED[path], key


def changed_lines(old: str, new: str) -> list[str]:
    before, after = old.splitlines(), new.splitlines()
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [line for kind, _, _, start, end in steps if kind != "equal" for line in after[start:end]]


def test_a_changed_value_changes_its_line_alone(app):
    with app.test_request_context():
        form = form_of(TIER)
        sent = sent_by(form)
        sent["d/levels/vip/share"] = "6%"
        sent["d/levels/key/label/en"] = "Key account"
        text = document.kept(SHIPPED[TIER], form, sent)
    assert changed_lines(SHIPPED[TIER], text) == ["    label: {zh: 重点客户, en: Key account}"] or changed_lines(
        SHIPPED[TIER], text
    ) == ["    share: 6%", "    label: {zh: 重点客户, en: Key account}"]
    assert text.startswith(SHIPPED[TIER].splitlines()[0])


def test_a_condition_is_changed_by_its_rows(app):
    with app.test_request_context():
        form = form_of(TIER)
        sent = sent_by(form)
        sent["d/levels/vip/when/value-0"] = "120000"
        tree = source.read("", document.kept(SHIPPED[TIER], form, sent)).tree
    tests = tree["levels"]["vip"]["when"]["all"]
    assert [str(next(iter(test["annual_spend"].values()))) for test in tests if "annual_spend" in test] == ["120000"]
    assert any("repurchase_rate" in test for test in tests)


def test_parts_are_added_moved_and_taken_away_with_their_comments(app):
    text = SHIPPED[TIER].replace("  key:\n", "  # the middle\n  key:\n")
    with app.test_request_context():
        form = form_of(TIER, text)
        down = document.act(text, form, "down:levels/vip", sent_by(form))
        assert list(source.read("", down).tree["levels"]) == ["key", "vip", "standard"]
        assert down.index("# the middle") < down.index("  key:") < down.index("  vip:")
        assert document.act(down, form_of(TIER, down), "up:levels/vip", MultiDict()) == text
        gone = document.act(text, form, "remove:levels/vip", MultiDict())
        assert list(source.read("", gone).tree["levels"]) == ["key", "standard"]
        added = document.act(text, form, "add:levels", MultiDict({"d/levels/new": "silver"}))
        assert source.read("", added).tree["levels"]["silver"] == {"label": {"zh": "新的", "en": "New"}}
        assert document.act(text, form, "add:levels", MultiDict({"d/levels/new": "vip"})) == text


def test_steps_of_a_workflow_are_chosen_by_kind(app):
    text = SHIPPED[FLOW]
    with app.test_request_context():
        form = form_of(FLOW)
        more = document.act(text, form, "add:steps", MultiDict({"d/steps/kind": "notify"}))
        assert source.read("", more).tree["steps"][-1] == {"notify": {"to": "", "text": {"zh": "新的", "en": "New"}}}
        wrong = form_of(FLOW, more.replace("to: ''", "to: nobody"))
        assert wrong.at(("steps", 3, "notify", "to")).own, "an unknown receiver is told beside its input"
        assert not wrong.at(("steps", 0, "task", "to")).own
        inner = document.act(text, form, "add:steps/2/branch/then", MultiDict({"d/steps/2/branch/then/kind": "tag"}))
        assert list(source.read("", inner).tree["steps"][2]["branch"]["then"][0]) == ["tag"]


def test_a_part_that_is_no_yaml_is_refused_and_shown_again(app):
    with app.test_request_context():
        text = SHIPPED[TIER].replace(*NEVER)
        form = form_of(TIER, text)
        sent = sent_by(form)
        sent["d/levels/key/when"] = "any: [a"
        with pytest.raises(document.Refused) as refused:
            document.kept(text, form, sent)
    assert refused.value.parts["d/levels/key/when"][0] == "any: [a"


def test_every_key_of_every_document_has_a_name() -> None:
    from portal.fields import FIELD_TYPES
    from portal.forms.document.names import NAMES
    from portal.schema.nouns import KINDS

    found: set[type[BaseModel]] = set()
    waiting: list[Any] = [*KINDS.values(), *FIELD_TYPES.values()]
    while waiting:
        one = waiting.pop()
        waiting += get_args(one)
        if isinstance(one, type) and issubclass(one, BaseModel) and one not in found:
            found.add(one)
            waiting += [info.annotation for info in one.model_fields.values()]
    keys = {info.alias or key for model in found for key, info in model.model_fields.items()}
    assert keys <= NAMES.keys(), sorted(keys - NAMES.keys())
