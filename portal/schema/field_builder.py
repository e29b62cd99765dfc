"""Builds the fields of one entity: declared ones, metrics, tiers and those of the system."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from pydantic import ValidationError

from portal.fields import FIELD_TYPES, Field, FieldError, FieldType, Text
from portal.schema import complaints, sealed
from portal.schema.catalog import OPENING
from portal.schema.nouns import quality
from portal.schema.nouns.entity import FieldNoun
from portal.schema.problems import Fault, nearest, nearest_word, unknown
from portal.schema.source import Path
from portal.schema.system_fields import SYSTEM, Called, system_fields

RESERVED = ("csrf_token", "read_version", "all", "any", "not", "always")  # words of forms and of conditions
Look = Callable[[str, str], FieldType | None]  # the type of an entity's field
SHARED_KEYS = frozenset(FieldNoun.model_fields)


class FieldBuilder:
    """Collects the fields of one entity and the faults of the documents they come from."""

    def __init__(
        self,
        entity: str,
        columns: Mapping[str, str],
        faults: dict[str, list[Fault]],
        look: Look,
        called: Called | None = None,
    ) -> None:
        self.entity = entity
        self.look = look
        self.columns = columns
        self.faults = faults
        self.called = called or {}
        self.fields: dict[str, Field] = {}
        self.file = ""
        self.declared_types: dict[str, tuple[str, FieldType]] = {}  # field key → file, type as it was declared
        self.suggestions: dict[str, dict[str, Any]] = {}  # field key → tags of the tag documents

    def finish(self) -> dict[str, Field]:
        """Return all fields, those of the system last; what is worked out of others knows how."""
        types = {key: kind for key, (_, kind) in self.declared_types.items()}
        fields, errors = FieldType.read_formulas({**self.fields, **self._system()}, types)
        for key, error in errors.items():
            hint = nearest(error.word, error.allowed) if error.allowed else ""
            self.faults[self.declared_types[key][0]].append(Fault(("fields", key, "formula"), error.message, hint))
        return fields

    def _system(self) -> dict[str, Field]:
        found = system_fields(self.entity)
        return {self.called.get((self.entity, key), key): field for key, field in found.items()}

    def suggest(self, tree: Mapping[str, Any]) -> None:
        """Let a field of tags offer those of a tag document."""
        field, values = tree.get("field", "tags"), tree.get("values")
        if isinstance(field, str) and isinstance(values, dict):
            colour = tree.get("colour", "azure")
            told = {key: {"colour": colour, **_looks(body)} for key, body in values.items()}
            self.suggestions.setdefault(field, {}).update(told)

    def declared(self, file: str, fields: Mapping[str, FieldNoun]) -> None:
        """Add the fields that the entity's document declares."""
        self.file = file
        for key, item in fields.items():
            read = self._type(file, ("fields", key), item)
            if read is None:
                continue
            kind = read.seen(self.look)
            if item.encrypted:
                self.faults[file] += sealed.faults(("fields", key), kind, item)
                kind = kind.sealed() if kind.sealable else kind
            self.declared_types[key] = (file, kind)
            default = self._default(file, ("fields", key, "default"), kind, item.default)
            self._add(
                file,
                ("fields", key),
                key,
                label=item.label,
                type=kind.held,
                help=item.help,
                required=item.required,
                unique=item.unique,
                default=default,
                filterable=bool(item.filterable) and kind.filterable,
                sortable=bool(item.sortable) and kind.sortable,
                sensitivity=item.sensitivity,
                purpose=item.purpose,
                retention=item.retention,
                computed=kind.is_worked_out,
            )

    def computed(self, kind: str, file: str, tree: Mapping[str, Any]) -> None:
        """Add the fields of a document that works them out; one that is not right is reported when it is read."""
        try:
            label = Text.model_validate(tree.get("label"))
            made = list(COMPUTED[kind](tree, {key: one.label for key, one in self.fields.items()}))
        except (ValidationError, KeyError, TypeError, AttributeError):
            return
        ways = {way: bool(tree.get(way, True)) for way in ("filterable", "sortable")}
        for place, key, name, options, own in made:
            if not isinstance(name, str) or name not in FIELD_TYPES:
                self.faults[file].append(unknown(("type",), str(name), FIELD_TYPES, _l("type")))
                continue
            try:
                told = Text.model_validate(own) if own is not None else label
                field_type = FIELD_TYPES[name](**options)
            except (ValidationError, TypeError):
                continue
            self._add(file, (place,), key, label=told, type=field_type, computed=True, **ways)

    def _add(self, file: str, path: Path, key: object, **facts: Any) -> None:
        if not isinstance(key, str):
            return
        if key in SYSTEM or key in RESERVED:
            self.faults[file].append(Fault(path, _l("this field is kept by the portal itself")))
        elif key in self.fields:
            self.faults[file].append(Fault(path, _l('the entity already has a field "%(key)s"', key=key)))
        else:
            physical = self.columns.get(key, "")
            told = {**facts, "opening": key + OPENING in self.columns}
            self.fields[key] = Field(entity=self.entity, key=key, physical=physical, **told)

    def _type(self, file: str, path: Path, item: FieldNoun) -> FieldType | None:
        if item.type not in FIELD_TYPES:
            self.faults[file].append(unknown((*path, "type"), item.type, FIELD_TYPES, _l("type")))
        model = FIELD_TYPES[nearest_word(item.type, FIELD_TYPES) or "text"]  # go on checking what was probably meant
        options = item.model_extra or {}
        if path[-1] in self.suggestions and "options" in model.model_fields:
            options = {**options, "options": {**options.get("options", {}), **self.suggestions[str(path[-1])]}}
        try:
            built = model.model_validate(options)
            self._check_range(file, path, built)
            return built
        except ValidationError as error:
            for fault in complaints.faults(error, model, options, SHARED_KEYS):
                self.faults[file].append(Fault((*path, *fault.path), fault.message, fault.hint))
            return self._mended(model, complaints.mended(options, error))

    def _mended(self, model: type[FieldType], options: Mapping[str, Any]) -> FieldType | None:
        try:
            return model.model_validate(options)
        except ValidationError:
            return None

    def _check_range(self, file: str, path: Path, kind: FieldType) -> None:
        for low, high in (("min", "max"), ("min_length", "max_length")):
            least, most = getattr(kind, low, None), getattr(kind, high, None)
            if least is not None and most is not None and least > most:
                message = _l("%(low)s is greater than %(high)s", low=low, high=high)
                self.faults[file].append(Fault((*path, low), message))

    def _default(self, file: str, path: Path, kind: FieldType, raw: object) -> object:
        if isinstance(raw, dict):  # a text would take it for its letters
            self.faults[file].append(Fault(path, _l("must be a single value")))
            return None
        try:
            return kind.parse(raw)
        except FieldError as error:
            self.faults[file].append(Fault(path, error.message))
            return None


