"""Campaigns in the browser: written, proved, held to their state."""

import re

import pytest

from portal.campaigns.models import Campaign, Delivery
from portal.extensions import db
from tests.records.sealed import publish

SELLER = "roles/seller.yml"
WRITTEN = {"name": "新品", "segment": "vip_customers", "subject": "{{ name }}，您好", "body": "**新品**上市。"}


def token(client) -> str:
    return re.search(r'name="csrf-token" content="([^"]+)"', client.get("/campaigns/").text)[1]


def drafted(client, **changes) -> str:
    answer = client.post("/campaigns/new", data=WRITTEN | changes | {"csrf_token": token(client)})
    assert answer.status_code == 303, answer.text[:500]
    return answer.location


def test_a_draft_is_kept_changed_and_copied(people, as_) -> None:
    mary = as_(people.mary)
    address = drafted(mary)
    assert "新品" in mary.get(address).text
    changed = WRITTEN | {"subject": "改好了", "csrf_token": token(mary)}
    assert mary.post(f"{address}/edit", data=changed).status_code == 303
    assert "改好了" in mary.get(address).text
    copied = mary.post(f"{address}/copies", data={"csrf_token": token(mary)})
    assert "改好了" in mary.get(copied.location).text


def test_a_bad_merge_field_is_named_and_nothing_is_sent(people, as_) -> None:
    mary = as_(people.mary)
    form = WRITTEN | {"body": "一\n{{ contact.query.delete() }}", "csrf_token": token(mary)}
    proof = mary.post("/campaigns/preview", data=form).text
    assert "2" in proof
    assert "Call" in proof
    address = drafted(mary, body=form["body"])
    mary.post(f"{address}/schedule", data={"csrf_token": token(mary)})
    assert db.session.get(Campaign, int(address.rsplit("/", 1)[1])).state == "draft"


def test_names_of_customers_are_text_in_the_proof(people, make, as_) -> None:
    make(
        "customer",
        by=people.alice,
        name="<img src=x> [a](javascript:1)",
        email="a@example.cn",
        industry="retail",
        region="east",
    )
    mary = as_(people.mary)
    segment = "segment: retail\nlabel: 零售\non: customer\nwhen: {industry: retail}\n"
    from portal import schema

    schema.releases.publish_document("segments/retail.yml", segment, by=people.admin, note="test")
    proof = mary.post(
        "/campaigns/preview", data=WRITTEN | {"segment": "retail", "body": "您好 {{ name }}", "csrf_token": token(mary)}
    )
    assert "<img src=x>" not in proof.text
    assert "&lt;img src=x&gt;" in proof.text
    assert 'href="javascript' not in proof.text


def test_only_a_draft_can_be_written_on(people, as_) -> None:
    mary = as_(people.mary)
    address = drafted(mary)
    db.session.get(Campaign, int(address.rsplit("/", 1)[1])).state = "finished"
    assert mary.get(f"{address}/edit").status_code == 409
    assert mary.post(f"{address}/pause", data={"csrf_token": token(mary)}).status_code == 409


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_addresses_of_recipients_out_of_reach_are_not_shown(people, make, as_) -> None:
    mine = make("customer", by=people.alice, name="我的", email="mine@example.cn")
    other = make("customer", by=people.bob, name="他的", email="other@example.cn")
    office = people.alice.office_id
    sent = Campaign(name="旧的", entity="customer", state="finished", owner_id=people.mary.id, office_id=office)
    db.session.add(sent)
    db.session.flush()
    for one in (mine, other):
        facts = {"state": "bounced", "reason": f"550 <{one['email'].upper()}> is unknown"}
        db.session.add(Delivery(campaign_id=sent.id, record_id=one.id, address=one["email"], **facts))
    publish(
        lambda tree: (tree["may"].append("campaigns.edit"), tree["entities"]["customer"].update(view="own")), SELLER
    )
    seen = as_(people.alice).get(f"/campaigns/{sent.id}").text
    assert "mine@example.cn" in seen and "550" in seen
    assert "other@example.cn" not in seen.lower()
    masked = as_(people.mary).get(f"/campaigns/{sent.id}").text.lower()
    assert "mine@example.cn" not in masked and "other@example.cn" not in masked
