"""`scoring/<key>.yml`: points for what a record is and for what has happened to it, fading with time, and bands."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_
from pydantic import model_validator

from portal.fields import Text
from portal.schema.nouns.base import Colour, Duration, Key, Noun
from portal.schema.nouns.condition import When, scope
from portal.schema.nouns.golden import Outcome, ProvenNoun
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog
    from portal.schema.entity import Entity

Deed = Literal["mail_opened", "mail_clicked"]
DAY = timedelta(days=1)


class PointsNoun(Noun):
    """Points for what the record is: given as long as the condition holds; negative ones take away."""

    points: int = Key_(ge=-1000, le=1000)
    label: Text | None = None
    when: When


class BehaviourNoun(Noun):
    """Points for what happened: a record of `from` that points here by `through` at a time `at`, or a mail's `event`.

    Each is worth half after `half_life`; together they are worth `at_most`.
    """

    points: int = Key_(ge=-1000, le=1000)
    label: Text
    event: Deed | None = None
    source: str | None = Key_(default=None, alias="from")
    through: str | None = None
    at: str | None = None
    when: When | None = None
    half_life: Duration = timedelta(days=30)
    at_most: int | None = Key_(default=None, ge=1, le=10000)

    @model_validator(mode="before")
    @classmethod
    def _speak_of_source(cls, data: object) -> object:
        """The condition selects records of `from`."""
        return scope(data, data.get("from") if isinstance(data, dict) else None)

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check that it is one kind of behaviour, and the fields it names."""
        if (self.event is None) == (self.source is None):
            yield Fault((), _l('give either "event" or "from" with "through"'))
        if self.half_life < DAY:
            yield Fault(("half_life",), _l("a half-life is a day or more"))
        if self.source is None:
            return
        entity = catalog.entities.get(self.source)
        if entity is None:
            yield unknown(("from",), self.source, catalog.entities, _l("entity"))
            return
        for key in ("through", "at"):
            name = getattr(self, key) or ("created_at" if key == "at" else "")
            if name not in entity.fields:
                yield unknown((key,), name, entity.fields, _l("field"))
            elif key == "through" and entity.fields[name].type.is_many:
                yield Fault((key,), _l("give a reference to one record"))


class BandNoun(Noun):
    """A band of the score: from `at_least` points on, or otherwise."""

    label: Text
    colour: Colour = "gray"
    at_least: int | None = None
    otherwise: bool = False
    strategy: Text | None = None


class ScoringNoun(ProvenNoun):
    """A computed whole number `field` of the entity `on`, never below 0, and a computed choice `band` by threshold."""

    named: ClassVar[str] = "scoring"
    scoring: Key
    label: Text
    help: Text | None = None
    on: str
    field: Key
    band: Key
    band_label: Text | None = None
    points: tuple[PointsNoun, ...] = ()
    behaviour: tuple[BehaviourNoun, ...] = ()
    bands: dict[Key, BandNoun]

    def band_of(self, score: int) -> str | None:
        """Return the band of a score: the first whose threshold it reaches."""
        fits = (key for key, band in self.bands.items() if band.otherwise or score >= (band.at_least or 0))
        return next(fits, None)

    def outcome(self, values: Mapping[str, Any], now: datetime) -> object:
        """Return the points of what a record is, without what happened to it."""
        return max(0, sum(one.points for one in self.points if one.when.matches(values, now)))

    def outcome_in(self, entity: "Entity", values: Mapping[str, Any], now: datetime) -> object:
        """Return the points, or points and band, of what a record is."""
        points = max(0, sum(one.points for one in self.points if one.when.matches(values, now)))
        return Outcome(points, {"points": points, "band": self.band_of(points)})

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity, every behaviour, and that the bands fall and leave no gap."""
        if self.on not in catalog.entities:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
        for place, one in enumerate(self.behaviour):
            for fault in one.faults(catalog):
                yield Fault(("behaviour", place, *fault.path), fault.message, fault.hint)
        yield from self._band_faults()

    def _band_faults(self) -> Iterator[Fault]:
        before: int | None = None
        for place, (key, band) in enumerate(self.bands.items()):
            if band.otherwise == (band.at_least is not None):
                yield Fault(("bands", key), _l('a band needs either "at_least" or "otherwise: true"'))
            if band.otherwise and place < len(self.bands) - 1:
                yield Fault(("bands", key, "otherwise"), _l("the bands after this one can never be reached"))
            if band.at_least is not None and before is not None and band.at_least >= before:
                message = _l("this band can never be reached: the one above begins lower")
                yield Fault(("bands", key, "at_least"), message, _l("put the highest threshold first"))
            before = band.at_least if band.at_least is not None else before
        if not any(band.otherwise for band in self.bands.values()):
            hint = _l('give the last band "otherwise: true"')
            yield Fault(("bands",), _l("gap: a record with few points has no band"), hint)