def _looks(tag: object) -> dict[str, Any]:
    return {key: tag[key] for key in ("label", "colour") if key in tag} if isinstance(tag, dict) else {}


Labels = Mapping[str, Text]
NO_LABELS: Labels = {}
Made = Iterator[tuple[str, Any, Any, dict[str, Any], Any]]
"""A field a document works out: the key that names it, its key, type, options, and label (none: the document's)."""


def _of_metric(tree: Mapping[str, Any], labels: Labels = NO_LABELS) -> Made:
    yield "metric", tree.get("metric"), tree.get("type"), {}, None


def _of_tier(tree: Mapping[str, Any], labels: Labels = NO_LABELS) -> Made:
    yield "field", tree.get("field"), "choice", _options(tree["levels"]), None


def _of_scoring(tree: Mapping[str, Any], labels: Labels = NO_LABELS) -> Made:
    yield "field", tree.get("field"), "integer", {}, None
    band = {"zh": "评分档", "en": "Band"}
    yield "band", tree.get("band"), "choice", _options(tree["bands"]), tree.get("band_label") or band


def _of_quality(tree: Mapping[str, Any], labels: Labels = NO_LABELS) -> Made:
    score = {"zh": "数据质量分", "en": "Data quality"}
    yield "score", tree.get("score"), "integer", {"unit": "%"}, tree.get("score_label") or score
    issues = {"zh": "数据问题", "en": "Data issues"}
    yield (
        "issues",
        tree.get("issues"),
        "multi_choice",
        quality.options(tree, labels),
        tree.get("issues_label") or issues,
    )


def _options(levels: Mapping[str, Any]) -> dict[str, Any]:
    return {"options": {key: {"label": body["label"], "colour": body.get("colour")} for key, body in levels.items()}}


COMPUTED: dict[str, Callable[..., Made]] = {
    "metrics": _of_metric,
    "tiers": _of_tier,
    "scoring": _of_scoring,
    "quality": _of_quality,
}
