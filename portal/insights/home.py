"""The charts a manager finds on the first page."""

from datetime import date

from flask_babel import gettext as _

from portal import clock
from portal.insights import drawing, measures
from portal.insights.charts import Chart
from portal.insights.lens import Lens
from portal.insights.measures import Measure
from portal.insights.periods import Period
from portal.records import reading
from portal.schema import current
from portal.security import Person, policy


def home_charts(person: Person) -> list[Chart]:
    """Orders by month and customers by tier, for people who may run reports; others get none."""
    if not policy.may(person, "reports.run"):
        return []
    return [chart for make in (orders_by_month, customers_by_tier) if (chart := make(person)) is not None]


def orders_by_month(person: Person) -> Chart | None:
    """The sum of orders in the twelve months that end with this one."""
    order = current().entities.get("order")
    if order is None or not policy.can(person, "view", "order"):
        return None
    if not all(reading.may_read(person, order.fields.get(key)) for key in ("amount", "ordered_on")):
        return None
    today = clock.today()
    measure = Measure("order", "sum", "amount", within="ordered_on")
    period = Period(_eleven_months_before(today), today)
    _unit, slices = measures.along(measure, "month", period, Lens(person))
    heads = (_("Month"), str(order.fields["amount"].label))
    return drawing.chart("orders-by-month", _("Orders by month"), slices, measure, draw="bar", heads=heads)


def _eleven_months_before(day: date) -> date:
    """The first day of the first of twelve months."""
    year, month = divmod(day.year * 12 + day.month - 12, 12)
    return date(year, month + 1, 1)


def customers_by_tier(person: Person) -> Chart | None:
    """How many customers stand on each level of the first ladder of tiers."""
    tier = next((one for one in current().tiers.values() if one.on == "customer"), None)
    if tier is None or not policy.can(person, "view", "customer"):
        return None
    if not reading.may_read(person, current().entities["customer"].fields.get(tier.field)):
        return None
    measure = Measure("customer")
    slices = measures.split(measure, tier.field, Lens(person))
    heads = (str(tier.label), str(current().entities["customer"].plural))
    return drawing.chart("customers-by-tier", _("Customers by tier"), slices, measure, draw="pie", heads=heads)
