"""What a campaign brought is counted of the orders, and summed of the amounts, that whoever asks may read."""

from datetime import timedelta
from decimal import Decimal

import pytest

from portal import clock
from portal.campaigns import review
from portal.campaigns.models import Campaign, CampaignState, Delivery, DeliveryState
from portal.extensions import db
from portal.schema import compiled
from tests.schema.docs import publish, shipped


@pytest.fixture
def sent(app, people, make) -> Campaign:
    """A mail of yesterday to a customer of Shanghai and one of Chengdu, who both bought for 100 today."""
    now = clock.now()
    written = Campaign(
        name="新品", state=CampaignState.FINISHED, started_at=now - timedelta(days=1), owner_id=people.mary.id,
        office_id=people.mary.office_id,
    )  # fmt: skip
    db.session.add(written)
    db.session.flush()
    for by in (people.alice, people.charlie):
        customer = make("customer", by=by, name=by.name)
        make("order", by=by, customer=customer.id, number=f"S{customer.id}", ordered_on=clock.today(), amount=100)
        row = Delivery(campaign_id=written.id, record_id=customer.id, state=DeliveryState.SENT, sent_at=now)
        db.session.add(row)
    db.session.commit()
    return written


def told(person) -> tuple[int, Decimal | None]:
    now = clock.now()
    (row,) = review.between(person, now - timedelta(days=2), now)
    return row["converted"], row["revenue"]


def test_orders_and_sums_are_those_the_reader_may_read(sent, people):
    assert told(people.admin) == (2, Decimal(200))
    assert told(people.mary) == (1, Decimal(100)), "an order of Chengdu is not hers to count"
    documents, path = shipped(), "roles/marketer.yml"
    publish({**documents, path: documents[path] + "  order.amount: hide\n"})
    compiled.forget()
    assert told(people.mary) == (1, None)
