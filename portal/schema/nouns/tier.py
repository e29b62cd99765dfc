"""`tiers/<key>.yml`: levels of records by rule, first match wins, with the care each level gets."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l

from portal.fields import Text
from portal.schema.gaps import gaps
from portal.schema.nouns.base import Colour, Duration, Key, Noun, Share
from portal.schema.nouns.condition import When
from portal.schema.nouns.golden import ProvenNoun
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog


class LevelNoun(Noun):
    """One level: its rule, the share it is meant to have, the core strategy, who cares and what it is given."""

    label: Text
    colour: Colour = "gray"
    share: Share | None = None
    when: When | None = None
    otherwise: bool = False
    strategy: Text | None = None
    owner_role: str | None = None
    benefits: tuple[Text, ...] = ()


class TierNoun(ProvenNoun):
    """A computed choice field `field` of the entity `on`; the first level whose condition holds is taken.

    `grace` is how long a record that no longer meets its level keeps it before it falls.
    """

    named: ClassVar[str] = "tier"
    tier: Key
    label: Text
    help: Text | None = None
    on: str
    field: Key
    grace: Duration | None = None
    levels: dict[Key, LevelNoun]

    def outcome(self, values: Mapping[str, Any], now: datetime) -> object:
        """Return the key of the first level that fits."""
        fits = (key for key, level in self.levels.items() if level.otherwise or _fits(level, values, now))
        return next(fits, None)

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check that every record falls into a level, that every level can be reached, and the roles."""
        if self.on not in catalog.entities:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
        keys = list(self.levels)
        for place, (key, level) in enumerate(self.levels.items()):
            if level.owner_role and level.owner_role not in catalog.roles:
                yield unknown(("levels", key, "owner_role"), level.owner_role, catalog.roles, _l("role"))
            if level.otherwise and place < len(keys) - 1:
                message = _l("the levels after this one can never be reached")
                yield Fault(("levels", key, "otherwise"), message, _l("put it last"))
            if level.otherwise == (level.when is not None):
                yield Fault(("levels", key), _l('a level needs either "when" or "otherwise: true"'))
        if keys and not any(level.otherwise for level in self.levels.values()):
            hint = _l('give the last level "otherwise: true"')
            yield Fault(("levels",), _l("gap: a record that meets no condition has no level"), hint)
        yield from gaps(self.levels)


def _fits(level: LevelNoun, values: Mapping[str, Any], now: datetime) -> bool:
    return level.when is not None and level.when.matches(values, now)
