"""What the editor offers at a place, also in a text that is no YAML yet."""

import pytest

from portal.forms import document
from portal.schema import check, directory

SHIPPED = directory.load()
CATALOG = check.check(SHIPPED).catalog
TIER = "tiers/customer_tier.yml"


def offered(path, text) -> dict[str, str]:
    """What is offered at the mark ¦ of a text."""
    before, _, _ = text.partition("¦")
    row, column = before.count("\n"), len(before.rpartition("\n")[2])
    kind, _, key = path.removesuffix(".yml").partition("/")
    words = document.complete(kind, key, text.replace("¦", ""), row, column, CATALOG)
    return {word.value: word.meaning for word in words}


@pytest.mark.parametrize(
    ("path", "text", "wanted", "unwanted"),
    [
        (TIER, "tier: customer_tier\n¦", {"levels", "on", "label"}, {"steps"}),
        (TIER, "on: ¦", {"customer", "order"}, {"levels"}),
        (TIER, "on: customer\nlevels:\n  vip:\n    ¦", {"strategy", "owner_role", "when"}, {"tier"}),
        (TIER, "on: customer\nlevels:\n  vip:\n    owner_role: ¦", {"seller", "manager"}, set()),
        (TIER, "on: customer\nlevels:\n  vip:\n    colour: ¦", {"purple", "gray"}, {"seller"}),
        (
            TIER,
            "on: customer\nlevels:\n  vip:\n    when:\n      all:\n        - ¦",
            {"annual_spend", "any"},
            {"tier_x"},
        ),
        (
            TIER,
            "on: customer\nlevels:\n  vip:\n    when:\n      all:\n        - annual_spend: {¦",
            {"gte", "lt"},
            set(),
        ),
        (TIER, "on: customer\nlevels:\n  vip:\n    when: {status: {in: [¦", {"active", "lost"}, set()),
        ("entities/customer.yml", "fields:\n  phone: {type: ¦", {"phone", "choice", "reference"}, {"customer"}),
        (
            "entities/customer.yml",
            "fields:\n  phone:\n    type: choice\n    ¦",
            {"options", "required", "help"},
            {"levels"},
        ),
        ("entities/customer.yml", "list:\n  columns: [name, ¦", {"phone", "status"}, {"type"}),
        ("entities/customer.yml", "form:\n  - section: X\n    fields: [¦", {"phone"}, set()),
        ("workflows/x.yml", "on: customer\nsteps:\n  - ¦", {"task", "wait", "mail"}, {"levels"}),
        ("workflows/x.yml", "on: customer\nsteps:\n  - mail:\n      message: ¦", {"new_product"}, set()),
        ("workflows/x.yml", "on: customer\nsteps:\n  - task:\n      to: ¦", {"owner", "seller"}, set()),
        ("roles/x.yml", "entities:\n  customer: {view: ¦", {"own", "team", "all"}, set()),
        ("roles/x.yml", "entities:\n  ¦", {"customer", "any"}, set()),
        ("roles/x.yml", "may: [¦", {"import", "studio.edit"}, set()),
        ("metrics/x.yml", "on: customer\nfrom: order\nwhen:\n  ¦", {"amount", "status"}, {"credit_rating"}),
    ],
)
def test_words_fit_the_place(path, text, wanted, unwanted):
    found = offered(path, text)
    assert wanted <= set(found)
    assert not unwanted & set(found)


def test_words_say_what_they_are_called():
    assert offered(TIER, "on: customer\nlevels:\n  vip:\n    owner_role: ¦")["seller"] == "销售"


def test_nothing_is_offered_outside():
    assert document.complete("tiers", "x", "tier: x\n", 99, 0, CATALOG) == []
