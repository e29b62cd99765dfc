"""JSON Schemas of the documents, made from the models that check them: for editors and for completion."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from types import NoneType
from typing import Annotated, Any, ForwardRef, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from portal.fields import FIELD_TYPES, OPERATORS, Text
from portal.schema.nouns import COLOURS, KINDS, Colour, Declaration, When

DIALECT = "https://json-schema.org/draft/2020-12/schema"
KEY = r"^[a-z][a-z0-9_]{0,39}$"
TEXT = {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"zh": {}, "en": {}}}]}
NAMES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
SCALARS: dict[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": ["number", "string"]},
    str: {"type": ["string", "number", "boolean"]},
    Any: {},
}
OPTION = get_args(FIELD_TYPES["choice"].model_fields["options"].annotation)[0]
Schema = dict[str, Any]


def schema_of(kind: str) -> Schema:
    """Return the JSON Schema of one kind of document."""
    made = _Writer()
    root = made.model(KINDS[kind])
    return {"$schema": DIALECT, "title": f"{kind}/<key>.yml", **root, "$defs": {**made.definitions, **_conditions()}}


def _conditions() -> dict[str, Schema]:
    """A test's field can be any; which there are depends on the entity it speaks of."""
    several = {"type": "array", "items": {"$ref": "#/$defs/condition"}, "minItems": 1}
    words = {"all": several, "any": several, "not": {"$ref": "#/$defs/condition"}, "always": {"type": "boolean"}}
    operators: Schema = {"type": "object", "properties": {key: {} for key in OPERATORS}, "additionalProperties": False}
    test = {"anyOf": [operators, {"type": ["string", "number", "boolean", "null", "array"]}]}
    node = {"type": "object", "properties": words, "additionalProperties": test}
    return {"condition": {"anyOf": [node, {"type": "array", "items": {"$ref": "#/$defs/condition"}}, {"type": "null"}]}}


class _Writer:
    """Writes each model once, under `$defs`."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def model(self, model: type[BaseModel]) -> Schema:
        """Return the object schema of a model."""
        infos = dict(_infos(model))
        required = [key for key, info in infos.items() if info.is_required()]
        made: Schema = {
            "type": "object",
            "description": (model.__doc__ or "").strip().split("\n")[0],
            "properties": {key: self.field(info) for key, info in infos.items()},
            "additionalProperties": False,
        }
        return made | ({"required": required} if required else {})

    def field(self, info: FieldInfo) -> Schema:
        return self.of(info.rebuild_annotation())

    def of(self, annotation: Any) -> Schema:
        if annotation == When:
            return {"$ref": "#/$defs/condition"}
        if annotation == Colour:
            return {"enum": list(COLOURS)}
        if get_origin(annotation) is Annotated:
            return self._annotated(annotation)
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin is dict:
            return self._mapping(arguments)
        if origin in (tuple, list):
            return self._several(arguments[0])
        if arguments:
            kinds = [{"type": "null"} if part is NoneType else self.of(part) for part in arguments]
            return {"anyOf": kinds}
        return self._bare(annotation)

    def _annotated(self, annotation: Any) -> Schema:
        bare = get_args(annotation)[0]
        if bare is str or get_origin(bare) in (dict, tuple, list):
            pattern = next((part.pattern for part in get_args(annotation)[1:] if getattr(part, "pattern", None)), None)
            return {"type": "string", "pattern": pattern} if pattern else self._loose(bare)
        return {} if bare not in SCALARS else self.of(bare)

    def _loose(self, bare: Any) -> Schema:
        """A list may be written as one word where a validator reads it so."""
        if get_origin(bare) in (tuple, list):
            inside = self._several(get_args(bare)[0])
            return {"anyOf": [inside, {"type": "string"}]}
        return self.of(bare)

    def _several(self, item: Any) -> Schema:
        if item is OPTION:
            return {"anyOf": [{"type": "array"}, {"type": "object", "additionalProperties": self._option()}]}
        if item in (dt.date, dt.time) or get_origin(item) is tuple:
            return {"type": "array", "items": {"type": "string"}}
        return {"type": "array", "items": self.of(item)}

    def _option(self) -> Schema:
        keys: Schema = {"zh": {"type": "string"}, "en": {"type": "string"}}
        for key, info in OPTION.model_fields.items():
            if key not in ("key", "zh", "en"):
                keys[key] = {"enum": list(COLOURS)} if key == "colour" else self.field(info)
        inside = {"type": "object", "properties": keys, "additionalProperties": False}
        return {"anyOf": [inside, {"type": ["string", "null"]}]}

    def _mapping(self, arguments: tuple[Any, ...]) -> Schema:
        key, value = arguments
        inside = {"anyOf": [self.of(value), {"type": "null"}]}
        if get_origin(key) is Literal:
            words = {str(word): inside for word in get_args(key)}
            return {"type": "object", "properties": words, "additionalProperties": False}
        made: Schema = {"type": "object", "additionalProperties": inside}
        pattern = next((part.pattern for part in get_args(key)[1:] if getattr(part, "pattern", None)), None)
        return made | ({"propertyNames": {"pattern": pattern}} if pattern else {})

    def _bare(self, annotation: Any) -> Schema:
        if annotation is Text:
            return TEXT
        if isinstance(annotation, type) and issubclass(annotation, Declaration):
            return self._named(annotation.__name__, lambda: self._declared(annotation))
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self._named(annotation.__name__, lambda: self.model(annotation))
        return SCALARS.get(annotation, {"type": ["string", "number"]})

    def _named(self, name: str, write: Any) -> Schema:
        if name not in self.definitions:
            self.definitions[name] = {}  # a part may hold parts of its own kind
            self.definitions[name] = write()
        return {"$ref": f"#/$defs/{name}"}

    def _declared(self, model: type[BaseModel]) -> Schema:
        """What is declared is of one type, and each type has keys of its own beside those all share."""
        name = model.__name__.removesuffix("Noun").lower()
        kinds = [self._named(f"{name}_{key}", lambda key=key: self._of_type(model, key)) for key in FIELD_TYPES]
        return {"anyOf": kinds}

    def _of_type(self, model: type[BaseModel], key: str) -> Schema:
        shared, own = self.model(model), self.model(FIELD_TYPES[key])
        properties = {**shared["properties"], **own["properties"], "type": {"const": key}}
        required = [*shared["required"], *own.get("required", ())]
        return {**shared, "description": own["description"], "properties": properties, "required": required}


def _infos(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    hints = (
        get_type_hints(model) if any(isinstance(i.annotation, ForwardRef) for i in model.model_fields.values()) else {}
    )
    for name, info in model.model_fields.items():
        if name in hints and isinstance(info.annotation, ForwardRef):
            info = FieldInfo.from_annotated_attribute(hints[name], info)
        yield info.alias or name, info
