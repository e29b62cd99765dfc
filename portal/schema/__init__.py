"""One vocabulary in YAML: documents are checked, published as immutable releases and compiled into a catalogue."""

from portal.schema import conditions, releases
from portal.schema.catalog import Catalog, current
from portal.schema.entity import Entity
from portal.schema.problems import SchemaError
from portal.schema.questionnaire import Questionnaire as Questionnaire
from portal.schema.releases import publish

__all__ = ["Catalog", "Entity", "SchemaError", "conditions", "current", "publish", "releases"]
