"""Which control a key gets: decided by the type that the model gives it, nothing else."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, ForwardRef, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from portal.fields import FIELD_TYPES, Text
from portal.forms.builder import Builder
from portal.forms.document import groups, length, suggestions
from portal.forms.document.control import ABSENT, Control, Path, Problem
from portal.forms.document.fresh import fresh_of
from portal.forms.document.hints import hint_of
from portal.forms.document.single import Fixed, Label, Line, Long, Pick, Raw, Scalar, Tick, Words
from portal.schema import Catalog, Entity, conditions, nouns
from portal.security import Actor


@dataclass(frozen=True)
class Setting:
    """What a form stands among: the other documents, who looks, what is wrong, and the entity it speaks of."""

    catalog: Catalog
    person: Actor
    problems: Sequence[Problem] = ()
    subject: Entity | None = None
    answers: Entity | None = None  # of a survey: what its conditions speak of
    refused: Mapping[str, tuple[str, object]] = field(default_factory=dict)

    def about(self, key: object) -> "Setting":
        """The same, speaking of another entity."""
        entity = self.catalog.entities.get(str(key)) if key else None
        return replace(self, subject=entity) if entity else self


def whole(kind: str, key: str, tree: Mapping[str, Any], setting: Setting) -> groups.Group:
    """Return the form of a document."""
    model = nouns.KINDS[kind]
    setting = setting.about(key if model is nouns.EntityNoun else None)
    if model is nouns.SurveyNoun and (made := setting.catalog.questionnaires.get(key)):
        setting = replace(setting, answers=made.sheet)
    found = _group(setting, (), model, dict(tree))
    children = [Fixed(**_facts(one)) if one.key == model.named else one for one in found.children]
    found.children = sorted(children, key=lambda one: one.key in nouns.ProvenNoun.model_fields)  # examples come last
    return found


def part(kind: str, key: str, tree: Mapping[str, Any], path: Path, setting: Setting) -> Control | None:
    """Return the form of a part that has a page of its own: a field of an entity."""
    fields = tree.get("fields")
    if kind != "entities" or len(path) != 2 or path[0] != "fields" or not isinstance(fields, dict):
        return None
    value = fields.get(str(path[1]))
    return _group(setting.about(key), path, nouns.FieldNoun, value) if isinstance(value, dict) else None


def _facts(control: Control) -> dict[str, Any]:
    return {"path": control.path, "value": control.value, "help": control.help, "problems": control.problems}


def _group(setting: Setting, path: Path, model: type[BaseModel], value: Any, **more: Any) -> groups.Group:
    inner = setting
    if isinstance(value, dict):
        for word in ("on", "entity", "from"):
            inner = inner.about(value.get(word)) if path or word != "entity" else inner
    shape = groups.OneOf if is_one_of(model) else groups.Group
    children = list(_children(inner, path, model, value if isinstance(value, dict) else {}))
    return shape(path=path, value=value, children=children, problems=setting.problems, **more)


def is_one_of(model: type[BaseModel]) -> bool:
    """Whether a part of this model is exactly one of its keys, as a step is."""
    return hasattr(model, "kind") and hasattr(model, "body")


def _children(setting: Setting, path: Path, model: type[BaseModel], value: dict[str, Any]) -> Iterator[Control]:
    infos = dict(_infos(model, value))
    for key, info in infos.items():
        yield _control(setting, (*path, key), info, value.get(key, ABSENT))
    for key in value:
        if key not in infos:
            yield _raw(setting, (*path, key), value[key])


def _infos(model: type[BaseModel], value: Mapping[str, Any]) -> Iterator[tuple[str, FieldInfo]]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, ForwardRef):  # a part that may hold parts of its own kind
            info = copy(info)
            info.annotation = get_type_hints(model)[name]
        yield info.alias or name, info
    if issubclass(model, nouns.Declaration) and (kind := FIELD_TYPES.get(str(value.get("type")))):
        for name, info in kind.model_fields.items():
            yield info.alias or name, info


def _control(setting: Setting, path: Path, info: FieldInfo, value: Any) -> Control:
    annotation = info.rebuild_annotation()
    if get_origin(annotation) is Annotated and NoneType in get_args(get_args(annotation)[0]):
        annotation = get_args(annotation)[0]  # what limits a number says nothing of its control
    optional = NoneType in get_args(annotation)
    if optional:
        rest = [part for part in get_args(annotation) if part is not NoneType]
        annotation = rest[0] if len(rest) == 1 else Any
    made = _of(setting, path, annotation, value, optional=optional, default=info.default)
    made.help, made.required = hint_of(info, path[-1]), info.is_required()
    return made


def _of(
    setting: Setting, path: Path, annotation: Any, value: Any, *, optional: bool = False, default: Any = None
) -> Control:
    """Return the control for a type; a value of another shape than the type's is shown as YAML."""
    facts: dict[str, Any] = {"path": path, "value": value, "problems": setting.problems}
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if annotation == nouns.When:
        return _rule(setting, path, value)
    made = None
    if isinstance(bare, type) and get_origin(bare) is None and issubclass(bare, BaseModel):
        made = _model(setting, path, bare, value, optional)
    elif get_origin(bare) is dict:
        made = _named(setting, path, get_args(bare), value)
    elif get_origin(bare) in (tuple, list):
        made = _several(setting, path, annotation, value)
    elif bare is bool:
        made = Tick(**facts, default=default is True) if _fits(value, bool) else None
    elif _is_scalar(value):
        made = _single(setting, path, annotation, bare, facts)
    return made or _raw(setting, path, value)


