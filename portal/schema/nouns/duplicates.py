"""`duplicates/<key>.yml`: when two records are probably, or surely, one and the same."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_

from portal.fields import Text
from portal.matching import Comparison, Likeness
from portal.schema.nouns.base import Key, Noun, Share, Words
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog
    from portal.schema.entity import Entity

How = Literal["exact", "phone", "email", "code", "name", "pinyin", "words", "date", "region"]


class ComparisonNoun(Noun):
    """One comparison of two records: `points` when the values of `fields` are alike in the way `as` says, `differs`
    (a negative number) when they are not; where one has no value it says nothing.

    Several fields are read as one text. From `alike` on values count as alike. With `finds: false` it only adds
    points, and no records are looked up by it.
    """

    fields: Words
    way: How = Key_(alias="as")
    points: int = Key_(ge=0, le=1000)
    differs: int = Key_(default=0, ge=-1000, le=0)
    alike: Share | None = None
    finds: bool = True

    def built(self) -> Comparison:
        """The comparison at work."""
        alike = None if self.alike is None else float(self.alike)
        return Comparison(self.fields, self.way, self.points, self.differs, alike, self.finds)


class DuplicatesNoun(Noun):
    """The points of all comparisons are added: from `sure` on two records of `on` are one, from `perhaps` on a person
    should look. A rule for files alone leaves `on` out and names columns as fields."""

    named: ClassVar[str] = "duplicates"
    duplicates: Key
    label: Text
    help: Text | None = None
    on: str | None = None
    compare: tuple[ComparisonNoun, ...] = Key_(min_length=1)
    sure: int = Key_(ge=1, le=10000)
    perhaps: int = Key_(ge=1, le=10000)

    @cached_property
    def likeness(self) -> Likeness:
        """The rule at work."""
        return Likeness(tuple(one.built() for one in self.compare), self.sure, self.perhaps)

    def lines(self, entity: "Entity | None" = None) -> Iterator[str]:
        """Yield the rule as people read it, one comparison a line."""
        for one in self.likeness.comparisons:
            words = {"fields": named(one.fields, entity), "way": str(one.how.label), "points": one.points}
            told = gettext("%(fields)s (%(way)s): %(points)s points", **words)
            if one.threshold < 1:
                told += gettext(", from %(share)s %% alike on", share=round(one.threshold * 100))
            if one.differs:
                told += gettext("; otherwise %(points)s", points=one.differs)
            yield told
        yield gettext("From %(sure)s points sure, from %(perhaps)s perhaps.", sure=self.sure, perhaps=self.perhaps)

    def own_faults(self) -> Iterator[Fault]:
        """Check what needs no other document."""
        if self.perhaps > self.sure:
            yield Fault(("perhaps",), _l("%(low)s is greater than %(high)s", low="perhaps", high="sure"))
        most = sum(one.points for one in self.compare)
        for key in ("sure", "perhaps"):
            if getattr(self, key) > most:
                message = _l("all comparisons together give %(points)s points only", points=most)
                yield Fault((key,), message)
        if not any(one.finds for one in self.compare if one.way != "region"):
            hint = _l('leave out "finds: false" where values tell records apart')
            yield Fault(("compare",), _l("no comparison finds records to compare"), hint)
        for place, one in enumerate(self.compare):
            if one.alike is not None and one.alike < Decimal("0.5"):
                yield Fault(("compare", place, "alike"), _l("values that are less than half alike are not alike"))

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check the entity, the fields, and that the thresholds can be reached."""
        yield from self.own_faults()
        if self.on is None:
            yield Fault((), _l('missing key "%(key)s"', key="on"))
            return
        entity = catalog.entities.get(self.on)
        if entity is None:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
            return
        for place, one in enumerate(self.compare):
            for at, key in enumerate(one.fields):
                if key not in entity.fields:
                    yield unknown(("compare", place, "fields", at), key, entity.fields, _l("field"))
        first = next(noun.key for noun in catalog.duplicates.values() if noun.on == self.on)
        if first != self.key:
            yield Fault(("on",), _l('"%(name)s" has rules for this already', name=first))


def named(fields: tuple[str, ...], entity: "Entity | None") -> str:
    """What people call the compared fields."""
    known = entity.fields if entity else {}
    return " + ".join(str(known[key].label) if key in known else key for key in fields)
