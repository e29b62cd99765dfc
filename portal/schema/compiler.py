"""Documents as plain data → catalogue, with every fault on the way."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from flask_babel import lazy_gettext as _l
from pydantic import ValidationError

from portal.schema import complaints, field_rules, questionnaire, rollups
from portal.schema.catalog import Catalog, Columns
from portal.schema.entity import Side
from portal.schema.field_builder import FieldBuilder
from portal.schema.layouts import entity_faults, entity_of
from portal.schema.nouns import KINDS, EntityNoun, Noun, SurveyNoun
from portal.schema.openings import Openings
from portal.schema.problems import Fault, nearest
from portal.schema.system_fields import Called

DEFINE_FIELDS = ("metrics", "tiers", "scoring", "quality")  # kinds whose documents add a computed field to an entity


class Compiler:
    """One run over all documents: entities first, then what speaks of them."""

    def __init__(
        self,
        trees: Mapping[str, Any],
        columns: Columns,
        release: int = 0,
        checksum: str = "",
        called: Called | None = None,
    ) -> None:
        self.trees = trees
        self.called = called
        self.columns = columns
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        empty: dict[str, Any] = {kind: {} for kind in KINDS}
        self.catalog = Catalog(release=release, checksum=checksum, rollups={}, questionnaires={}, **empty)
        self.nouns: dict[str, Noun] = {}
        self.measuring: dict[str, tuple[str, str]] = {}  # roll-up → file and field of its declaration

    def run(self) -> Catalog:
        """Return the catalogue of the documents that could be read; `faults` says what could not."""
        files = self._by_kind()
        for file in files["entities"]:
            self._read(file, EntityNoun)
        self._build_entities(files)
        for kind, model in KINDS.items():
            for file in files[kind] if kind != "entities" else ():
                self._keep(kind, file, self._read(file, model))
        for file, noun in self.nouns.items():
            self.faults[file] += noun.faults(self.catalog)
        for name, noun in self.catalog.rollups.items():
            self._blame(*self.measuring[name], rollups.faults(noun, self.catalog))
        for file in files["surveys"]:
            if isinstance(survey := self.nouns.get(file), SurveyNoun):
                made = questionnaire.read(survey, self.trees[file], self.faults, file)
                self.catalog.questionnaires[survey.key] = made  # type: ignore[index]
        return self.catalog

    def _by_kind(self) -> dict[str, list[str]]:
        files: dict[str, list[str]] = defaultdict(list)
        for file, tree in self.trees.items():
            kind = PurePosixPath(file).parts[0]
            if kind not in KINDS or len(PurePosixPath(file).parts) != 2:
                self.faults[file].append(Fault((), _l("no such folder of documents"), nearest(kind, KINDS)))
            elif not isinstance(tree, dict):
                self.faults[file].append(Fault((), _l("must be a mapping of key: value")))
            else:
                files[kind].append(file)
        return files

    def _read(self, file: str, model: type[Noun]) -> Noun | None:
        tree = self.trees[file]
        context = {"entities": self.catalog.entities, "subject": tree.get("on")}
        noun = self._valid(file, model, tree, context)
        if noun is None:
            return None
        if noun.key != PurePosixPath(file).stem:
            message = _l('the file must be named after the document: "%(name)s.yml"', name=noun.key)
            self.faults[file].append(Fault((model.named,), message))
            return None
        self.nouns[file] = noun
        return noun

    def _valid(self, file: str, model: type[Noun], tree: Any, context: dict[str, Any]) -> Noun | None:
        """Validate; what is wrong is reported and left out, so that the rest can be checked in the same run."""
        for attempt in range(len(complaints.LIKELY)):
            try:
                return model.model_validate(tree, context=context)
            except ValidationError as error:
                if attempt == 0:
                    self.faults[file] += complaints.faults(error, model, tree, frozenset())
                tree = complaints.mended(tree, error, attempt)
        return None

    def _keep(self, kind: str, file: str, noun: Noun | None) -> None:
        if noun is not None:
            self.catalog.kind(kind)[noun.key] = noun  # type: ignore[index]

    def _build_entities(self, files: Mapping[str, list[str]]) -> None:
        """Build the entities with all their fields, for the conditions of the other documents speak of them."""
        entities: dict[str, Any] = self.catalog.entities  # type: ignore[assignment]
        builders: list[FieldBuilder] = []
        for file in files["entities"]:
            noun = self.nouns.get(file)
            if isinstance(noun, EntityNoun):
                look = partial(rollups.measured, self.trees)
                builder = FieldBuilder(noun.key, self.columns.get(noun.key, {}), self.faults, look, self.called)
                for other in files["tags"]:
                    if self.trees[other].get("on") == noun.key:
                        builder.suggest(self.trees[other])
                builder.declared(file, noun.fields)
                for kind in DEFINE_FIELDS:
                    for other in files[kind]:
                        if self.trees[other].get("on") == noun.key:
                            builder.computed(kind, other, self.trees[other])
                entities[noun.key] = entity_of(noun, builder.finish())
                builders.append(builder)
        for file in files["entities"]:
            noun = self.nouns.get(file)
            if isinstance(noun, EntityNoun):
                self.faults[file] += entity_faults(noun, entities)
        for builder in builders:
            self._roll_up(builder)
            self.faults[builder.file] += field_rules.attach(entities[builder.entity], self.trees[builder.file])
            openings = Openings(entities[builder.entity], self.trees[builder.file])
            entities[builder.entity] = openings.attached()
            self.faults[builder.file] += openings.faults
        for entity in entities.values():
            parent = entity.fields.get(entity.parent or "")
            if parent and parent.type.target in entities:
                entities[parent.type.target].nested.append(entity)
            for key, field in entity.fields.items():
                if field.type.target in entities and key != entity.parent:
                    entities[field.type.target].pointing.append(Side(entity, field, is_below=False))

    def _roll_up(self, builder: FieldBuilder) -> None:
        """Make metrics of the fields that measure related records."""
        fields = self.catalog.entities[builder.entity].fields
        for key, (file, kind) in builder.declared_types.items():
            if key in fields and kind.measure() is not None:
                noun, faults = rollups.noun_of(fields[key], kind, self.catalog.entities)
                self._blame(file, key, faults)
                if noun is not None:
                    name = f"{builder.entity}.{key}"
                    self.measuring[name] = (file, key)
                    self.catalog.rollups[name] = noun  # type: ignore[index]

    def _blame(self, file: str, key: str, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.faults[file].append(Fault(("fields", key, *fault.path), fault.message, fault.hint, fault.severity))