def _single(setting: Setting, path: Path, annotation: Any, bare: Any, facts: dict[str, Any]) -> Control | None:
    if found := length.known(annotation):
        made = length.Length(**facts, units=found[0], instead=found[1])
        return made if made.is_readable else Line(**facts)
    if get_origin(bare) is Literal:
        return Pick(**facts, choices=_words(bare, path[-1]))
    if annotation == nouns.Colour or path[-1] == "colour":
        return Pick(**facts, choices=[(colour, suggestions.word(colour)) for colour in nouns.COLOURS])
    if path[-1] == "type":
        return Pick(**facts, choices=[(key, kind.label) for key, kind in FIELD_TYPES.items()])
    if get_origin(bare) is UnionType:  # a word, or what is shown as YAML where it is more
        bare = Any
    if bare not in (str, int, float, bool, Decimal, Any, dt.timedelta, dt.time, dt.date, dt.datetime):
        return None
    if path[-1] in ("body", "note", "description") or "\n" in str(facts["value"]):
        return Long(**facts)
    if bare in (str, Any) and (chosen := suggestions.closed(path, setting.catalog, setting.subject)):
        return Pick(**facts, choices=chosen)
    line = Line if bare is str else Scalar
    return line(**facts, choices=suggestions.of(path, setting.catalog, setting.subject))


def _model(setting: Setting, path: Path, model: type[BaseModel], value: Any, optional: bool) -> Control | None:
    if model is Text:
        return Label(path=path, value=value, problems=setting.problems) if _is_label(value) else None
    if not _fits(value, dict):
        return None
    return _group(setting, path, model, value, optional=optional, fresh=lambda: fresh_of(model))


def _named(setting: Setting, path: Path, inside: tuple[Any, ...], value: Any) -> Control | None:
    if not _fits(value, dict):
        return None
    keys, model = inside[0], inside[1]
    known = _words(keys, path[-1]) if get_origin(keys) is Literal else []
    known = known or suggestions.keys(path, setting.catalog, setting.subject)
    names, drills = dict(known), model is nouns.FieldNoun
    items: list[Control] = []
    for key, below in (value or {}).items():
        if drills:
            items.append(groups.Row(path=(*path, key), value=below, problems=setting.problems))
        else:
            inner = setting.about(key) if path == ("entities",) else setting
            items.append(_of(inner, (*path, key), model, ABSENT if below is None else below))
            items[-1].called = names.get(str(key))
    facts: dict[str, Any] = {"path": path, "value": value, "problems": setting.problems}
    return groups.Named(**facts, items=items, keys=known, drills=drills, fresh=lambda kind: fresh_of(model, kind))


def _several(setting: Setting, path: Path, annotation: Any, value: Any) -> Control | None:
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    item = get_args(bare)[0]
    if item is suggestions.OPTION and _fits(value, dict):
        return _named(setting, path, (str, suggestions.OptionPart), value)
    facts: dict[str, Any] = {"path": path, "value": value, "problems": setting.problems}
    if get_origin(item) is Literal:
        return Words(**facts, choices=_words(item, path[-1]), free=False)
    if isinstance(item, type) and get_origin(item) is None and issubclass(item, BaseModel):
        if not _fits(value, list):
            return None
        items = [_of(setting, (*path, place), item, below) for place, below in enumerate(value or ())]
        kinds = [(key, suggestions.name_of(key)) for key in item.model_fields] if is_one_of(item) else []
        return groups.Parts(**facts, items=items, kinds=kinds, fresh=lambda kind: fresh_of(item, kind))
    if not (_fits(value, list) or isinstance(value, str)) or _holds_more(value):
        return None
    return Words(**facts, choices=suggestions.of(path, setting.catalog, setting.subject))


def _words(annotation: Any, key: object) -> list[tuple[str, Any]]:
    return [(str(word), suggestions.word(word, key)) for word in get_args(annotation)]


def _rule(setting: Setting, path: Path, value: Any) -> Control:
    entity = setting.answers or setting.subject
    made = groups.Rule(path=path, value=value, problems=setting.problems, refused=dict(setting.refused))
    if entity is None:
        return made
    try:
        condition = conditions.parse(None if value is ABSENT else value, entity)
    except conditions.ConditionError:
        return made
    made.entity, made.sentence = entity.key, condition.sentence()
    made.builder = Builder.of(condition, entity, setting.person, prefix=f"{made.name}/")
    made.build = lambda sent, prefix: Builder.sent(sent, entity, setting.person, prefix=prefix)
    return made


def _raw(setting: Setting, path: Path, value: Any) -> Control:
    return Raw(path=path, value=value, problems=setting.problems, refused=dict(setting.refused))


def _fits(value: Any, kind: type) -> bool:
    return value is ABSENT or value is None or isinstance(value, kind)


def _is_label(value: Any) -> bool:
    return _fits(value, dict) or isinstance(value, str)


def _is_scalar(value: Any) -> bool:
    return value is ABSENT or value is None or isinstance(value, str | int | float | bool)


def _holds_more(value: Any) -> bool:
    return isinstance(value, list) and not all(isinstance(item, str) for item in value)
