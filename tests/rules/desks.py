"""What the tests of assignment and of the pool share: a desk of their own, and who has a record."""

from typing import Any

from portal import records, schema
from portal.extensions import db
from portal.security import SYSTEM
from tests.rules.stage import settle

DESK = """
assignment: desk
label: Desk
on: customer
rules:
  - {when: {region: east}, to: seller, team: sales_a, by: turn}
  - {when: {industry: it}, to: seller, by: load}
otherwise: {otherwise}
pool:
  roles: [seller]
  when: {status: prospect}
  columns: [name, city, credit_rating]
  capacity: 3
  recycle: {after: 30 days, since: last_follow_up_on, warn: 3 days}
"""


def use(otherwise: str) -> Any:
    schema.releases.publish_document("assignment/new_customers.yml", None, by=SYSTEM, note="test")
    text = DESK.replace("{otherwise}", otherwise)
    schema.releases.publish_document("assignment/desk.yml", text, by=SYSTEM, note="test")
    settle()
    return schema.current().assignment["desk"]


def owner(customer: Any) -> Any:
    db.session.expire_all()
    return records.fetch("customer", customer.id, SYSTEM)["owner"]
