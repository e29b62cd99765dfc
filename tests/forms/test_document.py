"""A document as a form: what is shown is what stands there, and what is not touched stays to the letter."""

from difflib import SequenceMatcher
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel
from werkzeug.datastructures import MultiDict

from portal.forms import document
from portal.forms.document import suggestions
from portal.schema import check, directory, nouns, source
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
        case "length":
            sent[name], sent[f"{name}/unit"] = control.parts
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


def changed_by(path, text=None, **sent):
    """The text after a form was sent back with some inputs changed."""
    form = form_of(path, text)
    given = sent_by(form)
    for name, value in sent.items():
        given[name] = value
    return document.kept(text or SHIPPED[path], form, given)


def test_a_length_of_time_is_a_number_and_a_unit(app):
    due, wait = "d/steps/0/task/due", "d/steps/1/wait/for"
    with app.test_request_context():
        task = form_of(FLOW).at(("steps", 0, "task", "due"))
        assert (task.template, task.parts) == ("length", ("1", "days"))
        assert form_of(FLOW).at(("steps", 1, "wait", "for")).parts == ("", "task_done")
        for given, said in ((("2", "workdays"), "2 workdays"), (("1", "hours"), "1 hour"), (("x", "days"), "x")):
            text = changed_by(FLOW, **{due: given[0], f"{due}/unit": given[1]})
            assert changed_lines(SHIPPED[FLOW], text) and source.read("", text).tree["steps"][0]["task"]["due"] == said
        text = changed_by(FLOW, **{wait: "3", f"{wait}/unit": "hours"})
        assert source.read("", text).tree["steps"][1]["wait"]["for"] == "3 hours"
        back = changed_by(FLOW, text, **{f"{wait}/unit": "task_done"})
        assert source.read("", back).tree["steps"][1]["wait"]["for"] == "task_done"
        none = changed_by(FLOW, **{"d/again_after": ""})
        assert "again_after" not in source.read("", none).tree
        odd = SHIPPED[FLOW].replace("at_most: 3 days", "at_most: soon")
        assert form_of(FLOW, odd).at(("steps", 1, "wait", "at_most")).template == "line"  # as it stands, with its error


def test_steps_offer_the_words_that_fit(app):
    path = "workflows/rating_release.yml"
    with app.test_request_context():
        form = form_of(path)
        level = ("steps", 0, "approval", "levels", 0)
        assert {"owner", "manager"} <= dict(form.at((*level, "to")).choices).keys()
        assert form.at((*level, "within")).template == "length"
        status = form.at(("steps", 0, "approval", "else", 0, "set", "status"))
        assert status.template == "pick" and "prospect" in dict(status.choices)
        given = form_of("assignment/new_customers.yml").at(("otherwise",))
        assert {"pool", "seller"} <= dict(given.choices).keys()
        added = document.act(SHIPPED[path], form, "add:steps", MultiDict({"d/steps/kind": "mail"}))
        to = form_of(path, added).at(("steps", 1, "mail", "to"))
        assert [key for key, _label in to.choices] == ["email"]
        since = form_of("assignment/new_customers.yml").at(("pool", "recycle", "since"))
        assert since.template == "pick" and {"last_follow_up_on"} <= dict(since.choices).keys()
        assert not {"name", "tier"} & dict(since.choices).keys()
        through = dict(form_of("metrics/annual_spend.yml").at(("through",)).choices)
        assert "customer" in through and "amount" not in through


def test_no_word_of_a_closed_list_is_shown_as_a_bare_key():
    bare = [f"{kind}: {key}: {word}" for kind in nouns.KINDS for key, word in closed_words(nouns.KINDS[kind], set())]
    assert bare == []


def closed_words(annotation, seen, key=""):
    """The words that a document's model offers at a key and nobody has named."""
    if get_origin(annotation) is Literal:
        yield from ((key, word) for word in get_args(annotation) if suggestions.word(word, key) is word)
    for inside in get_args(annotation):
        yield from closed_words(inside, seen, key) if get_origin(annotation) is not Literal else ()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        seen.add(annotation)
        for name, info in annotation.model_fields.items():
            yield from closed_words(info.annotation, seen, info.alias or name)


def test_numbers_within_limits_and_words_of_several_kinds_have_inputs(app):
    with app.test_request_context():
        pool = form_of("assignment/new_customers.yml").at(("pool", "capacity"))
        assert (pool.template, pool.shown) == ("line", "200")
        report = form_of("reports/activity.yml")
        amount = next(one for one in every(report) if one.path[-2:] == ("value", "sum"))
        assert amount.template == "line" and "amount" in dict(amount.choices)
        kept = changed_by("assignment/new_customers.yml", **{"d/pool/capacity": "300"})
    assert changed_lines(SHIPPED["assignment/new_customers.yml"], kept) == ["  capacity: 300"]


def every(control):
    yield control
    for child in control.inner():
        yield from every(child)
