"""`assignment/<key>.yml`: who gets a record that has no owner, and the public pool it lies in till then."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_

from portal.fields import Text
from portal.schema.nouns.base import Duration, Key, Noun, Words
from portal.schema.nouns.condition import When
from portal.schema.nouns.golden import Outcome, ProvenNoun
from portal.schema.problems import Fault, unknown
from portal.schema.source import Path

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog
    from portal.schema.entity import Entity


class ShareNoun(Noun):
    """Records that meet the condition go to people of a role (and team, by its key), in turn or to the least load.

    `skill` names a field: only people who have its value among their skills get the record, then those of the role
    `fallback`; a record without a value asks for no skill.
    """

    when: When | None = None
    to: str
    team: str | None = None
    by: Literal["turn", "load"] = "turn"
    skill: str | None = None
    fallback: str | None = None


class RecycleNoun(Noun):
    """A record goes back to the pool when `since` (a field of the record) and the owner are older than `after`; the
    owner is told `warn` before."""

    after: Duration
    since: str | None = None
    warn: Duration = timedelta(days=3)


class PoolNoun(Noun):
    """The public pool: records without an owner that meet the condition, open to the people of some roles."""

    roles: Words
    when: When | None = None
    columns: Words
    capacity: int | None = Key_(default=None, ge=1, le=100000)
    recycle: RecycleNoun | None = None


class AssignmentNoun(ProvenNoun):
    """Rules for the owner of new records of `on`: the first that fits decides; else the pool or a role.

    A test expects the role that gets the record, `pool`, or null for one that keeps its owner; or `{to, team}`.
    """

    named: ClassVar[str] = "assignment"
    assignment: Key
    label: Text
    help: Text | None = None
    on: str
    takes: Literal["unowned", "all"] = "unowned"
    rules: tuple[ShareNoun, ...] = ()
    otherwise: str = "pool"
    pool: PoolNoun | None = None

    def outcome_in(self, entity: "Entity", values: Mapping[str, Any], now: datetime) -> object:
        """Return the role that gets a new record like this, or role and team; `pool` for the public pool.

        A record that has its owner already, of which the rules take only those without, stays: null.
        """
        if self.takes == "unowned" and values.get("owner") is not None:
            return Outcome(None, {"to": None, "team": None})
        fits = (one for one in self.rules if one.when is None or one.when.matches(values, now))
        first = next(fits, None)
        to, team = (first.to, first.team) if first else (self.otherwise, None)
        return Outcome(to, {"to": to, "team": team})

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity, the roles and the fields."""
        entity = catalog.entities.get(self.on)
        if entity is None:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
            return
        named: list[tuple[Path, str]] = [(("rules", place, "to"), one.to) for place, one in enumerate(self.rules)]
        named += [(("rules", at, "fallback"), one.fallback) for at, one in enumerate(self.rules) if one.fallback]
        named += [(("pool", "roles", place), key) for place, key in enumerate(self.pool.roles if self.pool else ())]
        if self.otherwise != "pool":
            named.append((("otherwise",), self.otherwise))
        for path, role in named:
            if role not in catalog.roles:
                yield unknown(path, role, catalog.roles, _l("role"))
        for path, key in self._fields():
            if key not in entity.fields:
                yield unknown(path, key, entity.fields, _l("field"))
        if self.pool and self.pool.recycle and self.pool.recycle.warn >= self.pool.recycle.after:
            yield Fault(("pool", "recycle", "warn"), _l("the warning must come before the record goes back"))

    def _fields(self) -> Iterator[tuple[Path, str]]:
        for place, one in enumerate(self.rules):
            if one.skill:
                yield ("rules", place, "skill"), one.skill
        for place, key in enumerate(self.pool.columns if self.pool else ()):
            yield ("pool", "columns", place), key
        if self.pool and self.pool.recycle and self.pool.recycle.since:
            yield ("pool", "recycle", "since"), self.pool.recycle.since
