"""What a backtest asks of each record: its level of a tier, its band of a score, whether a workflow would start."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal import rules
from portal.foresight.past import Past
from portal.records import tables
from portal.rules import scoring
from portal.schema import Catalog

BEHAVIOUR = "#behaviour"


class Level:
    """The level of a tier."""

    def __init__(self, catalog: Catalog, tier: Any) -> None:
        self.noun, self.asks = tier, sorted(rules.tiers.asked(tier))
        self.past = Past(catalog, tier.on, self.asks)

    def sql(self, columns: tables.Columns, now: datetime) -> sa.ColumnElement[Any]:
        return rules.tiers.level_of(self.noun, columns, now)

    def more(self, now: datetime) -> Mapping[str, sa.ColumnElement[Any]]:
        return {}

    def python(self, values: Mapping[str, Any], now: datetime) -> Any:
        return self.noun.outcome(values, now)


class Band:
    """The band of a score, with what had happened by then, faded as it was."""

    def __init__(self, catalog: Catalog, noun: Any) -> None:
        self.noun, self.catalog = noun, catalog
        self.asks = sorted({key for one in noun.points for key in one.when.fields()})
        self.past = Past(catalog, noun.on, self.asks)

    def sql(self, columns: tables.Columns, now: datetime) -> sa.ColumnElement[Any]:
        total = scoring.settling.points_of(self.noun, columns, now) + self._behaviour(now)
        return scoring.settling.band_of(self.noun, scoring.decay.rounded_of(total))

    def more(self, now: datetime) -> Mapping[str, sa.ColumnElement[Any]]:
        return {BEHAVIOUR: self._behaviour(now)}

    def python(self, values: Mapping[str, Any], now: datetime) -> Any:
        points = sum(one.points for one in self.noun.points if one.when.matches(values, now))
        return self.noun.band_of(scoring.decay.rounded(points + values[BEHAVIOUR]))

    def _behaviour(self, now: datetime) -> sa.ColumnElement[Any]:
        return scoring.settling.behaviour_of(self.noun, self.catalog, self.past.table, now, past=True)


class Start:
    """Whether a record meets the condition of a workflow."""

    def __init__(self, catalog: Catalog, flow: Any) -> None:
        self.noun, self.asks = flow, sorted(flow.when.fields()) if flow.when else []
        self.past = Past(catalog, flow.on, self.asks)

    def sql(self, columns: tables.Columns, now: datetime) -> sa.ColumnElement[Any]:
        return sa.case((self.noun.when.where(columns, now), 1), else_=0) if self.noun.when else sa.literal(1)

    def more(self, now: datetime) -> Mapping[str, sa.ColumnElement[Any]]:
        return {}

    def python(self, values: Mapping[str, Any], now: datetime) -> Any:
        return int(self.noun.outcome(values, now) is True)
