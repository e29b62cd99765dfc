"""`metrics/<key>.yml`: a figure of a record, rolled up over related records in a window of time."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from flask_babel import lazy_gettext as _l
from pydantic import Field as Key_
from pydantic import model_validator

from portal.fields import Text
from portal.schema.nouns.base import Duration, Key
from portal.schema.nouns.condition import When, scope
from portal.schema.nouns.golden import ProvenNoun
from portal.schema.problems import Fault, unknown

if TYPE_CHECKING:
    from portal.schema.catalog import Catalog

Measure = Literal["sum", "count", "avg", "min", "max", "last", "first", "repeat_share"]


class MetricNoun(ProvenNoun):
    """A computed field of `on`, measured over the records of `from` that point to it by the field `through`.

    Where that field points at several records, each of them has the whole of the figure.
    """

    named: ClassVar[str] = "metric"
    metric: Key
    label: Text
    help: Text | None = None
    on: str
    type: str
    source: str = Key_(alias="from")
    through: str
    measure: dict[Measure, str]
    window: Duration | None = None
    at: str | None = None
    when: When | None = None
    filterable: bool = True
    sortable: bool = True

    @model_validator(mode="before")
    @classmethod
    def _speak_of_source(cls, data: object) -> object:
        """The condition selects records of `from`."""
        return scope(data, data.get("from") if isinstance(data, dict) else None)

    @property
    def asked(self) -> str:
        """Return the entity of the related records."""
        return self.source

    def outcome(self, values: Mapping[str, Any], now: datetime) -> object:
        """Return whether a related record like this counts, its window aside."""
        return self.when is None or self.when.matches(values, now)

    @property
    def how(self) -> str:
        """Return the measure's word, such as `sum`."""
        return next(iter(self.measure))

    @property
    def what(self) -> str:
        """Return the field that is measured."""
        return self.measure[self.how]  # type: ignore[index]

    def faults(self, catalog: "Catalog") -> Iterator[Fault]:
        """Check entities, the reference between them and the fields that are measured."""
        if self.on not in catalog.entities:
            yield unknown(("on",), self.on, catalog.entities, _l("entity"))
        source = catalog.entities.get(self.source)
        if source is None:
            yield unknown(("from",), self.source, catalog.entities, _l("entity"))
            return
        if len(self.measure) != 1:
            yield Fault(("measure",), _l("give exactly one measure, such as {sum: amount}"))
        named = {"through": self.through, **({"at": self.at} if self.at else {})}
        for key, field in named.items():
            if field not in source.fields:
                yield unknown((key,), field, source.fields, _l("field"))
            elif key == "through" and not source.fields[field].type.target:
                yield Fault((key,), _l("give a reference to one record or to several"))
        for how, field in self.measure.items():
            if field not in source.fields:
                yield unknown(("measure", how), field, source.fields, _l("field"))
            elif source.fields[field].encrypted and how != "count":
                yield Fault(("measure", how), _l("an encrypted field can only be counted"))
