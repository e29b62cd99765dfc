"""What is hidden from somebody is hidden at every door: canaries in rows and fields, sought by crawling (S2)."""

from decimal import Decimal

import pytest

from portal import schema
from tests.security.crawler import crawl, readable

FAR = "Zqx7FarAwayCanary"  # stands in the rows of the other office
WECHAT = "wx_Hidden5Canary"
PHONE = "+8613987650123"
PHONE_SHOWN = ("13987650123", "139 8765 0123", PHONE)
EMAIL = "masked.canary@vogel.example"
PROFIT = Decimal("87654.32")
PROFIT_SHOWN = ("87654.32", "87,654.32")


@pytest.fixture
def world(people, make):
    """A customer of Alice's with canaries in fields, and one of Charlie's that is a canary altogether."""
    shared = [make("product", name="共用产品").id]  # whose page shows who is interested
    near = make("customer", by=people.alice, name="上海近处", phone=PHONE, email=EMAIL, interests=shared)
    make("contact", by=people.alice, name="王近", customer=near.id, phone=PHONE, email=EMAIL, wechat=WECHAT)
    _order(make, people.alice, near, "NEAR-1", "桌子")
    far = make("customer", by=people.charlie, name=f"{FAR} 公司", phone="13911112222", interests=shared)
    make("contact", by=people.charlie, name=f"{FAR}人", customer=far.id)
    _order(make, people.charlie, far, f"{FAR}-1", f"{FAR} 产品")
    make("ticket", by=people.charlie, subject=f"{FAR} 求助", customer=far.id)
    return near, far


def _order(make, by, customer, number, product) -> None:
    money = {"amount": "1200", "profit": PROFIT, "ordered_on": "2026-01-05"}
    make("order", by=by, number=number, customer=customer.id, product_name=product, **money)


def starts(near, far) -> list[str]:
    """The doors by name, the records by number, and questions for the canaries."""
    found = ["/", "/me", "/notices", "/audit", "/jobs/", "/reports/", "/desk/", "/campaigns/", "/segments/", "/tiers/"]
    for entity in schema.current().entities.values():
        found += [
            f"/{entity.slug}",
            f"/{entity.slug}?q=Zqx7",
            f"/{entity.slug}/1",
            f"/{entity.slug}/2",
            f"/{entity.slug}/new",
        ]
        found += [f"/choices/{entity.key}", f"/choices/{entity.key}?q=Zqx7", f"/{entity.slug}/{far.id}/history"]
    questions = ("Zqx7", "wx_Hidden5", "1398765", "0123", "masked.canary")
    return found + [f"/search?q={text}" for text in questions]


def leaks(client, near, far, canaries) -> list[str]:
    return [
        f"{address} shows {canary}"
        for address, text in crawl(client, starts(near, far))
        for canary in canaries
        if canary in text
    ]


@pytest.mark.parametrize(
    ("who", "canaries"),
    [
        ("alice", (FAR,)),
        ("dora", (FAR,)),
        ("erin", (FAR, *PROFIT_SHOWN)),
        ("mary", (FAR, WECHAT, EMAIL, *PHONE_SHOWN)),
    ],
)
def test_no_door_shows_what_is_hidden(people, as_, world, who, canaries) -> None:
    found = leaks(as_(getattr(people, who)), *world, canaries)
    assert not found, "\n".join(found)


def test_the_canaries_are_there_to_be_seen(people, as_, world) -> None:
    """Whoever may see them does, so that their absence elsewhere means something."""
    texts = "".join(text for _address, text in crawl(as_(people.admin), starts(*world)))
    assert all(canary in texts for canary in (FAR, WECHAT, EMAIL))
    assert any(shown in texts for shown in PHONE_SHOWN)
    assert any(shown in texts for shown in PROFIT_SHOWN)


@pytest.mark.parametrize("question", ["f.phone=eq:{}", "f.phone={}", "sort=phone", "sort=-email", "q={}"])
def test_masked_values_cannot_be_guessed_by_asking(people, as_, world, question) -> None:
    client = as_(people.mary)
    right, wrong = (_shown(client, question, phone) for phone in (PHONE, "+8613900000000"))
    assert right == wrong


def _shown(client, question, phone) -> bool:
    text = readable(client.get("/customers", query_string=question.format(phone.replace("+", "%2B")), buffered=True))
    return "上海近处" in text


def test_a_hidden_field_cannot_be_written(app, people, as_, world) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    near, _far = world
    client = as_(people.bob)
    before = near.version
    answer = client.post(f"/customers/{near.id}/edit", data={"name": "Bob's", "version": before})
    assert answer.status_code == 403  # Bob sees the team's records and edits his own


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(("who", "canaries"), [("alice", (FAR,)), ("dora", (FAR,))])
def test_no_export_carries_what_is_hidden(app, people, as_, world, form, who, canaries) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = as_(getattr(people, who))
    for key in ("customer", "contact", "order", "ticket"):
        answer = client.post("/exports/", data={"entity": key, "query": "q=", "format": form}, buffered=True)
        text = readable(answer)
        assert not [canary for canary in canaries if canary in text], key
        assert key != "customer" or "上海近处" in text
