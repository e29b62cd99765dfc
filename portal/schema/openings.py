"""The filters that the menu opens a list with: read once the entity has all its fields."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.schema import conditions
from portal.schema.conditions import Condition
from portal.schema.entity import Entity
from portal.schema.layout import ListLayout
from portal.schema.problems import Fault
from portal.schema.source import Path


class Openings:
    """The `where` of the lists of one entity's document; what is wrong with them is in `faults`."""

    def __init__(self, entity: Entity, tree: Mapping[str, Any]) -> None:
        self.entity, self.tree = entity, tree
        self.faults: list[Fault] = []

    def attached(self) -> Entity:
        """Return the entity with its lists opening as the document says; a role without an own `where` as everybody."""
        base = self._opened(self.entity.list, ("list",), self.entity.list.where)
        layouts = {
            role: replace(layout, list=self._opened(layout.list, ("layouts", role, "list"), base.where))
            for role, layout in self.entity.layouts.items()
        }
        return replace(self.entity, list=base, layouts=layouts)

    def _opened(self, layout: ListLayout, place: Path, usual: Condition) -> ListLayout:
        node = self._node((*place, "where"))
        return replace(layout, where=usual if node is None else self._read(node, (*place, "where")))

    def _node(self, place: Path) -> Any:
        found: Any = self.tree
        for part in place:
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def _read(self, node: Any, place: Path) -> Condition:
        try:
            condition = conditions.parse(node, self.entity)
            conditions.to_query(condition)
        except conditions.ConditionError as error:
            self.faults += [Fault((*place, *fault.path), fault.message, fault.hint) for fault in error.problems]
        except ValueError:
            told = _l('a list opens with tests that must all hold; take "any" and "not" out of it')
            self.faults.append(Fault(place, told))
        else:
            return condition
        return conditions.Always()
